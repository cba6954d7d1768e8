"""Results frameworks: goal, outcomes, result areas, on which indicators and activities hang."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Organisation, Visitor, sees_mechanism, takes_part_in


class FrameworkQuerySet(models.QuerySet["ResultsFramework"]):
    def visible_to(self, user: Visitor) -> FrameworkQuerySet:
        """Those of the mechanisms that the user sees; while drafts, for who takes part."""
        return self.filter(sees_mechanism(user, "mechanism")).filter(
            ~Q(state=ResultsFramework.State.DRAFT) | Q(mechanism__in=takes_part_in(user))
        )

    def standing(self) -> FrameworkQuerySet:
        """Without those that a later version has replaced."""
        return self.exclude(state=ResultsFramework.State.REVISED)


class ResultsFramework(models.Model):
    """A versioned tree of intended results of one mechanism (domain 1.16).

    Its parties review, endorse and adopt it, and the secretariat records each step; the version
    that comes into force replaces the one before.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEWED = "reviewed", _("Reviewed")
        ENDORSED = "endorsed", _("Endorsed")
        IN_FORCE = "in_force", _("In force")
        REVISED = "revised", _("Replaced by a revision")

    NEXT_STATE = {
        State.DRAFT: State.REVIEWED,
        State.REVIEWED: State.ENDORSED,
        State.ENDORSED: State.IN_FORCE,
    }

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="frameworks")
    name = models.CharField(_("name"), max_length=160)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)

    objects = FrameworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("results framework")
        verbose_name_plural = _("results frameworks")
        constraints = [
            models.UniqueConstraint(
                "mechanism", "name", "version", name="one_framework_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("framework-detail", args=[self.mechanism.slug, self.pk])

    @property
    def next_state(self) -> State | None:
        """The state that it can be moved to; None once it is in force."""
        return self.NEXT_STATE.get(self.State(self.state))


class IntendedResult(models.Model):
    """One node of a framework: what shall be different, at which level, and who answers for it."""

    class Level(models.TextChoices):
        GOAL = "goal", _("Goal")
        OUTCOME = "outcome", _("Objective or outcome")
        INTERMEDIATE = "intermediate", _("Intermediate outcome")
        OUTPUT = "output", _("Result area or output")

    framework = models.ForeignKey(ResultsFramework, models.PROTECT, related_name="results")
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True
    )
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    code = models.CharField(_("code"), max_length=20)
    statement = models.TextField(_("statement"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    owner = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="intended_results",
        null=True,
        blank=True,
        verbose_name=_("responsible"),
    )
    assumptions = models.TextField(_("assumptions"), max_length=2000, blank=True)
    risks = models.TextField(_("risks"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("intended result")
        verbose_name_plural = _("intended results")
        constraints = [
            models.UniqueConstraint("framework", "code", name="one_intended_result_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.statement}"


def walk(
    results: Iterable[IntendedResult], parent: int | None = None, depth: int = 0
) -> Iterator[tuple[int, IntendedResult]]:
    """Yield ``(depth, intended result)`` from the goal down, each level by position and code."""
    rows = list(results)
    for node in sorted(rows, key=lambda row: (row.position, row.code)):
        if node.parent_id == parent:
            yield depth, node
            yield from walk(rows, node.pk, depth + 1)
