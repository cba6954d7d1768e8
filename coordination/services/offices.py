"""Giving offices and ending them: whoever may do something may do it because of one (R26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Invitation, Mechanism, Office, Organisation, Place, Role, User
from coordination.services.events import guard_seen, record
from coordination.services.mail import post
from coordination.services.refusals import Refusal
from coordination.signals import office_ended


class OwnOffice(Refusal):
    message = _("Nobody gives an office to himself or herself.")


class OfficeAlreadyHeld(Refusal):
    message = _("This person holds this office already.")


class OfficeAlreadyEnded(Refusal):
    message = _("This office has already ended.")


class EndsBeforeStart(Refusal):
    message = _("The last day is before the first day in office.")


class EndsLater(Refusal):
    message = _("This office ends earlier already. A longer term needs a new invitation.")


class LastAdministrator(Refusal):
    message = _("This is the last administrator. Another one must be in office first.")


@dataclass(frozen=True)
class Appointment:
    """What someone is to be: the role, for whom and where, in which term, by which instrument."""

    role: str
    starts_on: dt.date
    organisation: Organisation | None = None
    place: Place | None = None
    mechanism: Mechanism | None = None
    ends_on: dt.date | None = None
    instrument: str = ""

    @property
    def post(self) -> str:
        """The office in words, such as "County focal point, Kitui"."""
        return str(Office(**vars(self)))


@dataclass(frozen=True)
class Purpose:
    """What an office is held for, such as a seat on a body: in words, and where it is told."""

    words: str
    url: str


Purposes = dict[Office | Invitation, Purpose]
Teller = Callable[[Collection[Office], Collection[Invitation], User], Purposes]

_tellers: list[Teller] = []


def register_purposes(teller: Teller) -> None:
    """Ask ``teller(offices, invitations, user)`` too what offices are held for, as user sees it."""
    _tellers.append(teller)


def purposes_of(
    offices: Collection[Office], invitations: Collection[Invitation], *, user: User
) -> Purposes:
    """What those offices are held or offered for that go with something, as ``user`` sees it."""
    told: Purposes = {}
    for teller in _tellers:
        told |= teller(offices, invitations, user)
    return told


@transaction.atomic
def give_office(
    holder: User, appointment: Appointment, *, by: User | None, at: dt.datetime | None = None
) -> Office:
    """Put ``holder`` into office, record it and return it.

    ``by`` is None for the portal itself. Raises OwnOffice and OfficeAlreadyHeld.
    """
    if by == holder:
        raise OwnOffice
    User.objects.select_for_update(no_key=True).get(pk=holder.pk)
    if is_held_already(holder, appointment):
        raise OfficeAlreadyHeld
    office = Office(holder=holder, **vars(appointment))
    office.full_clean()
    office.save()
    if office.role == Role.ADMINISTRATOR:
        _open_administration(holder, is_open=True)
    changes: dict[str, list[Any]] = {
        "holder": [None, str(holder)],
        "starts_on": [None, office.starts_on],
    }
    if office.ends_on:
        changes["ends_on"] = [None, office.ends_on]
    record("coordination.office_given", office, by=by, changes=changes, at=at)
    return office


@transaction.atomic
def end_office(
    office: Office,
    *,
    by: User | None,
    last_day: dt.date | None = None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Office:
    """End ``office`` with ``last_day``, or at once when there is none; return it as it stands now.

    Every right that came from it is gone with the next request. Raises OfficeAlreadyEnded,
    EndsBeforeStart, EndsLater, LastAdministrator and DoneMeanwhile.
    """
    today = timezone.localdate(at)
    office = _lock(office)
    guard_seen(office, seen=seen)
    _guard_end(office, last_day, today)
    before = office.ends_on
    office.ends_on = last_day or max(today, office.starts_on)
    office.ended_at_once = last_day is None
    office.full_clean()
    office.save(update_fields=["ends_on", "ended_at_once"])
    if office.role == Role.ADMINISTRATOR and not office.is_held(on=today):
        _open_administration(office.holder, is_open=False)
    changes = {"ends_on": [before, office.ends_on]}
    note = str(_("At once.")) if office.ended_at_once else ""
    record("coordination.office_ended", office, by=by, changes=changes, note=note, at=at)
    office_ended.send(Office, office=office, by=by, at=at)
    post(
        f"office-ended:{office.pk}:{office.ends_on}",
        [office.holder],
        subject=_("Your office ends: %(office)s") % {"office": office},
        template="coordination/emails/office_ended.txt",
        context={"office": office, "by": by},
        at=at,
    )
    return office


def is_held_already(holder: User, appointment: Appointment) -> bool:
    """Whether ``holder`` holds, or will hold, the same office on the appointment's first day.

    A seat gives an office of its own: whoever sits twice for one organisation holds two.
    """
    if appointment.role == Role.COMMITTEE_MEMBER:
        return False
    same = Office.objects.filter(
        holder=holder,
        role=appointment.role,
        organisation=appointment.organisation,
        place=appointment.place,
        mechanism=appointment.mechanism,
    )
    first = appointment.starts_on
    goes_on = Q(ends_on=None) | Q(ends_on__gt=first) | Q(ends_on=first, ended_at_once=False)
    return same.filter(goes_on).exists()


def _guard_end(office: Office, last_day: dt.date | None, today: dt.date) -> None:
    has_begun = office.starts_on <= today
    if office.ends_on and (has_begun or office.ended_at_once) and not office.is_held(on=today):
        raise OfficeAlreadyEnded
    if last_day and last_day < office.starts_on:
        raise EndsBeforeStart
    if last_day and office.ends_on and last_day >= office.ends_on:
        raise EndsLater
    if office.role == Role.ADMINISTRATOR and not _another_administrator(office, today):
        raise LastAdministrator


def _lock(office: Office) -> Office:
    """The row as it stands now; of an administrator all of them, in one order for everyone.

    So two administrators cannot end each other's office at the same moment.
    """
    wanted = Q(pk=office.pk)
    if office.role == Role.ADMINISTRATOR:
        wanted |= Q(role=Role.ADMINISTRATOR)
    rows = Office.objects.select_for_update(of=("self",)).filter(wanted).order_by("pk")
    return next(row for row in rows if row.pk == office.pk)


def _another_administrator(office: Office, today: dt.date) -> bool:
    lasting = Office.objects.of(Role.ADMINISTRATOR).held(on=today).filter(ends_on=None)
    return lasting.filter(holder__is_active=True).exclude(holder=office.holder).exists()


def _open_administration(user: User, *, is_open: bool) -> None:
    user.is_staff = is_open
    user.save(update_fields=["is_staff"])
