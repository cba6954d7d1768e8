"""How organisations see themselves keep a mechanism's guiding principles, year by year (P32)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Organisation, Originated, Visitor, takes_part_in

LOWEST, HIGHEST = 1, 4


class RoundQuerySet(models.QuerySet["AssessmentRound"]):
    def visible_to(self, user: Visitor) -> RoundQuerySet:
        """For whoever takes part in the mechanism."""
        return self.filter(mechanism__in=takes_part_in(user))

    def newest_first(self) -> RoundQuerySet:
        return self.order_by("-year")


class AssessmentRound(Originated):
    """A year's self-assessment: asked until its last day, told in sums from the day after."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="assessment_rounds")
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    closes_on = models.DateField(_("last day to answer"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened at"))

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("self-assessment")
        verbose_name_plural = _("self-assessments")
        constraints = [
            models.UniqueConstraint("mechanism", "year", name="one_assessment_round_a_year")
        ]

    def __str__(self) -> str:
        return str(_("Self-assessment %(year)s") % {"year": self.year})

    def is_open(self, *, on: dt.date) -> bool:
        return on <= self.closes_on


class AssessedPrinciple(models.Model):
    """A guiding principle in the words in which the round asked about it."""

    round = models.ForeignKey(AssessmentRound, models.PROTECT, related_name="principles")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("principle"))

    class Meta:
        verbose_name = _("principle of a self-assessment")
        verbose_name_plural = _("principles of self-assessments")
        constraints = [
            models.UniqueConstraint("round", "number", name="one_principle_per_round_and_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class SelfAssessment(models.Model):
    """What one organisation answers in a round. Its scores are for its own people alone."""

    round = models.ForeignKey(AssessmentRound, models.PROTECT, related_name="answers")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="self_assessments")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("answered at"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("answer to a self-assessment")
        verbose_name_plural = _("answers to self-assessments")
        constraints = [
            models.UniqueConstraint(
                "round", "organisation", name="one_self_assessment_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round}, {self.organisation}"


class PrincipleScore(models.Model):
    """How far the organisation keeps one principle, and why it says so."""

    class Score(models.IntegerChoices):
        NOT_YET = 1, _("Not yet")
        BEGUN = 2, _("Begun")
        MOSTLY = 3, _("Mostly")
        FULLY = 4, _("Fully")

    assessment = models.ForeignKey(SelfAssessment, models.CASCADE, related_name="scores")
    principle = models.ForeignKey(AssessedPrinciple, models.PROTECT, related_name="scores")
    score = models.PositiveSmallIntegerField(_("score"), choices=Score.choices)
    because = models.CharField(_("because"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("score of a principle")
        verbose_name_plural = _("scores of principles")
        constraints = [
            models.UniqueConstraint(
                "assessment", "principle", name="one_score_per_principle_and_answer"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=LOWEST, score__lte=HIGHEST), name="score_of_four"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principle}: {self.get_score_display()}"
