"""The roster of a body, confirmed once a year by whoever keeps it (domain 1.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Appointment,
    Body,
    RosterConfirmation,
    Seat,
    bodies_kept_by,
)
from coordination.models import User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal

from .desk_lists import MOST, DeskList, DeskRow

STALE_AFTER = dt.timedelta(days=365)
LIVING = (Body.State.CONFIGURED, Body.State.MEETING)


class RosterConfirmedAlready(Refusal):
    message = _("The roster has been confirmed this year already.")


class NoSeats(Refusal):
    message = _("This body has no seats yet.")


@dataclass(frozen=True)
class RosterState:
    """When the roster was last confirmed, by whom, and whether that is over a year ago."""

    last: RosterConfirmation | None
    is_stale: bool


def roster_state(body: Body, *, on: dt.date) -> RosterState:
    """How the body's roster stands; one that was never confirmed is stale once it has seats."""
    last = body.roster_confirmations.select_related("confirmed_by").order_by("-year").first()
    if last is None:
        return RosterState(None, body.seats.standing_on(on).exists())
    return RosterState(
        last, timezone.localdate(last.confirmed_at, body.mechanism.zone) + STALE_AFTER < on
    )


def stale_rosters(user: User, *, on: dt.date) -> list[Body]:
    """Bodies that the user keeps and whose roster nobody has confirmed for over a year."""
    cutoff = on - STALE_AFTER
    seats = Seat.objects.standing_on(on)
    bodies = Body.objects.filter(
        pk__in=bodies_kept_by(user), state__in=LIVING, seats__in=seats
    ).annotate(confirmed=Max("roster_confirmations__confirmed_at"))
    stale = bodies.filter(Q(confirmed=None) | Q(confirmed__date__lt=cutoff))
    return list(stale.select_related("mechanism").order_by("confirmed", "name"))


def rosters_to_confirm(user: User, at: dt.datetime) -> DeskList:
    """The same as a list of the desk."""
    bodies = stale_rosters(user, on=timezone.localdate(at))[:MOST]
    return DeskList("rosters", _("Rosters to confirm"), [_desk_row(body) for body in bodies])


@transaction.atomic
def confirm_roster(
    body: Body,
    *,
    by: User,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> RosterConfirmation:
    """Say that the seats and their holders are as they stand; once a year.

    Raises NoSeats, RosterConfirmedAlready, or DoneMeanwhile when the roster has changed since.
    """
    now = at or timezone.now()
    body = Body.objects.select_for_update(of=("self",)).select_related("mechanism").get(pk=body.pk)
    today = body.mechanism.today(now)
    seats = list(body.seats.standing_on(today))
    if not seats:
        raise NoSeats
    guard_seen(*seats, seen=seen)
    guard_seen(*Appointment.objects.filter(seat__in=seats), seen=seen)
    if body.roster_confirmations.filter(year=today.year).exists():
        raise RosterConfirmedAlready
    confirmation = RosterConfirmation(
        body=body, year=today.year, confirmed_by=by, confirmed_at=now, note=note.strip()
    )
    confirmation.full_clean()
    confirmation.save()
    changes = {"seats": ["", len(seats)]}
    record("committees.roster_confirmed", body, by=by, changes=changes, note=note.strip(), at=now)
    return confirmation


def _desk_row(body: Body) -> DeskRow:
    confirmed = getattr(body, "confirmed", None)
    note = (
        _("Last confirmed on %(day)s.")
        % {"day": date_format(timezone.localdate(confirmed, body.mechanism.zone))}
        if confirmed
        else _("Never confirmed.")
    )
    url = reverse("roster-confirm", args=[body.mechanism.slug, body.slug])
    return DeskRow(f"{body} ({body.mechanism.short_name})", url, str(note))
