"""The dialogue that a body keeps with stakeholder groups: whom it owes it, and its log (P40)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Originated,
    Period,
    Visitor,
    Withdrawable,
    WithdrawableQuerySet,
    takes_part_in,
)

from .body import Body, StakeholderGroup
from .meeting import Meeting


class Dialogue(models.Model):
    """A body's promise to speak with a group in every quarter, from one day to another."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="dialogues")
    group = models.CharField(
        _("stakeholder group"), max_length=14, choices=StakeholderGroup.choices
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("dialogue with a group")
        verbose_name_plural = _("dialogues with groups")
        constraints = [
            models.UniqueConstraint(
                "body", "group", condition=Q(ends_on=None), name="one_dialogue_per_group"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="dialogue_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.get_group_display()}"

    def is_owed_in(self, period: Period) -> bool:
        """Whole quarters alone: not the one in which it was promised, nor that of its end."""
        return self.starts_on <= period.starts_on and (
            self.ends_on is None or self.ends_on >= period.ends_on
        )


class ConsultationQuerySet(WithdrawableQuerySet["Consultation"]):
    def visible_to(self, user: Visitor) -> ConsultationQuerySet:
        """For whoever takes part in the mechanism: what a group said is not for the public."""
        return self.filter(body__mechanism__in=takes_part_in(user))

    def newest_first(self) -> ConsultationQuerySet:
        return self.order_by("-held_on", "-pk")


class Consultation(Originated, Withdrawable):
    """One time on which the body spoke with a group outside of its own meetings."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="consultations")
    group = models.CharField(
        _("stakeholder group"), max_length=14, choices=StakeholderGroup.choices
    )
    held_on = models.DateField(_("held on"))
    mode = models.CharField(_("how"), max_length=9, choices=Meeting.Mode.choices, blank=True)
    with_whom = models.CharField(
        _("with whom"), max_length=300, help_text=_("Posts and organisations, no names.")
    )
    subject = models.CharField(_("about"), max_length=200)
    heard = models.TextField(_("what was said"), max_length=2000)
    answer = models.TextField(_("what came of it"), max_length=2000, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="consultations_recorded"
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = ConsultationQuerySet.as_manager()

    class Meta(Withdrawable.Meta):
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        indexes = [models.Index(fields=["body", "held_on"], name="consultation_by_body")]

    def __str__(self) -> str:
        return f"{self.get_group_display()}: {self.subject}"
