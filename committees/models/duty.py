"""What the holder of a seat did for one of the body's duties (S13)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.models import Originated, Visitor, takes_part_in

from .seat import Seat


class DutyEntryQuerySet(models.QuerySet["DutyEntry"]):
    def visible_to(self, user: Visitor) -> DutyEntryQuerySet:
        """For whoever takes part in the mechanism: it is what its leads do for all of them."""
        return self.filter(seat__body__mechanism__in=takes_part_in(user))


class DutyEntry(Originated):
    """One thing that was done for a duty, by whoever held the seat on that day."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="duty_entries")
    duty = models.CharField(_("duty"), max_length=200)
    done_on = models.DateField(_("done on"))
    text = models.CharField(_("what was done"), max_length=300)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="duty_entries"
    )
    written_at = models.DateTimeField(_("written at"))

    objects = DutyEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry on a duty")
        verbose_name_plural = _("entries on duties")
        indexes = [models.Index(fields=["seat", "done_on"], name="duty_entry_by_seat")]
        constraints = [
            models.UniqueConstraint(
                "seat", "duty", "done_on", "text", name="one_entry_per_duty_day_and_words"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.duty}"
