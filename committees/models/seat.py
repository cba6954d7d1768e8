"""Seats of a body and who holds them from when to when (R16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Invitation,
    Office,
    Organisation,
    Originated,
    Place,
    Sector,
    Standing,
    Visitor,
    asked_once,
    takes_part_in,
)

from .body import Body, StakeholderGroup


class SeatQuerySet(models.QuerySet["Seat"]):
    def standing_on(self, day: dt.date) -> SeatQuerySet:
        """Those that the body has on the day."""
        return self.filter(Q(starts_on=None) | Q(starts_on__lte=day)).filter(
            Q(ends_on=None) | Q(ends_on__gte=day)
        )

    def around(self, place: Place, mechanism: int) -> SeatQuerySet:
        """Those of the bodies that the mechanism has in the very place."""
        bodies = Body.objects.filter(mechanism=mechanism, place=place)
        return self.filter(body__in=bodies.exclude(state=Body.State.DISSOLVED))

    def visible_to(self, user: Visitor) -> SeatQuerySet:
        """Seats are seen with their body; who holds them, by name, only from inside (R24)."""
        return self.filter(body__in=Body.objects.visible_to(user))

    def in_full(self) -> SeatQuerySet:
        """With everything that a row shows."""
        return self.select_related("body__mechanism", "organisation", "sector")

    def in_order(self) -> SeatQuerySet:
        """The chair first, then co-chairs, the secretary and members."""
        ranks = [models.When(function=name, then=rank) for rank, name in enumerate(Seat.Function)]
        return self.order_by(models.Case(*ranks), "position", "title", "pk")


class Seat(Originated):
    """A place on a body that belongs to a post or an organisation, never to a person (R16)."""

    class Function(models.TextChoices):
        CHAIR = "chair", _("Chair")
        CO_CHAIR = "co_chair", _("Co-chair")
        DEPUTY_CHAIR = "deputy_chair", _("Deputy chair")
        SECRETARY = "secretary", _("Secretary")
        # Who wins the county for its plans, and who keeps its partners in touch (P9, P11).
        CHAMPION = "champion", _("Champion")
        LIAISON = "liaison", _("Liaison officer")
        MEMBER = "member", _("Member")
        OBSERVER = "observer", _("Observer")

    CHAIRING = (Function.CHAIR, Function.CO_CHAIR)

    class Expertise(models.TextChoices):
        """What somebody is asked to a sector group for (P10)."""

        ECONOMIST = "economist", _("Economist")
        BUDGET = "budget", _("Budget and finance")
        MONITORING = "monitoring", _("Monitoring and evaluation")
        TECHNICAL = "technical", _("Technical, of the sector")
        INCLUSION = "inclusion", _("Gender and inclusion")
        FACILITATION = "facilitation", _("Facilitation")

    class AlternateRule(models.TextChoices):
        NAMED = "named", _("Only a named alternate")
        ORGANISATION = "organisation", _("Anyone of the same organisation")
        NOBODY = "nobody", _("Nobody: the holder attends in person")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats")
    title = models.CharField(_("post"), max_length=160)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="seats", null=True, blank=True,
        verbose_name=_("organisation"),
    )  # fmt: skip
    function = models.CharField(
        _("function"), max_length=12, choices=Function.choices, default=Function.MEMBER
    )
    is_mandatory = models.BooleanField(_("mandatory"), default=False)
    is_voting = models.BooleanField(_("votes"), default=True)
    is_ex_officio = models.BooleanField(
        _("ex officio"), default=False,
        help_text=_("Whoever holds the post sits here: the seat is never vacant."),
    )  # fmt: skip
    group = models.CharField(
        _("stakeholder group"), max_length=14, choices=StakeholderGroup.choices, blank=True
    )
    sector = models.ForeignKey(
        Sector, models.PROTECT, related_name="seats", null=True, blank=True,
        verbose_name=_("sector"),
    )  # fmt: skip
    expertise = models.CharField(
        _("expertise"), max_length=12, choices=Expertise.choices, blank=True
    )
    nominated_by = models.CharField(_("nominating authority"), max_length=160, blank=True)
    alternate_rule = models.CharField(
        _("alternates"), max_length=12, choices=AlternateRule.choices, default=AlternateRule.NAMED
    )
    # Where invitations go while nobody with an account holds the seat: an office's address.
    contact = models.EmailField(_("e-mail address of the office"), blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None)
                | Q(starts_on=None)
                | Q(ends_on__gte=models.F("starts_on")),
                name="seat_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """With its body and mechanism loaded."""
        return reverse("seat-detail", args=[self.body.mechanism.slug, self.body.slug, self.pk])


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def held(self, *, on: dt.date) -> AppointmentQuerySet:
        """Confirmed ones whose term covers the day; the last day is in office."""
        held = self.filter(
            Q(ends_on=None) | Q(ends_on__gte=on), confirmed_at__isnull=False, starts_on__lte=on
        )
        # Ended at once, the office is over on its last day already.
        return held.exclude(ends_on=on, office__ended_at_once=True)

    def confirmed(self) -> AppointmentQuerySet:
        return self.filter(confirmed_at__isnull=False)

    def nominated(self) -> AppointmentQuerySet:
        """Those about which nobody has decided yet: neither confirmed nor withdrawn."""
        return self.filter(confirmed_at=None, withdrawn_at=None)

    def in_full(self) -> AppointmentQuerySet:
        """With everything that a row shows."""
        return self.select_related("holder", "organisation", "office", "invitation")

    def in_office(self, *, on: dt.date) -> AppointmentQuerySet:
        """Those held by people whose office is in force: the ones that give rights (R26)."""
        return self.held(on=on).filter(office__in=Office.objects.held(on=on))

    def championing(self, place: Place, mechanism: int, *, on: dt.date) -> AppointmentQuerySet:
        """Those by which somebody is the place's champion in the mechanism on the day (P9)."""
        seats = Seat.objects.around(place, mechanism).standing_on(on)
        champions = seats.filter(function=Seat.Function.CHAMPION)
        return self.in_office(on=on).filter(seat__in=champions.values("pk"))

    def chairing(self, *, on: dt.date) -> AppointmentQuerySet:
        """Those by which somebody who can sign in chairs or co-chairs a body on the day."""
        return self.in_office(on=on).filter(seat__function__in=Seat.CHAIRING)


class Appointment(Originated):
    """Someone holds a seat from one day to another. The past never changes (R16).

    Whoever has an account gets an office with it, and loses it with it (R26). A holder without one
    is told by post alone.
    """

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="appointments")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments",
        null=True, blank=True, verbose_name=_("holder"),
    )  # fmt: skip
    post = models.CharField(_("post of the holder"), max_length=160, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="appointments", null=True, blank=True,
        verbose_name=_("organisation"),
    )  # fmt: skip
    is_alternate = models.BooleanField(_("alternate"), default=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    nominated_by = models.CharField(_("nominated by"), max_length=160, blank=True)
    instrument = models.CharField(
        _("instrument"), max_length=200, blank=True, help_text=_("Letter, minute or e-mail.")
    )
    # Where a nominee without an account is invited; with a post alone, where it is written to.
    email = models.EmailField(_("e-mail address"), blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("nomination withdrawn at"), null=True, blank=True)
    handover_note = models.TextField(_("handover note"), blank=True)
    office = models.OneToOneField(
        Office, models.PROTECT, related_name="seat_held", null=True, blank=True
    )
    invitation = models.OneToOneField(
        Invitation, models.PROTECT, related_name="seat_offered", null=True, blank=True
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.CheckConstraint(
                condition=Q(holder__isnull=False) | ~Q(post=""),
                name="appointment_names_holder_or_post",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="appointment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(withdrawn_at=None),
                name="appointment_confirmed_or_withdrawn",
            ),
            models.UniqueConstraint(
                "seat",
                condition=Q(ends_on=None, is_alternate=False, confirmed_at__isnull=False),
                name="one_principal_per_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.who}"

    @property
    def who(self) -> str:
        """The holder as those see who take part: the person's post, or the post alone."""
        return str(self.holder) if self.holder_id else self.post

    def is_invited(self, *, at: dt.datetime) -> bool:
        """Whether an invitation is under way; ask it of one loaded with its invitation."""
        sent = self.invitation
        return sent is not None and sent.withdrawn_at is None and sent.expires_at > at

    def is_held(self, *, on: dt.date) -> bool:
        """As `held` says it of many; ask it of one loaded with its office."""
        if self.confirmed_at is None or self.starts_on > on:
            return False
        if self.ends_on == on and self.office and self.office.ended_at_once:
            return False
        return self.ends_on is None or self.ends_on >= on


def bodies_sat_on(user: Visitor) -> tuple[int, ...]:
    """The keys of the bodies on which ``user`` holds a seat today, read once a page."""
    return tuple(sorted({held.body for held in seats_held_by(user)}))


def bodies_chaired_by(user: Visitor) -> tuple[int, ...]:
    """The keys of the bodies that ``user`` chairs or co-chairs today."""
    return tuple(
        sorted({held.body for held in seats_held_by(user) if held.function in Seat.CHAIRING})
    )


def bodies_kept_by(user: Visitor) -> tuple[int, ...]:
    """The keys of the bodies whose secretary ``user`` is: by a seat, or for the mechanism."""
    seats = seats_held_by(user)
    kept = {held.body for held in seats if held.function == Seat.Function.SECRETARY}
    served = Standing.of(user).secretariat_of
    return tuple(sorted(kept | set(bodies_of(served) if served else ())))


def bodies_begun_by(user: Visitor) -> models.QuerySet[Body]:
    """Those that no account chairs, of mechanisms without a backbone, for an administrator."""
    standing = Standing.of(user)
    if not standing.is_administrator:
        return Body.objects.none()
    chairs = Appointment.objects.in_office(on=standing.on).filter(seat__function__in=Seat.CHAIRING)
    return Body.objects.filter(mechanism__backbone=None).exclude(pk__in=chairs.values("seat__body"))


class HeldSeat(NamedTuple):
    """A seat that somebody holds today: its key, its body's, and its function."""

    seat: int
    body: int
    function: str


def seats_held_by(user: Visitor) -> tuple[HeldSeat, ...]:
    """Every seat that ``user`` holds today by an office in force (R26), read once a page."""
    standing = Standing.of(user)

    def ask() -> tuple[HeldSeat, ...]:
        if not standing.offices or user.pk is None:
            return ()
        held = Appointment.objects.in_office(on=standing.on).filter(holder=user.pk)
        rows = held.values_list("seat", "seat__body", "seat__function")
        return tuple(HeldSeat(*row) for row in rows)

    return asked_once(("seats held", user.pk, standing.on), ask)


def bodies_of(mechanisms: Iterable[int]) -> tuple[int, ...]:
    """The keys of the bodies of the mechanisms, read once a page."""
    keys = frozenset(mechanisms)

    def ask() -> tuple[int, ...]:
        return tuple(Body.objects.filter(mechanism__in=keys).values_list("pk", flat=True))

    return asked_once(("bodies of", keys), ask)


def bodies_read_by(user: Visitor) -> tuple[int, ...]:
    """The keys of the bodies whose papers ``user`` reads: where one or one's organisation sits.

    And for a secretariat all those of its mechanisms. By employment alone nobody reads: an
    organisation's seat counts for whoever takes part in the mechanism for it (domain 1.33).
    """
    standing = Standing.of(user)

    def ask() -> tuple[int, ...]:
        if not standing.offices:
            return ()
        seats = Seat.objects.standing_on(standing.on).filter(
            organisation__in=standing.organisations, body__mechanism__in=takes_part_in(user)
        )
        read = Q(pk__in=seats.values("body")) | Q(mechanism__in=standing.secretariat_of)
        keys = Body.objects.filter(read).values_list("pk", flat=True)
        return tuple(sorted(set(keys) | set(bodies_sat_on(user))))

    return asked_once(("bodies read", user.pk, standing.on), ask)


class RosterConfirmation(models.Model):
    """Once a year a body's secretary confirms that its roster is as it stands."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="roster_confirmations")
    year = models.PositiveSmallIntegerField(_("year"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="rosters_confirmed"
    )
    confirmed_at = models.DateTimeField(_("confirmed at"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("confirmation of a roster")
        verbose_name_plural = _("confirmations of rosters")
        constraints = [
            models.UniqueConstraint("body", "year", name="one_roster_confirmation_per_year")
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.year}"


class Capacity(Originated):
    """Whether a seat has what one of its duties asks for, and the support planned if not (C11)."""

    class Level(models.TextChoices):
        ENOUGH = "enough", _("Enough")
        PARTLY = "partly", _("Partly")
        MISSING = "missing", _("Missing")

    GAPS = (Level.PARTLY, Level.MISSING)

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="capacities")
    duty = models.CharField(_("duty"), max_length=200)
    level = models.CharField(_("capacity"), max_length=7, choices=Level.choices)
    assessed_on = models.DateField(_("assessed on"))
    support = models.CharField(_("support planned"), max_length=300, blank=True)
    support_from = models.ForeignKey(
        Organisation, models.PROTECT, related_name="support_given", null=True, blank=True,
        verbose_name=_("support from"),
    )  # fmt: skip
    support_due_on = models.DateField(_("support until"), null=True, blank=True)
    supported_on = models.DateField(_("supported on"), null=True, blank=True)

    class Meta:
        verbose_name = _("capacity")
        verbose_name_plural = _("capacities")

    def __str__(self) -> str:
        return f"{self.seat}: {self.duty}"

    @property
    def is_gap(self) -> bool:
        return self.level in self.GAPS
