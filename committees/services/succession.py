"""Terms on seats that end soon, so that nobody is surprised by a vacant seat (R16)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from committees.models import Appointment, Body, bodies_chaired_by, bodies_kept_by
from committees.models.seat import AppointmentQuerySet
from coordination.models import User

from .desk_lists import MOST, DeskList, DeskRow

# How long before its last day a term is told of: time to nominate, to confirm and to hand over.
TOLD_BEFORE = dt.timedelta(days=60)


def terms_ending(user: User, at: dt.datetime) -> DeskList:
    """Terms that end within two months with nobody named to follow, the next to end first.

    For who keeps or chairs the body, and for whoever holds the seat, who hands it over.
    """
    today = timezone.localdate(at)
    leading = Q(seat__body__in={*bodies_kept_by(user), *bodies_chaired_by(user)})
    concerned = ending_without_successor(on=today).filter(leading | Q(holder=user))
    rows = concerned.select_related("seat__body__mechanism", "holder", "office")
    shown = [
        _row(row, is_own=row.holder_id == user.pk) for row in rows.order_by("ends_on", "pk")[:MOST]
    ]
    return DeskList("terms-ending", _("Terms on seats that end soon"), shown)


def ending_without_successor(*, on: dt.date) -> AppointmentQuerySet:
    """Principals' terms that end soon, of seats and bodies that go on, with nobody confirmed after.

    Whether somebody is nominated stands in ``is_nominated``.
    """
    others = Appointment.objects.filter(seat=OuterRef("seat"), is_alternate=False)
    later = others.confirmed().filter(starts_on__gt=OuterRef("starts_on"))
    ending = Appointment.objects.held(on=on).filter(
        is_alternate=False, ends_on__lte=on + TOLD_BEFORE, seat__ends_on=None
    )
    going_on = ending.exclude(seat__body__state__in=[Body.State.SUSPENDED, Body.State.DISSOLVED])
    return going_on.filter(~Exists(later)).annotate(is_nominated=Exists(others.nominated()))


def _row(appointment: Appointment, *, is_own: bool) -> DeskRow:
    seat, day = appointment.seat, appointment.ends_on
    words = {"day": date_format(day) if day else "", "who": appointment.who}
    if is_own:
        said = _("Your term ends on %(day)s: hand it over.")
    elif appointment.is_nominated:  # type: ignore[attr-defined]  # annotated
        said = _("The term of %(who)s ends on %(day)s; a successor is nominated.")
    else:
        said = _("The term of %(who)s ends on %(day)s, and nobody is nominated to follow.")
    return DeskRow(f"{seat.body}: {seat}", seat.get_absolute_url(), said % words)
