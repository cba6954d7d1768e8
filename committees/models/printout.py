"""Papers drawn for printing: minutes, and the reference guide of a mechanism's bodies."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import MadeFile, Making, MakingQuerySet, Mechanism, Visitor, sees_mechanism

from .meeting import held_by
from .minutes import Minutes
from .seat import bodies_kept_by, bodies_read_by

IN_THE_MAKING = Q(state__in=["queued", "running"])


class PrintoutQuerySet(MakingQuerySet["Printout"]):
    def visible_to(self, user: Visitor) -> PrintoutQuerySet:
        """Guides with their mechanism; minutes as they were read when it was asked for.

        What was printed of unconfirmed minutes stays with the body, also once they are public, and
        what only the body reads in any case (R24).
        """
        read, kept = bodies_read_by(user), bodies_kept_by(user)
        guides = Q(minutes=None) & sees_mechanism(user, "mechanism")
        of_body = held_by(read, meeting="minutes__meeting")
        confirmed = Q(
            minutes_state=Minutes.State.CONFIRMED,
            is_in_full=False,
            minutes__in=Minutes.objects.visible_to(user),
        )
        circulated = of_body & ~Q(minutes_state=Minutes.State.DRAFTING)
        return self.filter(guides | confirmed | circulated | Q(minutes__meeting__body__in=kept))

    def of(self, minutes: Minutes | None, mechanism: Mechanism) -> PrintoutQuerySet:
        """Those of the minutes; without any, the mechanism's guides."""
        if minutes is None:
            return self.filter(minutes=None, mechanism=mechanism)
        return self.filter(minutes=minutes)

    def newest_first(self) -> PrintoutQuerySet:
        return self.order_by("-requested_at", "-pk")


class Printout(Making):
    """A PDF that a worker makes of minutes or of a guide, when it is asked for (domain 4.4)."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="printouts")
    # Empty for the guide of the mechanism's bodies.
    minutes = models.ForeignKey(
        Minutes, models.PROTECT, related_name="printouts", null=True, blank=True
    )
    # How they stood when it was asked for: what is not confirmed is printed as a draft.
    minutes_state = models.CharField(
        _("state of the minutes"), max_length=10, choices=Minutes.State.choices, blank=True
    )
    # With what only the body reads.
    is_in_full = models.BooleanField(_("with restricted items"), default=False)

    objects = PrintoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("printout")
        verbose_name_plural = _("printouts")
        constraints = [
            models.UniqueConstraint(
                "minutes",
                "minutes_state",
                "is_in_full",
                condition=IN_THE_MAKING & Q(minutes__isnull=False),
                name="one_printout_of_minutes_in_the_making",
            ),
            models.UniqueConstraint(
                "mechanism",
                condition=IN_THE_MAKING & Q(minutes=None),
                name="one_guide_in_the_making",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready")
                | (Q(compiled_at__isnull=False) & ~Q(snapshot_sha256="")),
                name="ready_printout_has_its_snapshot",
            ),
        ]

    def __str__(self) -> str:
        if self.minutes is None:
            return _("Guide to the committees of %(mechanism)s") % {"mechanism": self.mechanism}
        return _("Minutes of %(meeting)s") % {"meeting": self.minutes.meeting}

    def get_absolute_url(self) -> str:
        """The page that it is asked for and found on."""
        if self.minutes is None:
            return reverse("committee-guide", args=[self.mechanism.slug])
        return reverse("minutes-detail", args=[self.minutes.meeting_id])


class PrintoutFile(MadeFile):
    """The PDF of a printout."""

    printout = models.OneToOneField(Printout, models.PROTECT, related_name="file")

    class Meta:
        verbose_name = _("file of a printout")
        verbose_name_plural = _("files of printouts")

    def get_absolute_url(self) -> str:
        return reverse("printout-file", args=[self.printout_id])
