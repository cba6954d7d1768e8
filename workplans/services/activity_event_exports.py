"""The events of a plan as a table to take away: counts, and never a name (R11, R23, R24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.services.spreadsheets import Table
from workplans.models import ActivityEvent, JointWorkPlan

from .activity_events import reached
from .plans import span_in_words


def activity_events_table(
    plan: JointWorkPlan,
    events: Iterable[ActivityEvent],
    *,
    filters: Iterable[tuple[str, str]] = (),
    at: dt.datetime | None = None,
) -> Table:
    """One row for each of the events, which come with their activity, place and participants."""
    rows = list(events)
    return Table(
        name=_("Events"),
        columns=[
            _("Activity"),
            _("Kind"),
            _("Title"),
            _("Series"),
            _("State"),
            _("Reason of the state"),
            _("First day"),
            _("Last day"),
            _("Place"),
            _("Venue"),
            _("Organisations that took part"),
            _("Unique persons"),
            _("Women"),
            _("Men"),
            _("Sex not stated"),
            _("Attendances"),
            _("Findings"),
            _("Lessons"),
            _("Follow-ups open"),
            _("Origin"),
        ],
        rows=[_row(event) for event in rows],
        about=_about(plan, rows, filters=filters, at=at or timezone.now()),
    )


def _row(event: ActivityEvent) -> list[Any]:
    parts = event.participants.all()
    return [
        event.activity.code,
        str(event.get_kind_display()),
        event.title,
        event.series,
        str(event.get_state_display()),
        event.state_reason,
        event.starts_on,
        event.ends_on,
        event.place.name if event.place else "",
        event.venue,
        "; ".join(sorted(str(one) for one in event.organisations.all())),
        event.persons,
        sum(part.women for part in parts) if parts else None,
        sum(part.men for part in parts) if parts else None,
        sum(part.not_stated for part in parts) if parts else None,
        event.attendances,
        event.findings,
        event.lessons,
        sum(1 for each in event.follow_ups.all() if each.done_on is None),
        str(event.get_origin_display()),
    ]


def _about(
    plan: JointWorkPlan,
    events: list[ActivityEvent],
    *,
    filters: Iterable[tuple[str, str]],
    at: dt.datetime,
) -> list[tuple[str, str]]:
    total = reached(events)
    not_given = _("not told")
    persons = _("not aggregable") if total.persons is None else str(total.persons)
    return [
        (_("Mechanism"), plan.mechanism.name),
        (_("Plan"), plan.title),
        (_("Place"), str(plan.place)),
        *[
            (_("Time, %(calendar)s") % {"calendar": name}, span)
            for name, span in span_in_words(plan)
        ],
        (_("As at"), date_format(timezone.localtime(at, plan.mechanism.zone), "DATETIME_FORMAT")),
        *filters,
        (_("Events held"), str(total.held)),
        (_("Attendances"), not_given if total.attendances is None else str(total.attendances)),
        (_("Unique persons"), persons),
        (_("Held without a number"), str(total.untold)),
    ]
