"""The rows of a review's parts, each with its mark where it is not for everyone (R24)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from committees.models import ActionItem, AgendaItem, Alert, Decision
from coordination.models import Period, SectorLead
from reporting.models import DecisionRequest, Report, Review
from reporting.services.compiled_figures import FigureTables
from reporting.services.frames import Frame
from reporting.services.reviews import decisions_on
from reporting.services.words import day_text, span_text
from workplans.models import (
    Activity,
    ActivityEvent,
    ActivityUpdate,
    Bottleneck,
    PlanningLine,
    SectorNarrative,
    code_order,
)
from workplans.services.learning import texts_of
from workplans.services.planning_calendars import occurrences_of
from workplans.services.plans import updates_received

Row = dict[str, Any]
# How far ahead the next steps of the official calendar are shown.
HORIZON = dt.timedelta(days=190)


def activity_rows(
    review: Review, *, outputs: Mapping[int, list[Row]]
) -> list[tuple[Activity, Row]]:
    """Each activity with its row; ``outputs`` are their targets and figures, by its key."""
    plan, period = review.plan, review.period
    rows = plan.activities.in_full().prefetch_related("postponements")
    activities = sorted(
        rows.select_related("adp_line", "cidp_line"), key=lambda each: code_order(each.code)
    )
    updates: defaultdict[int, list[ActivityUpdate]] = defaultdict(list)
    told = ActivityUpdate.objects.filter(activity__plan=plan).select_related("period")
    for update in told.order_by("period__starts_on"):
        updates[update.activity_id].append(update)
    missing = updates_received(plan.activities.all(), period).missing.values()
    owing = {code for codes in missing for code in codes}
    lines = _lines_of(activities)
    return [
        (
            each,
            {
                **_activity(each, updates[each.pk], period, is_owing=each.code in owing),
                "line": lines[each.pk],
                "outputs": outputs.get(each.pk, []),
            },
        )
        for each in activities
    ]


def _lines_of(activities: Iterable[Activity]) -> dict[int, Row]:
    """The line of the county's plans that each cites, by its key; whether everyone reads it."""
    cited = {each.pk: each.adp_line or each.cidp_line for each in activities}
    keys = [line.pk for line in cited.values() if line is not None]
    public = PlanningLine.objects.visible_to(AnonymousUser()).filter(pk__in=keys)
    shown = set(public.values_list("pk", flat=True))
    return {
        key: {
            "text": str(line or ""),
            "is_cited": line is not None,
            "internal": line is not None and line.pk not in shown,
        }
        for key, line in cited.items()
    }


def _activity(
    activity: Activity, updates: list[ActivityUpdate], period: Period, *, is_owing: bool
) -> Row:
    """How the activity stood at the end of the quarter, as its updates until then tell."""
    until = [each for each in updates if each.period.starts_on <= period.starts_on]
    last = until[-1] if until else None
    now = last if last is not None and last.period_id == period.pk else None
    if last is None and updates:
        # Only later quarters were told of: how it stood then, nobody has said.
        status, percent, reason = {"code": "", "text": _("not told")}, None, ""
    else:
        source = last or activity
        status = {"code": source.status, "text": str(source.get_status_display())}
        percent, reason = source.percent_complete, source.status_reason
    before = next((each for each in reversed(until) if each is not now), None)
    return {
        "code": activity.code,
        "title": activity.title,
        "lead": str(activity.lead),
        "partners": [str(partner) for partner in activity.partners.all()],
        "places": [place.name for place in activity.places.all()],
        "planned": span_text(activity.starts_on, activity.ends_on),
        "real": span_text(last.began_on, last.finished_on) if last else "",
        "postponed": [
            f"{span_text(each.began_on, each.ended_on)} → "
            f"{span_text(each.starts_on, each.ends_on)}: {each.reason}"
            for each in activity.postponements.all()
        ],
        "status": status,
        "percent": percent,
        "reason": reason,
        "done": now.narrative if now else "",
        "planned_before": before.next_step if before else "",
        "next_step": now.next_step if now else "",
        "update": "received" if now else "missing" if is_owing else "not_due",
        "internal": not activity.is_public,
        "illustrative": activity.is_illustrative,
    }


def sector_rows(review: Review, rows: list[tuple[Activity, Row]]) -> list[Row]:
    """The activities by sector in the order of the departments; those without one last."""
    plan = review.plan
    narratives = SectorNarrative.objects.filter(plan=plan, period=review.period)
    told = {row.sector_id: row for row in narratives.select_related("sector")}
    sectors = {
        activity.sector.pk: activity.sector for activity, _row in rows if activity.sector
    } | {row.sector_id: row.sector for row in told.values()}
    leads = SectorLead.objects.filter(sector__in=sectors, place__path__in=plan.place.path_and_above)
    departments = dict(leads.order_by("place__path").values_list("sector", "department__name"))
    order = sorted(sectors.values(), key=lambda each: (each.scheme_id, each.position, each.name))
    labels = dict(SectorNarrative.Head.choices)
    found = [
        {
            "name": sector.name,
            "department": departments.get(sector.pk, ""),
            "rows": [row for activity, row in rows if activity.sector_id == sector.pk],
            "narrative": [
                {"head": str(labels[head]), "text": text}
                for head, text in texts_of(told.get(sector.pk)).items()
                if text
            ],
        }
        for sector in order
    ]
    rest = [row for activity, row in rows if activity.sector_id is None]
    if rest:
        found.append(
            {"name": _("Without a sector"), "department": "", "rows": rest, "narrative": []}
        )
    return found


def indicator_rows(review: Review, *, on: dt.date) -> list[Row]:
    """Verified figures of the plan's place alone, each judged as everywhere (R3, R8, R12)."""
    plan = review.plan
    report = Report(mechanism=plan.mechanism, period=review.period, place=plan.place)
    frame = Frame.of(report, internal=True)
    if not frame.versions:
        return []
    inside = {each.indicator.code for each in frame.versions if not each.indicator.is_public}
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "unit": row["unit"],
            "quarter": row["quarter"]["text"],
            "to_date": row["to_date"]["text"],
            "target": row["target"]["text"],
            "achievement": row["achievement"]["text"],
            "verdict": row["verdict"],
            "internal": row["code"] in inside,
        }
        for row in FigureTables.read(frame, on=on).tables()["indicators"]
    ]


def calendar_rows(review: Review, *, on: dt.date) -> list[Row]:
    """Where the official calendars are: steps since the quarter began, and the next ones."""
    first, last = review.period.starts_on, on + HORIZON
    return [
        {
            "calendar": each.event.calendar.name,
            "step": f"{each.event.name} ({each.year})",
            "due_on": day_text(each.due_on),
            "is_past": each.due_on < on,
            "hook": each.event.hook,
        }
        for each in occurrences_of(review.plan)
        if first <= each.due_on <= last
    ]


def event_rows(review: Review) -> list[Row]:
    period = review.period
    events = ActivityEvent.objects.filter(activity__plan=review.plan)
    events = events.during(period.starts_on, period.ends_before).in_order()
    return [
        {
            "activity": event.activity.code,
            "kind": {"code": event.kind, "text": str(event.get_kind_display())},
            "title": event.title,
            "dates": span_text(event.starts_on, event.ends_on),
            "where": event.venue or str(event.place or ""),
            "state": {"code": event.state, "text": str(event.get_state_display())},
            "reason": event.state_reason,
            "held": event.state == ActivityEvent.State.HELD,
            "organisations": sorted(str(one) for one in event.organisations.all()),
            "persons": event.persons,
            "persons_are_new": event.persons_are_new,
            "attendances": event.attendances,
            "findings": event.findings,
            "lessons": event.lessons,
            "follow_ups": [
                {
                    "text": each.text,
                    "owner": str(each.owner),
                    "due_on": day_text(each.due_on),
                    "done_on": day_text(each.done_on),
                }
                for each in event.follow_ups.all()
            ],
            "internal": not (event.is_public and event.activity.is_public),
        }
        for event in events.select_related("activity", "place").prefetch_related(
            "organisations", "follow_ups__owner"
        )
    ]


def bottleneck_rows(review: Review) -> list[Row]:
    period = review.period
    rows = Bottleneck.objects.filter(plan=review.plan).prefetch_related("activities")
    return [
        {
            "category": str(row.get_category_display()),
            "text": row.description,
            "since": day_text(row.since),
            "resolved_on": day_text(row.resolved_on),
            "measures": row.measures,
            "raised_by": str(row.raised_by),
            "activities": [
                {"code": each.code, "internal": not each.is_public}
                for each in sorted(row.activities.all(), key=lambda one: code_order(one.code))
            ],
            "internal": not row.is_public,
        }
        for row in rows.standing_during(period.starts_on, period.ends_before)
        .select_related("raised_by")
        .in_order()
    ]


def risk_rows(review: Review) -> list[Row]:
    """The open risks of the plan, the gravest first, with who carries and who shares each (P34)."""
    rows = review.plan.risks.open().select_related("owner").in_order()
    return [
        {
            "text": risk.what,
            "likelihood": str(risk.get_likelihood_display()),
            "impact": str(risk.get_impact_display()),
            "owner": str(risk.owner),
            "shares": [
                {"organisation": str(share.organisation), "takes_on": share.takes_on}
                for share in sorted(risk.shares.all(), key=lambda one: str(one.organisation))
            ],
            "response": str(risk.get_response_display()),
            "review_on": day_text(risk.review_on),
            "activities": [
                {"code": each.code, "internal": not each.is_public}
                for each in sorted(risk.activities.all(), key=lambda one: code_order(one.code))
            ],
            "illustrative": risk.is_illustrative,
            "internal": not risk.is_public,
        }
        for risk in rows.prefetch_related("shares__organisation", "activities")
    ]


def shock_rows(review: Review) -> list[Row]:
    """Alerts of the place that stood in the quarter, with what they put off course."""
    plan, period = review.plan, review.period
    alerts = Alert.objects.filter(mechanism=plan.mechanism_id).about(plan.place)
    alerts = alerts.filter(noticed_on__lt=period.ends_before)
    hit: defaultdict[int, list[str]] = defaultdict(list)
    named = ActivityUpdate.objects.filter(activity__plan=plan, period=period)
    for alert, code in named.exclude(alert=None).values_list("alert", "activity__code"):
        hit[alert or 0].append(code)
    first = dt.datetime.combine(period.starts_on, dt.time(), plan.mechanism.zone)
    return [
        {
            "title": alert.title,
            "kind": str(alert.get_kind_display()),
            "phase": str(alert.get_phase_display()) if alert.phase else "",
            "noticed_on": day_text(alert.noticed_on),
            "state": str(alert.get_state_display()),
            "ask": alert.ask,
            "activities": sorted(hit[alert.pk], key=code_order),
        }
        for alert in alerts.order_by("noticed_on", "pk")
        if alert.closed_at is None or alert.closed_at >= first
    ]


def request_rows(requests: list[DecisionRequest]) -> list[Row]:
    """What the committee is asked, where that stands, and what it decided."""
    answers = decisions_on(requests)
    read_by_all = set(
        Decision.objects.visible_to(AnonymousUser())
        .filter(pk__in=[each.pk for rows in answers.values() for each in rows])
        .values_list("pk", flat=True)
    )
    return [
        {
            "text": each.text,
            "reason": each.reason,
            "sent": each.item_id is not None,
            "decisions": [
                {
                    "reference": decision.reference,
                    "text": decision.text,
                    "type": str(decision.get_type_display()),
                    "taken_on": day_text(decision.taken_on),
                    "internal": decision.pk not in read_by_all,
                }
                for decision in answers.get(each.pk, [])
            ],
            "internal": bool(each.item and each.item.is_restricted),
        }
        for each in requests
    ]


def earlier_rows(review: Review) -> list[Row]:
    """The matters arising: what the last review asked for, and what waits since one before it."""
    earlier = (
        Review.objects.filter(plan__mechanism=review.plan.mechanism_id)
        .filter(plan__place=review.plan.place_id)
        .filter(period__starts_on__lt=review.period.starts_on)
        .order_by("-period__starts_on")
    )
    last = earlier.first()
    if last is None:
        return []
    asked = DecisionRequest.objects.filter(review__in=earlier).select_related("item")
    requests = list(asked.order_by("review__period__starts_on", "pk"))
    answers = decisions_on(requests)
    standing = [
        each
        for each in requests
        if each.review_id == last.pk
        or not (
            answers.get(each.pk) or (each.item and each.item.outcome == AgendaItem.Outcome.DROPPED)
        )
    ]
    return [
        {name: value for name, value in row.items() if name != "reason"}
        for row in request_rows(standing)
        if not row["internal"]
    ]


def action_rows(review: Review, *, on: dt.date) -> list[Row]:
    """The committee's action items that are not settled; those of restricted items left out."""
    if review.body is None:
        return []
    actions = ActionItem.objects.filter(body=review.body).outstanding().in_order()
    actions = actions.exclude(item__is_restricted=True)
    related = ("body", "owner_seat", "owner_organisation")
    return [
        {
            "reference": str(action),
            "text": action.text,
            "owner": action.owner,
            "due_on": day_text(action.due_on),
            "state": {"code": action.state, "text": str(action.get_state_display())},
            "is_overdue": bool(
                action.due_on and action.due_on < on and action.state in ActionItem.UNDONE
            ),
        }
        for action in actions.select_related(*related)
    ]


def is_illustrative(review: Review, rows: list[tuple[Activity, Row]]) -> bool:
    """Whether anything in it is made up to show how the portal works."""
    return (
        review.is_illustrative
        or review.plan.is_illustrative
        or any(row["illustrative"] for _activity, row in rows)
    )
