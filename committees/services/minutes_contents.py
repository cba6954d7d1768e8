"""What minutes say, as one snapshot that page and paper are drawn from (domain 4.4, R19, R21).

By seat and organisation, never by a person's name (R24). What only the body reads is marked, and
left out for everyone else with everything that hangs on it.
"""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from committees.models import (
    ActionItem,
    Correction,
    Decision,
    Meeting,
    Minutes,
    Participant,
    Seat,
    reads_less,
)
from committees.services.actions import matters_arising
from committees.services.attendance import Line, bodies_of, lines_of
from committees.services.decisions import tally_in_words
from committees.services.quorum import quorum_of

SCHEMA = "baraza/minutes/1"
Rows = list[dict[str, Any]]
Attendance = Participant.Attendance


def minutes_contents(minutes: Minutes, *, at: dt.datetime | None = None) -> dict[str, Any]:
    """Everything that the minutes say now; of confirmed ones what they said when confirmed."""
    if minutes.state == Minutes.State.CONFIRMED and minutes.snapshot:
        return dict(json.loads(minutes.snapshot))
    return compile_minutes(minutes, at=at)


def compile_minutes(minutes: Minutes, *, at: dt.datetime | None = None) -> dict[str, Any]:
    """Everything that the minutes say by what stands in the tables now."""
    with translation.override(settings.LANGUAGE_CODE):
        return _contents(minutes, at=at or timezone.now())


def open_contents(contents: dict[str, Any]) -> dict[str, Any]:
    """The same for who does not sit on the body: nothing restricted, and no gap where it stood."""
    items = [item for item in contents["items"] if not item["restricted"]]
    return {
        **contents,
        "items": [
            {**item, "number": number, "papers": _open_papers(item)}
            for number, item in enumerate(items, start=1)
        ],
        **{
            name: [row for row in contents[name] if not row["restricted"]]
            for name in ("matters", "action_log", "corrections")
        },
    }


def _open_papers(item: dict[str, Any]) -> Rows:
    """Those whose title is no secret to who reads the item and not the document."""
    return [paper for paper in item["papers"] if not paper.get("closed")]


def cut_off(at: dt.datetime, zone: zoneinfo.ZoneInfo) -> dict[str, str]:
    """The moment of a snapshot, for machine and reader."""
    at = at.replace(microsecond=0)
    here = at.astimezone(zone)
    return {
        "at": at.astimezone(dt.UTC).isoformat(),
        "text": f"{date_format(here)}, {date_format(here, 'H:i')} {zone.key}",
    }


def matters_rows(actions: Iterable[ActionItem]) -> Rows:
    """Action items as the table of matters arising shows them."""
    return [_action(action) for action in _in_full(actions)]


def _contents(minutes: Minutes, *, at: dt.datetime) -> dict[str, Any]:
    meeting = minutes.meeting
    lines = lines_of(meeting)
    actions = _in_full(ActionItem.objects.filter(meeting=meeting).in_order())
    return {
        "schema": SCHEMA,
        "language": translation.get_language(),
        "illustrative": meeting.is_illustrative,
        "mechanism": {"name": meeting.body.mechanism.name, "slug": meeting.body.mechanism.slug},
        "body": {
            "name": meeting.body.name,
            "short_name": meeting.body.short_name,
            "joint": [body.name for body in bodies_of(meeting)[1:]],
        },
        "meeting": _meeting(meeting),
        "status": _status(minutes),
        "cut_off": cut_off(at, meeting.zone),
        "entered_on": _entered_on(meeting),
        "quorum": _quorum(meeting),
        "attendance": _attendance(lines),
        "missing": meeting.missing_note,
        "confirmed_here": _confirmed_here(meeting),
        "matters": _matters(minutes),
        "items": _items(meeting, actions),
        "decisions": [_decision(row) for row in _decisions(meeting) if row.item_id is None],
        "actions": [_action(row) for row in actions if row.item_id is None],
        "action_log": [_action(row) for row in actions],
        "corrections": _corrections(minutes),
        "circulation": _circulation(lines),
        "next_meeting": _next_meeting(meeting),
    }


def _meeting(meeting: Meeting) -> dict[str, Any]:
    kind = meeting.get_kind_display()
    if meeting.kind == Meeting.Kind.INFORMAL:
        title = _("Note of informal meeting")
    elif not meeting.is_counted:
        title = _("Note of %(kind)s") % {"kind": kind.lower()}
    else:
        title = _("Minutes")
    return {
        "title": title,
        "name": str(meeting),
        "number": meeting.number,
        "kind": kind,
        "is_counted": meeting.is_counted,
        "day": _day(meeting.day) if meeting.is_day_known else _month(meeting.day),
        "time": _time(meeting),
        "place": meeting.venue,
        "mode": meeting.get_mode_display() if meeting.mode else "",
        "chair": meeting.chaired_by or _post(meeting, Seat.Function.CHAIR),
        "secretary": _post(meeting, Seat.Function.SECRETARY),
        "facilitator": meeting.facilitator,
        "note": meeting.note,
        "address": settings.PUBLIC_URL + reverse("minutes-detail", args=[meeting.pk]),
    }


def _status(minutes: Minutes) -> dict[str, Any]:
    zone = minutes.meeting.zone
    circulated = minutes.circulated_at and timezone.localdate(minutes.circulated_at, zone)
    return {
        "state": minutes.state,
        "label": str(minutes.get_state_display()),
        "revision": minutes.revision,
        "circulated_on": _day(circulated),
        "corrections_until": _day(minutes.corrections_until),
        "confirmed_on": _day(minutes.confirmed_on),
        "confirmed_at": str(minutes.confirmed_at or ""),
        "as_signed": minutes.is_as_signed,
        "chair": minutes.chair_post,
        "secretary": minutes.secretary_post,
    }


def _entered_on(meeting: Meeting) -> str:
    """The day on which it was typed in from paper; "" of one that was held here."""
    entered = meeting.entered_at
    return _day(timezone.localdate(entered, meeting.zone)) if entered else ""


def _quorum(meeting: Meeting) -> dict[str, Any]:
    if not meeting.is_counted:
        return {"is_met": None, "sentence": _("No quorum, no decisions.")}
    quorum = quorum_of(meeting)
    return {"is_met": quorum.is_met, "sentence": quorum.sentence}


def _attendance(lines: Iterable[Line]) -> dict[str, Rows]:
    """Who was noted as what; of a guest of whom nothing is noted, nothing is said (R4)."""
    found: defaultdict[str, Rows] = defaultdict(list)
    for line in lines:
        row = line.participant
        told = {
            "post": line.title,
            "organisation": str(line.organisation or ""),
            "via": row.get_via_display() if row and row.via else "",
            "by_alternate": bool(row and row.is_by_alternate),
            "headcount": row.headcount if row else 1,
        }
        if row is None:
            continue
        is_guest = line.seat is None and row.attendance == Attendance.PRESENT
        found["guests" if is_guest else row.attendance].append(told)
    return {
        name: found[name]
        for name in (Attendance.PRESENT, Attendance.APOLOGIES, Attendance.ABSENT, "guests")
    }


def _confirmed_here(meeting: Meeting) -> Rows:
    """Minutes of earlier meetings that this one confirmed, with what was corrected in them."""
    confirmed = Minutes.objects.filter(confirmed_at=meeting).select_related(
        "meeting__body__mechanism"
    )
    return [
        {
            "name": str(minutes.meeting),
            "day": _day(minutes.meeting.day),
            "confirmed_on": _day(minutes.confirmed_on),
            "corrections": minutes.corrections.filter(state=Correction.State.ACCEPTED).count(),
        }
        for minutes in confirmed.order_by("meeting__held_on", "pk")
    ]


def _matters(minutes: Minutes) -> Rows:
    """As they stood when the meeting closed; before that, as they stand now."""
    if minutes.snapshot:
        return list(json.loads(minutes.snapshot)["matters"])
    return matters_rows(matters_arising(minutes.meeting))


def _items(meeting: Meeting, actions: Iterable[ActionItem]) -> Rows:
    decisions: defaultdict[int | None, Rows] = defaultdict(list)
    for decision in _decisions(meeting):
        decisions[decision.item_id].append(_decision(decision))
    set_here: defaultdict[int | None, Rows] = defaultdict(list)
    for action in actions:
        set_here[action.item_id].append(_action(action))
    items = meeting.items.select_related("presented_by", "memo", "carried_from")
    items = items.prefetch_related(
        "papers__document_version__document", "papers__document_version__file"
    )
    return [
        {
            "number": number,
            "restricted": item.is_restricted,
            "title": item.title,
            "kind": item.kind,
            "presenter": ", ".join(str(one) for one in (item.presenter, item.presented_by) if one),
            "note": item.note,
            "text": item.minutes_text,
            "outcome": item.outcome,
            "outcome_label": str(item.get_outcome_display()),
            "reason": item.outcome_reason,
            "papers": [_paper(paper.document_version, meeting) for paper in item.papers.all()],
            "decisions": decisions[item.pk],
            "actions": set_here[item.pk],
        }
        for number, item in enumerate(items.in_order(), start=1)
    ]


def _paper(version: Any, meeting: Meeting) -> dict[str, Any]:
    return {
        "closed": reads_less(version.document.access, meeting.access),
        "title": version.document.title,
        "version": version.number,
        "note": version.note,
        "sha256": version.file.sha256,
    }


def _decisions(meeting: Meeting) -> Iterable[Decision]:
    rows = meeting.decisions.select_related("body", "supersedes__body", "ratified_by__body")
    rows = rows.prefetch_related("binding_on", "votes__seat", "ratifies__body")
    return rows.order_by("year", "from_paper", "number")


def _decision(decision: Decision) -> dict[str, Any]:
    votes = sorted(decision.votes.all(), key=lambda vote: vote.pk)
    return {
        "reference": decision.reference,
        "paper_number": decision.paper_number,
        "text": decision.text,
        "type": str(decision.get_type_display()),
        "basis": str(decision.get_basis_display()),
        "votes": [
            {"post": vote.seat.title, "vote": str(vote.get_choice_display())} for vote in votes
        ],
        "tally": tally_in_words(votes),
        "binding_on": sorted(str(one) for one in decision.binding_on.all()),
        "effective_on": _day(decision.effective_on),
        "supersedes": str(decision.supersedes or ""),
        "ratifies": sorted(one.reference for one in decision.ratifies.all()),
        "needs_ratification": decision.needs_ratification,
        "ratified_by": str(decision.ratified_by or ""),
    }


def _in_full(actions: Any) -> list[ActionItem]:
    related = ("body", "item", "owner_seat", "owner_organisation")
    return list(actions.select_related(*related).prefetch_related("co_owners"))


def _action(action: ActionItem) -> dict[str, Any]:
    return {
        "reference": str(action),
        "restricted": bool(action.item and action.item.is_restricted),
        "text": action.text,
        "owner": action.owner,
        "co_owners": sorted(str(one) for one in action.co_owners.all()),
        "due_on": _day(action.due_on),
        "state": action.state,
        "state_label": str(action.get_state_display()),
    }


def _corrections(minutes: Minutes) -> Rows:
    accepted = minutes.corrections.filter(state=Correction.State.ACCEPTED)
    return [
        {
            "restricted": bool(row.item and row.item.is_restricted),
            "item": row.item.title if row.item else "",
            "text": row.text,
        }
        for row in accepted.select_related("item").order_by("pk")
    ]


def _circulation(lines: Iterable[Line]) -> list[str]:
    """The posts and organisations that get the minutes, each once; a vacant seat gets none."""
    named = (
        f"{line.title}, {line.organisation}" if line.organisation else line.title
        for line in lines
        if line.seat is not None and not line.is_vacant
    )
    return list(dict.fromkeys(named))


def _next_meeting(meeting: Meeting) -> str:
    """The day of the body's next planned meeting; "" for none."""
    planned = Meeting.objects.of(meeting.body).filter(state__in=Meeting.PLANNED)
    after = Q(starts_at__gt=meeting.starts_at) if meeting.starts_at else Q()
    following = planned.filter(after).exclude(pk=meeting.pk).select_related("body__mechanism")
    found = following.order_by("starts_at", "pk").first()
    return _day(found.day) if found else ""


def _post(meeting: Meeting, function: str) -> str:
    seats = Seat.objects.filter(body=meeting.body, function=function)
    if meeting.day:
        seats = seats.standing_on(meeting.day)
    seat = seats.in_order().first()
    return seat.title if seat else (meeting.body.chair_post if function == "chair" else "")


def _time(meeting: Meeting) -> str:
    if meeting.starts_at is None:
        return ""
    starts = meeting.starts_at.astimezone(meeting.zone)
    ends = meeting.ends_at.astimezone(meeting.zone) if meeting.ends_at else None
    until = f"–{ends:%H:%M}" if ends else ""
    return f"{starts:%H:%M}{until} {starts:%Z}"


def _day(day: dt.date | None) -> str:
    return date_format(day) if day else ""


def _month(day: dt.date | None) -> str:
    return date_format(day, "M Y") if day else ""
