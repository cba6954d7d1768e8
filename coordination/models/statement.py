"""What a document says of its mechanism: vision, principles, findings, next steps, history."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .mechanism import Mechanism
from .origin import Originated
from .precision import Precision, written_day


class Statement(Originated):
    """One line of a list. Kept as it was said: it binds nobody and is not followed up here."""

    class Kind(models.TextChoices):
        """The lists, in the words that stand above them and in the order in which they are read."""

        VISION = "vision", _("Vision")
        PRINCIPLE = "principle", _("Guiding principles")
        MANDATE = "mandate", _("Mandates that it supports")
        BACKBONE = "backbone", _("What the backbone does")
        DUTY = "duty", _("Duties of its leads")
        PARTNERSHIP = "partnership", _("Partnerships")
        DEPTH = "depth", _("How deep a partnership goes, the lightest first")
        TOOL = "tool", _("Tools")
        REACH = "reach", _("Reach")
        POST = "post", _("Posts and actors")
        BENEFIT = "benefit", _("Benefits")
        ACHIEVEMENT = "achievement", _("What was achieved")
        FINDING = "finding", _("What was found")
        BOTTLENECK = "bottleneck", _("Bottlenecks")
        COMPARISON = "comparison", _("Figures to compare with")
        WORKSHOP = "workshop", _("Objectives of the workshop")
        DISCUSSION = "discussion", _("Points discussed")
        SUCCESS = "success", _("What success will be known by")
        RECOMMENDATION = "recommendation", _("Recommendations")
        LEARNING = "learning", _("Learning questions")
        NEXT_STEP = "next_step", _("Next steps")
        MILESTONE = "milestone", _("History")

    mechanism = models.ForeignKey(Mechanism, models.CASCADE, related_name="statements")
    kind = models.CharField(_("list"), max_length=14, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("text"))
    owner = models.CharField(
        _("by whom"), max_length=120, blank=True,
        help_text=_("The post or organisation that a next step falls to."),
    )  # fmt: skip
    falls_on = models.DateField(
        _("when"), null=True, blank=True,
        help_text=_("When a milestone was reached, or a next step is due."),
    )  # fmt: skip
    precision = models.CharField(
        _("known of the date"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        constraints = [
            models.UniqueConstraint(
                "mechanism", "kind", "number", name="one_statement_per_list_and_number"
            ),
            models.CheckConstraint(
                condition=~Q(kind="milestone") | Q(falls_on__isnull=False),
                name="milestone_has_its_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}: {self.text}"

    @property
    def when(self) -> str:
        """Its date as far as it is known, or "" for none."""
        return written_day(self.falls_on, self.precision)
