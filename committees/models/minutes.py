"""Minutes: written by item, circulated, corrected, confirmed, then frozen (R19)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Originated, StoredFile, Visitor

from .access import readable_by
from .agenda import AgendaItem
from .meeting import Meeting, held_by
from .seat import bodies_kept_by, bodies_read_by


class MinutesQuerySet(models.QuerySet["Minutes"]):
    def visible_to(self, user: Visitor) -> MinutesQuerySet:
        """Being written for the secretary, circulated for the body, confirmed by access (R24).

        The body is each of those that hold the meeting jointly; the host's secretary writes.
        """
        confirmed = Q(state=Minutes.State.CONFIRMED) & readable_by(
            user,
            mechanism="meeting__body__mechanism",
            body="meeting__body",
            access="meeting__access",
        )
        own = held_by(bodies_read_by(user), meeting="meeting") & ~Q(state=Minutes.State.DRAFTING)
        return self.filter(confirmed | own | Q(meeting__body__in=bodies_kept_by(user)))


class Minutes(Originated):
    """The minutes of one meeting. Their text stands at the agenda's items until they are frozen."""

    class State(models.TextChoices):
        DRAFTING = "drafting", _("Being written")
        CIRCULATED = "circulated", _("Circulated")
        CONFIRMED = "confirmed", _("Confirmed")

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes")
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFTING
    )
    # Rises each time they are circulated again after corrections.
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    circulated_at = models.DateTimeField(_("circulated at"), null=True, blank=True)
    corrections_until = models.DateField(_("corrections until"), null=True, blank=True)
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)
    confirmed_at = models.ForeignKey(
        Meeting, models.PROTECT, related_name="minutes_confirmed", null=True, blank=True,
        verbose_name=_("confirmed at"),
    )  # fmt: skip
    # The paper that was signed then, scanned: with its names it is read by the bodies alone (R24).
    signed_file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="minutes", null=True, blank=True,
        verbose_name=_("signed paper"),
    )  # fmt: skip
    is_as_signed = models.BooleanField(_("confirmed as signed on paper"), default=False)
    chair_post = models.CharField(_("signed by the chair"), max_length=160, blank=True)
    secretary_post = models.CharField(_("signed by the secretary"), max_length=160, blank=True)
    # Everything that they say, as canonical JSON, once they are confirmed.
    snapshot = models.TextField(blank=True, editable=False)
    snapshot_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_on__isnull=False),
                name="minutes_confirmed_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(is_as_signed=False) | Q(signed_file__isnull=False, confirmed_at=None),
                name="minutes_as_signed_have_their_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting}"


class MinutesDraft(models.Model):
    """What one writer has typed for one item and not saved into the minutes yet."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="drafts")
    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="minutes_drafts"
    )
    text = models.TextField(_("text"), blank=True)
    # The version of the item that the writer began from.
    began_from = models.PositiveIntegerField()
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("draft of minutes")
        verbose_name_plural = _("drafts of minutes")
        constraints = [
            models.UniqueConstraint("item", "writer", name="one_draft_per_item_and_writer")
        ]

    def __str__(self) -> str:
        return f"{self.item}"


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def unwritten(self) -> CorrectionQuerySet:
        """Accepted, and nothing was written since at the item that it names, or at any."""
        since = AgendaItem.objects.filter(written_at__gte=OuterRef("answered_at"))
        at_item = Exists(since.filter(pk=OuterRef("item")))
        at_any = Exists(since.filter(meeting=OuterRef("minutes__meeting")))
        accepted = self.filter(state=Correction.State.ACCEPTED)
        return accepted.exclude(at_item).exclude(Q(item=None) & at_any)


class Correction(models.Model):
    """What a member asks to be changed in circulated minutes, and what became of it."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked for")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="corrections")
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, related_name="corrections", null=True, blank=True
    )
    text = models.TextField(_("correction"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections_asked"
    )
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ASKED)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections_answered",
        null=True, blank=True,
    )  # fmt: skip
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction of minutes")
        verbose_name_plural = _("corrections of minutes")

    def __str__(self) -> str:
        return f"{self.minutes}: {self.text[:40]}"
