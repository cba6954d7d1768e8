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
from django.utils import timezone, translation

from coordination.models import standing_asked_once
from coordination.services.snapshots import Snapshot, canonical, one_moment
from reporting.models import ReviewPack
from reporting.services.completeness import completeness_of
from reporting.services.review_parts import (
    action_rows,
    activity_rows,
    bottleneck_rows,
    calendar_rows,
    earlier_rows,
    event_rows,
    indicator_rows,
    is_illustrative,
    request_rows,
    risk_rows,
    sector_rows,
    shock_rows,
)
from reporting.services.review_resources import (
    coverage_rows,
    money_rows,
    output_rows,
    overlap_rows,
    tie_rows,
)
from reporting.services.reviews import post_in
from reporting.services.words import moment_text, period_labels, period_text
from workplans.models import Activity, code_order
from workplans.services.learning import questions_of
from workplans.services.money import money_of

SCHEMA = "baraza/plan-review/1"
Row = dict[str, Any]
# What is for who works on the review alone, whole.
INSIDE = (
    "compiled_for", "shocks", "actions", "overlaps", "money", "money_of_all", "coverage",
    "coverage_of_all",
)  # fmt: skip


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
        rows = [
            {**_without_internal_line(row), "outputs": _open(row["outputs"])}
            for row in _open(sector["rows"])
        ]
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
    risks = [
        {**each, "activities": _open(each["activities"])}
        for each in _open(shown.get("risks", []))  # a pack of before has none
    ]
    return _counted({
        **shown,
        "audience": "public",
        # Sums over what everyone sees; whose money it is stays inside.
        "money": contents["money_of_all"],
        "coverage": contents["coverage_of_all"],
        "indicators": _open(shown["indicators"]),
        "ties": _open(shown["ties"]),
        "sectors": sectors,
        "events": _open(shown["events"]),
        "bottlenecks": bottlenecks,
        "risks": risks,
        "requests": requests,
        "earlier": earlier,
    })  # fmt: skip


def _contents(pack: ReviewPack, at: dt.datetime) -> Row:
    review = pack.review
    plan, period, mechanism = review.plan, review.period, review.plan.mechanism
    today = mechanism.today(at)
    requests = list(review.requests.select_related("item").order_by("pk"))
    rows = activity_rows(review, outputs=output_rows(review, on=today))
    activities, public = plan.activities.all(), plan.activities.filter(is_public=True)
    money = money_of(plan, activities)
    money_of_all = money.only(lambda activity: activity.is_public)
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
        "illustrative": is_illustrative(review, rows),
        "indicators": indicator_rows(review, on=today),
        "reports": completeness_of(mechanism, period, place=plan.place, at=at).as_row(),
        "calendar": calendar_rows(review, on=today),
        "money": money_rows(money, on=today, by_partner=True),
        "money_of_all": money_rows(money_of_all, on=today, by_partner=False),
        "coverage": coverage_rows(review, activities, money=money),
        "coverage_of_all": coverage_rows(review, public),
        "ties": tie_rows(review),
        "overlaps": overlap_rows(review),
        "sectors": sector_rows(review, rows),
        "events": event_rows(review),
        "bottlenecks": bottleneck_rows(review),
        "risks": risk_rows(review),
        "shocks": shock_rows(review),
        "questions": [
            {"number": question.number, "text": question.text, "answer": answer,
             "illustrative": question.is_illustrative}
            for question, answer in questions_of(plan, period)
        ],
        "requests": request_rows(requests),
        "earlier": earlier_rows(review),
        "actions": action_rows(review, on=today),
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
            "overlaps": len(contents.get("overlaps", [])),
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
    """The rows for everyone; a kind that is never internal does not say so."""
    return [row for row in rows if not row.get("internal")]


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
