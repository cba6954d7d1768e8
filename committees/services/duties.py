"""The duties of a body's seats: what was done for each, and the report of a month (S13)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Alert, DutyEntry, Escalation, Meeting, Seat
from coordination.models import User, Visitor, add_months
from coordination.services.events import record
from coordination.services.refusals import DayToCome, Refusal

from .capacities import duties_of
from .seats import lock_seat


class NoSuchDuty(Refusal):
    message = _("This is no duty of the body. Its duties stand on its own page.")


class SeatNotThere(Refusal):
    message = _("The body did not have this seat on that day.")


@dataclass(frozen=True)
class DutyMonth:
    """One duty, and what was written down for it in the month; none is told as none."""

    duty: str
    entries: Sequence[DutyEntry]


@dataclass(frozen=True)
class SeatMonth:
    """What a seat did in a month: by duty, and what stands on record elsewhere by itself."""

    first_day: dt.date
    duties: Sequence[DutyMonth]
    # Meetings of the body; alerts and issues raised by whoever held the seat.
    meetings: Sequence[Meeting]
    alerts: Sequence[Alert]
    escalations: Sequence[Escalation]

    @property
    def without(self) -> list[str]:
        """The duties for which nothing is written down."""
        return [row.duty for row in self.duties if not row.entries]


@transaction.atomic
def log_duty(
    seat: Seat,
    *,
    by: User,
    duty: str,
    done_on: dt.date,
    text: str,
    at: dt.datetime | None = None,
) -> DutyEntry:
    """Write down what was done for a duty; the same sent twice is one entry.

    Raises NoSuchDuty, DayToCome or SeatNotThere.
    """
    now = at or timezone.now()
    seat = lock_seat(seat)
    same = seat.duty_entries.filter(duty=duty, done_on=done_on, text=text).first()
    if same is not None:
        return same
    if duty not in {each[:200] for each in duties_of(seat.body)}:
        raise NoSuchDuty
    if done_on > seat.body.mechanism.today(now):
        raise DayToCome
    if not Seat.objects.standing_on(done_on).filter(pk=seat.pk).exists():
        raise SeatNotThere
    entry = DutyEntry(
        seat=seat, duty=duty, done_on=done_on, text=text, written_by=by, written_at=now
    )
    entry.full_clean()
    entry.save()
    record("committees.duty_logged", entry, by=by, note=text, at=now)
    return entry


def month_of(seat: Seat, month: dt.date, user: Visitor) -> SeatMonth:
    """What the seat did in the month of the day, as far as the user may read it; fixed queries.

    Duties that the body no longer has are told where something was done for them.
    """
    first = month.replace(day=1)
    until = add_months(first, 1)
    entries = DutyEntry.objects.visible_to(user).filter(
        seat=seat, done_on__gte=first, done_on__lt=until
    )
    found: defaultdict[str, list[DutyEntry]] = defaultdict(list)
    for duty in duties_of(seat.body):
        found[duty[:200]] = []
    for entry in entries.order_by("done_on", "pk"):
        found[entry.duty].append(entry)
    held = seat.appointments.confirmed().filter(starts_on__lt=until).exclude(ends_on__lt=first)
    raised = {
        "raised_by__in": held.exclude(holder=None).values("holder"),
        "mechanism": seat.body.mechanism_id,
        "raised_at__gte": _begin(first, seat),
        "raised_at__lt": _begin(until, seat),
    }
    meetings = Meeting.objects.of(seat.body).counted().filter(held_on__gte=first, held_on__lt=until)
    return SeatMonth(
        first,
        [DutyMonth(duty, rows) for duty, rows in found.items()],
        list(meetings.select_related("body").order_by("held_on", "pk")),
        list(Alert.objects.visible_to(user).filter(**raised).order_by("raised_at")),
        list(Escalation.objects.visible_to(user).filter(**raised).order_by("raised_at")),
    )


def _begin(day: dt.date, seat: Seat) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=seat.body.mechanism.zone)
