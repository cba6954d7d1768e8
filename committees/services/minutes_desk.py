"""What of minutes and decisions waits on a desk: to write, send, correct, confirm and ratify."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committees.models import (
    Correction,
    Decision,
    Minutes,
    bodies_chaired_by,
    bodies_kept_by,
    bodies_sat_on,
    held_by,
)
from coordination.models import User

from .desk_lists import MOST, DeskList, DeskRow

State = Minutes.State


def minutes_to_keep(user: User, at: dt.datetime) -> DeskList:
    """Of the bodies that the person keeps: what is not confirmed yet, and its next step."""
    asked = Count("corrections", filter=Q(corrections__state=Correction.State.ASKED))
    kept = Minutes.objects.filter(meeting__body__in=bodies_kept_by(user))
    rows = kept.exclude(state=State.CONFIRMED).annotate(asked=asked)
    rows = rows.select_related("meeting__body__mechanism")
    oldest = rows.order_by(F("meeting__held_on").asc(nulls_last=True), "pk")[:MOST]
    shown = [_row(minutes, _next_step(minutes, at=at)) for minutes in oldest]
    return DeskList("minutes", _("Minutes to bring to their confirmation"), shown)


def minutes_to_check(user: User, at: dt.datetime) -> DeskList:
    """Those of one's bodies that can still be corrected."""
    own = held_by(bodies_sat_on(user), meeting="meeting")
    rows = Minutes.objects.filter(
        own, state=State.CIRCULATED, corrections_until__gte=at.date()
    ).select_related("meeting__body__mechanism")
    shown = [
        _row(minutes, _("corrections until %(day)s") % {"day": _day(minutes.corrections_until)})
        for minutes in rows.order_by("corrections_until", "pk")[:MOST]
    ]
    return DeskList("minutes-check", _("Minutes to check"), shown, is_due=False)


def decisions_to_ratify(user: User, at: dt.datetime) -> DeskList:
    """Decisions without a quorum of the bodies that the person keeps or chairs (R18)."""
    bodies = {*bodies_kept_by(user), *bodies_chaired_by(user)}
    rows = Decision.objects.awaiting_ratification().filter(body__in=bodies)
    shown = [
        DeskRow(
            title=f"{decision}: {Truncator(decision.text).words(16)}",
            url=decision.get_absolute_url(),
            note=_("taken without a quorum on %(day)s") % {"day": _day(decision.taken_on)},
            status="to_be_ratified",
            label=_("To be ratified"),
        )
        for decision in rows.select_related("body").order_by("taken_on", "pk")[:MOST]
    ]
    return DeskList("ratify", _("Decisions to be ratified"), shown)


def _row(minutes: Minutes, note: str) -> DeskRow:
    return DeskRow(
        title=str(minutes.meeting),
        url=reverse("minutes-detail", args=[minutes.meeting_id]),
        note=note,
        status=minutes.state,
        label=str(minutes.get_state_display()),
    )


def _next_step(minutes: Minutes, *, at: dt.datetime) -> str:
    asked: int = minutes.asked  # type: ignore[attr-defined]  # annotated
    if minutes.state == State.DRAFTING:
        held = minutes.meeting.held_on is not None
        return _("circulate them") if held else _("the meeting is open: close it when it ends")
    if asked:
        said = ngettext(
            "%(count)d correction waits for an answer",
            "%(count)d corrections wait for an answer",
            asked,
        )
        return said % {"count": asked}
    until = minutes.corrections_until
    if until and until >= timezone.localdate(at, minutes.meeting.zone):
        return _("corrections until %(day)s") % {"day": _day(until)}
    return _("have them confirmed at the next meeting")


def _day(day: dt.date | None) -> str:
    return date_format(day) if day else ""
