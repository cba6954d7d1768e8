"""What the review of a plan's quarter says, frozen at one moment (domain 4.3, R21, R24).

One snapshot holds everything; rows that are not for everyone are marked, and the public version is
the same snapshot without them and with what remains counted anew. No person's name is in either.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from committees.models import ActionItem, Alert, Decision
from coordination.models import Period, SectorLead, standing_asked_once
from coordination.services.snapshots import Snapshot, canonical, one_moment
from reporting.models import DecisionRequest, Report, Review, ReviewPack
from reporting.services.compiled_figures import FigureTables
from reporting.services.completeness import completeness_of
from reporting.services.frames import Frame
from reporting.services.reviews import decisions_on, post_in
from reporting.services.words import (
    day_text,
    moment_text,
    period_labels,
    period_text,
    span_text,
)
from workplans.models import (
    Activity,
    ActivityEvent,
    ActivityUpdate,
    Bottleneck,
    PlanningLine,
    SectorNarrative,
    code_order,
)
from workplans.models.activity import ActivityQuerySet
from workplans.services.learning import questions_of, texts_of
from workplans.services.money import InOne, PlanMoney, Total, money_of
from workplans.services.money_exports import SUMS
from workplans.services.planning_calendars import occurrences_of
from workplans.services.plans import updates_received

SCHEMA = "baraza/plan-review/1"
Row = dict[str, Any]
# How far ahead the next steps of the official calendar are shown.
HORIZON = dt.timedelta(days=190)
# What is for who works on the review alone, whole.
INSIDE = ("compiled_for", "shocks", "actions", "money", "money_of_all")


def compile_review(pack: ReviewPack, *, at: dt.datetime | None = None) -> Snapshot:
    """Freeze the quarter as it stands; every read sees the same moment."""
    with one_moment(), standing_asked_once(), translation.override(settings.LANGUAGE_CODE):
        moment = (at or timezone.now()).replace(microsecond=0)
        return Snapshot(canonical(_contents(pack, moment)))


def public_contents(contents: Row) -> Row:
    """The same for everyone: nothing internal, and every count made of what remains (R24)."""
    shown = {name: value for name, value in contents.items() if name not in INSIDE}
    sectors = []
    for sector in shown["sectors"]:
        rows = [_without_internal_line(row) for row in _open(sector["rows"])]
        if rows or sector["narrative"]:
            sectors.append({**sector, "rows": rows})
    requests = [
        {**_without(each, "reason"), "decisions": _open(each["decisions"])}
        for each in _open(shown["requests"])
    ]
    earlier = [{**each, "decisions": _open(each["decisions"])} for each in shown["earlier"]]
    bottlenecks = [
        {**each, "activities": _open(each["activities"])} for each in _open(shown["bottlenecks"])
    ]
    return _counted({
        **shown,
        "audience": "public",
        # Sums over what everyone sees; whose money it is stays inside.
        "money": contents["money_of_all"],
        "sectors": sectors,
        "events": _open(shown["events"]),
        "bottlenecks": bottlenecks,
        "requests": requests,
        "earlier": earlier,
    })  # fmt: skip


def _contents(pack: ReviewPack, at: dt.datetime) -> Row:
    review = pack.review
    plan, period, mechanism = review.plan, review.period, review.plan.mechanism
    today = timezone.localdate(at, mechanism.zone)
    requests = list(review.requests.select_related("item").order_by("pk"))
    rows = _activities(review)
    return _counted({
        "schema": SCHEMA,
        "audience": "internal",
        "language": translation.get_language(),
        "review": {
            "slug": review.slug,
            "number": pack.number,
            "title": str(plan.title),
            "address": settings.PUBLIC_URL + review.get_absolute_url(),
            "body": review.body.name if review.body else "",
        },
        "mechanism": {"name": mechanism.name, "short_name": mechanism.short_name},
        "plan": {
            "place": str(plan.place),
            "year": plan.year_label,
            "state": str(plan.get_state_display()),
            "department": plan.lead_department.name if plan.lead_department else "",
        },
        "period": {
            "code": period.code,
            "text": period_text(period),
            "labels": period_labels(mechanism, period),
        },
        "cut_off": {
            "at": at.astimezone(dt.UTC).isoformat(),
            "zone": mechanism.time_zone,
            "text": moment_text(at, mechanism),
        },
        "compiled_for": post_in(pack.requested_by, review, on=today),
        "illustrative": _is_illustrative(review, rows),
        "indicators": _indicators(review, on=today),
        "reports": completeness_of(mechanism, period, place=plan.place, at=at).as_row(),
        "calendar": _calendar(review, on=today),
        "money": _money(review, plan.activities.all(), on=today, by_partner=True),
        "money_of_all": _money(
            review, plan.activities.filter(is_public=True), on=today, by_partner=False
        ),
        "sectors": _sectors(review, rows),
        "events": _events(review),
        "bottlenecks": _bottlenecks(review),
        "shocks": _shocks(review),
        "questions": [
            {"number": question.number, "text": question.text, "answer": answer,
             "illustrative": question.is_illustrative}
            for question, answer in questions_of(plan, period)
        ],
        "requests": _requests(requests),
        "earlier": _earlier(review),
        "actions": _actions(review, on=today),
    })  # fmt: skip


def _counted(contents: Row) -> Row:
    """With the dashboard and the annex, made of the rows that are there."""
    rows = [row for sector in contents["sectors"] for row in sector["rows"]]
    statuses = Counter((row["status"]["code"], row["status"]["text"]) for row in rows)
    order = {code: number for number, code in enumerate(["", *Activity.Status.values])}
    verdicts = Counter(
        (row["verdict"]["code"], row["verdict"]["text"]) for row in contents["indicators"]
    )
    missing: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["update"] == "missing":
            missing[row["lead"]].append(row["code"])
    held = [row for row in contents["events"] if row["held"]]
    return {
        **contents,
        "dashboard": {
            "activities": len(rows),
            "statuses": [
                {"code": code, "text": text, "count": count}
                for (code, text), count in sorted(
                    statuses.items(), key=lambda item: order.get(item[0][0], 0)
                )
            ],
            "verdicts": [
                {"code": code, "text": text, "count": count}
                for (code, text), count in sorted(verdicts.items())
            ],
            "updates_received": sum(row["update"] == "received" for row in rows),
            "updates_due": sum(row["update"] in {"received", "missing"} for row in rows),
            "bottlenecks": sum(not row["resolved_on"] for row in contents["bottlenecks"]),
            "requests": len(contents["requests"]),
            "actions_overdue": sum(row["is_overdue"] for row in contents.get("actions", [])),
            "events_held": len(held),
            "attendances": _total(held, "attendances"),
            "persons": _unique(held),
        },
        "unreferenced": [
            row["code"]
            for row in rows
            if not row["line"]["is_cited"] and row["status"]["code"] not in Activity.LEFT_OUT
        ],
        "missing": [
            {"organisation": lead, "codes": sorted(codes, key=code_order)}
            for lead, codes in sorted(missing.items())
        ],
    }


def _open(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not row["internal"]]


def _without_internal_line(row: Row) -> Row:
    """The activity without the line of a document that is not public."""
    line = row["line"]
    return {**row, "line": {**line, "text": "" if line["internal"] else line["text"]}}


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def _total(rows: list[Row], name: str) -> int | None:
    told = [row[name] for row in rows if row[name] is not None]
    return sum(told) if told else None


def _unique(held: list[Row]) -> int | None:
    """Unique persons over events, where that can be said (R11)."""
    told = [row for row in held if row["persons"] is not None]
    can_add = len(told) == 1 or all(row["persons_are_new"] for row in told)
    return _total(told, "persons") if can_add else None


# --- The parts ---


def _activities(review: Review) -> list[tuple[Activity, Row]]:
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


def _sectors(review: Review, rows: list[tuple[Activity, Row]]) -> list[Row]:
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


def _indicators(review: Review, *, on: dt.date) -> list[Row]:
    """Verified figures of the plan's place alone, each judged as everywhere (R3, R8, R12)."""
    plan = review.plan
    report = Report(mechanism=plan.mechanism, period=review.period, place=plan.place)
    frame = Frame.of(report)
    if not frame.versions:
        return []
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
        }
        for row in FigureTables.read(frame, on=on).tables()["indicators"]
    ]


def _money(review: Review, activities: ActivityQuerySet, *, on: dt.date, by_partner: bool) -> Row:
    """Each sum in its own currencies and in one, the gaps, and who promised what (R10, P22)."""
    money = money_of(review.plan, activities)
    return {
        "currency": money.currency,
        "sums": [
            {"name": str(SUMS[name]), "amounts": _amounts(total), "in_one": _in_one(one)}
            for name, total, one in money.rows
        ],
        "gap": [str(each.money) for each in money.gap_total],
        "gap_in_one": _in_one(money.gap_in_one),
        "gaps": [
            {"code": line.activity.code, "title": line.activity.title, "gap": str(line.gap.money)}
            for line in money.gaps
        ],
        "unbudgeted": sorted((each.code for each in money.unbudgeted), key=code_order),
        "county_share": str(money.county_share) if money.county_share is not None else "",
        "partners": _partners(money, on=on) if by_partner else [],
    }


def _partners(money: PlanMoney, *, on: dt.date) -> list[Row]:
    return [
        {
            "organisation": str(score.organisation),
            "confirmed": _amounts(score.confirmed),
            "indicative": _amounts(score.indicative),
            "in_kind": _amounts(score.in_kind),
            "waiting_days": score.longest_wait(on) if score.waiting else None,
            "awaits": score.awaits,
        }
        for score in money.scores
    ]


def _amounts(total: Total) -> list[str]:
    return [str(money) for money in total.amounts]


def _in_one(one: InOne) -> str:
    """In the currency of the view; which rate is lacking, where none is known."""
    if one.money is not None:
        return str(one.money)
    return _("no rate %(pairs)s") % {"pairs": one.lacking}


def _calendar(review: Review, *, on: dt.date) -> list[Row]:
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


def _events(review: Review) -> list[Row]:
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


def _bottlenecks(review: Review) -> list[Row]:
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


def _shocks(review: Review) -> list[Row]:
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


def _requests(requests: list[DecisionRequest]) -> list[Row]:
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


def _earlier(review: Review) -> list[Row]:
    """What the last review asked for and what was decided: the matters arising."""
    before = (
        Review.objects.filter(plan__mechanism=review.plan.mechanism_id)
        .filter(plan__place=review.plan.place_id)
        .filter(period__starts_on__lt=review.period.starts_on)
        .order_by("-period__starts_on")
        .first()
    )
    if before is None:
        return []
    requests = list(before.requests.select_related("item").order_by("pk"))
    return [_without(row, "reason") for row in _requests(requests) if not row["internal"]]


def _actions(review: Review, *, on: dt.date) -> list[Row]:
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


def _is_illustrative(review: Review, rows: list[tuple[Activity, Row]]) -> bool:
    """Whether anything in it is made up to show how the portal works."""
    return (
        review.is_illustrative
        or review.plan.is_illustrative
        or any(row["illustrative"] for _activity, row in rows)
    )
