"""The reference guide of a mechanism's bodies, from live data: posts, never people (R24, C10)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from committees.models import Appointment, Body, Meeting, Seat
from committees.services.bodies import BodyRecord, records_of
from committees.services.minutes_contents import cut_off
from committees.services.quorum import rule_in_words
from coordination.models import Mechanism

SCHEMA = "baraza/committee-guide/1"
SECRETARIES = (Seat.Function.SECRETARY,)
CHAIRS = (Seat.Function.CHAIR, Seat.Function.CO_CHAIR)


def guide_contents(mechanism: Mechanism, *, at: dt.datetime | None = None) -> dict[str, Any]:
    """Every body of the mechanism in its order: what it is for, who sits on it, when it meets."""
    now = at or timezone.now()
    with translation.override(settings.LANGUAGE_CODE):
        bodies = _bodies(mechanism, on=mechanism.today(now))
        return {
            "schema": SCHEMA,
            "language": translation.get_language(),
            "illustrative": any(body["illustrative"] for body in bodies),
            "mechanism": {
                "name": mechanism.name,
                "short_name": mechanism.short_name,
                "backbone": str(mechanism.backbone or ""),
            },
            "address": settings.PUBLIC_URL + reverse("mechanism-committees", args=[mechanism.slug]),
            "cut_off": cut_off(now, mechanism.zone),
            "bodies": bodies,
        }


def _bodies(mechanism: Mechanism, *, on: dt.date) -> list[dict[str, Any]]:
    seats = Seat.objects.standing_on(on).select_related("organisation").in_order()
    bodies = Body.objects.filter(mechanism=mechanism).exclude(state=Body.State.DISSOLVED)
    bodies = bodies.select_related("mechanism", "place", "parent", "reports_to").prefetch_related(
        Prefetch("seats", seats), "quorum_groups", "sectors"
    )
    held = set(
        Appointment.objects.held(on=on)
        .filter(seat__body__mechanism=mechanism)
        .values_list("seat", flat=True)
    )
    following = _following(mechanism)
    told: list[dict[str, Any]] = []

    def tell(records: list[BodyRecord], depth: int) -> None:
        for record in records:
            told.append(_body(record, depth, held, following))
            tell(record.children, depth + 1)

    tell(records_of(bodies, on=on), 0)
    return told


def _following(mechanism: Mechanism) -> dict[int, str]:
    """The day of each body's next planned meeting, by the body's key."""
    planned = Meeting.objects.filter(body__mechanism=mechanism, state__in=Meeting.PLANNED)
    days: defaultdict[int, str] = defaultdict(str)
    for meeting in planned.select_related("body__mechanism").order_by("-starts_at", "-pk"):
        days[meeting.body_id] = _day(meeting.day)
    return days


def _body(
    record: BodyRecord, depth: int, held: set[int], following: dict[int, str]
) -> dict[str, Any]:
    body, seats = record.body, list(record.body.seats.all())
    return {
        "depth": depth,
        "name": body.name,
        "short_name": body.short_name,
        "illustrative": body.is_illustrative,
        "kind": body.get_kind_display() if body.kind else "",
        "state": body.get_state_display(),
        "state_reason": body.state_reason,
        "place": str(body.place or ""),
        "sectors": sorted(sector.name for sector in body.sectors.all()),
        "purpose": body.purpose,
        "duties": [line.strip() for line in body.duties.splitlines() if line.strip()],
        "composition": body.composition,
        "chair": _posts(seats, CHAIRS) or body.chair_post,
        "secretary": _posts(seats, SECRETARIES),
        "reports_to": body.escalates_to.name if body.escalates_to else "",
        "frequency": body.frequency,
        "quorum": rule_in_words(body),
        "notified": ", ".join(part for part in (body.notified_by, _day(body.notified_on)) if part),
        "meetings": record.count,
        "informal": record.informal_count,
        "last_meeting": _held(record.last),
        "next_meeting": following.get(body.pk, ""),
        "overdue_since": _day(record.overdue_since),
        "seats": [_seat(seat, held) for seat in seats],
    }


def _seat(seat: Seat, held: set[int]) -> dict[str, Any]:
    return {
        "post": seat.title,
        "organisation": str(seat.organisation or ""),
        "function": str(seat.get_function_display()),
        "group": str(seat.get_group_display()),
        "votes": seat.is_voting,
        "mandatory": seat.is_mandatory,
        "vacant": not (seat.is_ex_officio or seat.pk in held),
    }


def _posts(seats: list[Seat], functions: tuple[str, ...]) -> str:
    return ", ".join(seat.title for seat in seats if seat.function in functions)


def _held(meeting: Meeting | None) -> str:
    if meeting is None or meeting.held_on is None:
        return ""
    return date_format(meeting.held_on, "DATE_FORMAT" if meeting.is_day_known else "M Y")


def _day(day: dt.date | None) -> str:
    return date_format(day) if day else ""
