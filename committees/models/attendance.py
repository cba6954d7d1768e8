"""Who is asked to a meeting, who answered, and who was there: by seat and organisation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated

from .body import StakeholderGroup
from .meeting import Meeting
from .seat import Appointment, Seat


class Participant(Originated):
    """A line of a meeting's attendance: a seat, or guests of an organisation without one.

    What a person is called stands in the account of the holder; of guests only their post, and in
    ``name`` what those who take part may read (R24).
    """

    class Reply(models.TextChoices):
        NONE = "none", _("No answer")
        YES = "yes", _("Will come")
        NO = "no", _("Cannot come")
        PERHAPS = "perhaps", _("Perhaps")

    class Attendance(models.TextChoices):
        UNKNOWN = "unknown", _("Not noted")
        PRESENT = "present", _("Present")
        APOLOGIES = "apologies", _("Apologies")
        ABSENT = "absent", _("Absent")

    class Via(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        REMOTE = "remote", _("Remote")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="participants")
    seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="participations", null=True, blank=True
    )
    # Who held the seat, or stood in for the holder, at the meeting.
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, related_name="participations", null=True, blank=True
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="participations", null=True, blank=True,
        verbose_name=_("organisation"),
    )  # fmt: skip
    post = models.CharField(_("post"), max_length=160, blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    group = models.CharField(
        _("stakeholder group"), max_length=14, choices=StakeholderGroup.choices, blank=True
    )
    expertise = models.CharField(_("expertise"), max_length=120, blank=True)
    headcount = models.PositiveSmallIntegerField(
        _("persons"), default=1, help_text=_("Guests of one organisation may be told as a number.")
    )
    reply = models.CharField(_("answer"), max_length=7, choices=Reply.choices, default=Reply.NONE)
    replied_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    reply_note = models.CharField(_("note of the answer"), max_length=200, blank=True)
    # Only the hash is kept of the secret in the letter's link (reliability C4).
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    attendance = models.CharField(
        _("attendance"), max_length=9, choices=Attendance.choices, default=Attendance.UNKNOWN
    )
    via = models.CharField(_("took part"), max_length=9, choices=Via.choices, blank=True)
    is_by_alternate = models.BooleanField(_("by an alternate"), default=False)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        indexes = [
            models.Index(
                fields=["token_hash"], condition=~Q(token_hash=""), name="participant_by_token"
            )
        ]
        constraints = [
            models.UniqueConstraint("meeting", "seat", name="one_line_per_meeting_and_seat"),
            models.CheckConstraint(
                condition=Q(seat=None) | Q(headcount=1), name="a_seat_is_one_person"
            ),
        ]

    def __str__(self) -> str:
        return str(self.seat or self.post or self.organisation or self.name)
