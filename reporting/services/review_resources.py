"""What a review says of money, of what overlaps and of where nobody works (domain 4.3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from coordination.models import Period, written
from coordination.services.rounding import NONE, display_percent
from reporting.models import Review
from reporting.services.cells import value_cell
from reporting.services.figures import figures_for
from reporting.services.scopes import Scope
from workplans.models import ActivityOutput, ActivityTie, IndicatorVersion, Overlap, code_order
from workplans.models.activity import ActivityQuerySet
from workplans.services.coverage import during, lines_of, service_in
from workplans.services.money import PlanMoney
from workplans.services.money_exports import SUMS
from workplans.services.sums import InOne, Total

Row = dict[str, Any]
# How many of the least served wards are named.
WARDS = 10


def money_rows(money: PlanMoney, *, on: dt.date, by_partner: bool) -> Row:
    """Each sum in its own currencies and in one, the gaps, and who promised what (R10, P22)."""
    return {
        "currency": money.currency,
        "sums": [
            {
                "name": str(SUMS[name]),
                "amounts": _amounts(total) or _zero(one),
                "in_one": _in_one(one),
            }
            for name, total, one in money.rows
        ],
        "gap": [str(each.money) for each in money.gap_total] or _zero(money.gap_in_one),
        "gap_in_one": _in_one(money.gap_in_one),
        "gaps": [
            {"code": line.activity.code, "title": line.activity.title, "gap": str(line.gap.money)}
            for line in money.gaps
        ],
        "leveraged": [
            {
                "code": line.activity.code,
                "title": line.activity.title,
                "amounts": _amounts(line.leveraged),
            }
            for line in money.lines
            if line.leveraged
        ],
        "unbudgeted": sorted((each.code for each in money.unbudgeted), key=code_order),
        "county_share": display_percent(money.county_share)
        if money.county_share is not None
        else "",
        "partners": _partners(money, on=on) if by_partner else [],
    }


def _partners(money: PlanMoney, *, on: dt.date) -> list[Row]:
    return [
        {
            "organisation": str(score.organisation),
            "confirmed": _amounts(score.confirmed),
            "indicative": _amounts(score.indicative),
            "released": _amounts(score.released),
            "spent": _amounts(score.spent),
            "in_kind": _amounts(score.in_kind),
            "waiting_days": score.longest_wait(on) if score.waiting else None,
            "awaits": score.awaits,
        }
        for score in money.scores
    ]


def _amounts(total: Total) -> list[str]:
    return [str(money) for money in total.amounts]


def _zero(one: InOne) -> list[str]:
    """Of a sum without any amount: a zero where it is one, and nothing where none is known (R4)."""
    return ["0"] if one.money is not None else []


def _in_one(one: InOne) -> str:
    """In the currency of the view; which rate is lacking, where none is known."""
    if one.money is not None:
        return str(one.money)
    return _("no rate %(pairs)s") % {"pairs": one.lacking} if one.missing else NONE


def output_rows(review: Review, *, on: dt.date) -> dict[int, list[Row]]:
    """Of each activity, by its key: the quarter's targets, and what is verified beside them.

    What is achieved is the lead organisation's verified figure in the plan's place: figures are of
    organisations and places, not of single activities. An output in words has none.
    """
    plan, period = review.plan, review.period
    outputs = list(
        ActivityOutput.objects.filter(activity__plan=plan)
        .select_related("activity__lead", "indicator")
        .order_by("activity", "position", "pk")
    )
    quarters = list(Period.objects.between(plan.starts_on, plan.ends_before).order_by("starts_on"))
    number = quarters.index(period)
    in_use = IndicatorVersion.objects.filter(
        state=IndicatorVersion.State.IN_USE,
        indicator__in={each.indicator_id for each in outputs if each.indicator_id},
    )
    versions = {each.indicator_id: each for each in in_use.select_related("indicator__mechanism")}
    quarter = Scope.quarter(plan.place, period)
    year = Scope.year_to_date(plan.place, period, plan.mechanism.calendar)
    leads = {each.activity.lead for each in outputs}
    scopes = [scope.by(lead) for lead in leads for scope in (quarter, year)]
    figures = figures_for(versions.values(), scopes, on=on)
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for output in outputs:
        version = versions.get(output.indicator_id or 0)
        target = output.targets[number]
        row = {
            "text": str(output),
            "unit": version.unit if version else output.unit,
            "target": NONE if target is None else written(target),
            "quarter": NONE,
            "to_date": NONE,
            "percent": NONE,
            "internal": output.indicator is not None and not output.indicator.is_public,
        }
        if version is not None:
            lead = output.activity.lead
            now, until = figures[version.pk, quarter.by(lead)], figures[version.pk, year.by(lead)]
            row |= {
                "quarter": value_cell(now.value, version)["text"],
                "to_date": value_cell(until.value, version)["text"],
                "percent": display_percent(_percent(now.value, target)),
            }
        rows[output.activity_id].append(row)
    return rows


def _percent(value: Decimal | None, target: Decimal | None) -> Decimal | None:
    """Achieved of the target; nothing where one is missing or the target is 0 (R7)."""
    return value / target * 100 if value is not None and target else None


def coverage_rows(
    review: Review, activities: ActivityQuerySet, *, money: PlanMoney | None = None
) -> list[Row]:
    """The wards in which some sector of the plan does nothing in the quarter, least served first.

    What is confirmed in ``money`` ranks them, for who sees the money alone.
    """
    current = during(activities, review.period)
    funded = [line.activity.pk for line in money.lines if line.confirmed] if money else []
    served = service_in(review.plan, lines_of(current), funded=funded)
    return [
        {
            "ward": row.place.name,
            "within": row.within,
            "here": len(row.here),
            "around": len(row.around),
            "idle": [sector.name for sector in row.idle],
        }
        for row in served
        if row.idle
    ][:WARDS]


def tie_rows(review: Review) -> list[Row]:
    """Activities of the plan that are layered, in sequence or integrated (SLI)."""
    ties = ActivityTie.objects.filter(first__plan=review.plan, second__plan=review.plan)
    return [
        {
            "kind": str(tie.get_kind_display()),
            "first": str(tie.first),
            "second": str(tie.second),
            "note": tie.note,
            "internal": not (tie.first.is_public and tie.second.is_public),
        }
        for tie in ties.select_related("first", "second").order_by(
            "kind", "first__code", "second__code"
        )
    ]


def overlap_rows(review: Review) -> list[Row]:
    """Possible overlaps that are not settled, with what is decided of them so far (R13)."""
    overlaps = Overlap.objects.of_plan(review.plan).filter(state__in=Overlap.OPEN)
    return [
        {
            "first": f"{overlap.first} ({overlap.first.lead})",
            "second": f"{overlap.second} ({overlap.second.lead})",
            "place": str(overlap.place),
            "confidence": str(overlap.get_confidence_display()),
            "state": str(overlap.get_state_display()),
            "decision": str(overlap.get_decision_display()) if overlap.decision else "",
            "reason": overlap.reason,
        }
        for overlap in overlaps.in_full().in_order()
    ]
