"""What a quarter taught: learning questions with answers, and the words of each sector (P31)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Originated, Period, Sector, Visitor, takes_part_in

from .plan import JointWorkPlan


class LearningQuestion(Originated):
    """A question that every quarterly review of the mechanism's plans answers."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="learning_questions")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("question"), max_length=300)
    is_asked = models.BooleanField(_("asked"), default=True)

    class Meta:
        verbose_name = _("learning question")
        verbose_name_plural = _("learning questions")
        constraints = [
            models.UniqueConstraint("mechanism", "number", name="one_learning_question_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class LearningAnswerQuerySet(models.QuerySet["LearningAnswer"]):
    def visible_to(self, user: Visitor) -> LearningAnswerQuerySet:
        """Those of who takes part; everyone else reads them in published reviews (R24)."""
        return self.filter(plan__mechanism__in=takes_part_in(user))

    def with_words(self, text: str) -> LearningAnswerQuerySet:
        """Those in which every one of the words stands, in the question or in the answer."""
        rows = self
        for word in text.split():
            rows = rows.filter(Q(text__icontains=word) | Q(question__text__icontains=word))
        return rows


class LearningAnswer(Originated):
    """What the partners of a plan answered for a quarter."""

    question = models.ForeignKey(LearningQuestion, models.PROTECT, related_name="answers")
    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="learning_answers")
    period = models.ForeignKey(Period, models.PROTECT, related_name="+")
    text = models.TextField(_("answer"), max_length=4000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    version = models.PositiveIntegerField(default=1)

    objects = LearningAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to a learning question")
        verbose_name_plural = _("answers to learning questions")
        constraints = [
            models.UniqueConstraint(
                "question", "plan", "period", name="one_answer_per_question_and_quarter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question} ({self.period})"

    def get_absolute_url(self) -> str:
        plan = self.plan
        return reverse("reflection", args=[plan.mechanism.slug, plan.slug, self.period.code])


class SectorNarrative(Originated):
    """What a sector says of a quarter, under the five heads of county reviews (domain 4.3)."""

    class Head(models.TextChoices):
        CHALLENGES = "challenges", _("Challenges")
        CAUSES = "causes", _("Causes and consequences")
        OPPORTUNITIES = "opportunities", _("Opportunities")
        LEARNING = "learning", _("Learning")
        BEST_PRACTICE = "best_practice", _("Best practice")

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="sector_narratives")
    period = models.ForeignKey(Period, models.PROTECT, related_name="+")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+")
    challenges = models.TextField(Head.CHALLENGES.label, max_length=3000, blank=True)
    causes = models.TextField(Head.CAUSES.label, max_length=3000, blank=True)
    opportunities = models.TextField(Head.OPPORTUNITIES.label, max_length=3000, blank=True)
    learning = models.TextField(Head.LEARNING.label, max_length=3000, blank=True)
    best_practice = models.TextField(Head.BEST_PRACTICE.label, max_length=3000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("narrative of a sector")
        verbose_name_plural = _("narratives of sectors")
        constraints = [
            models.UniqueConstraint(
                "plan", "period", "sector", name="one_narrative_per_sector_and_quarter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sector}, {self.period}"
