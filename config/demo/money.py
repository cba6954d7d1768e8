"""Commitments, rates, overlaps and the travel policy of the demo, each done by its service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from coordination.models import Money, Origin, parse_quantity
from coordination.models.money import MINOR_DIGITS
from workplans.models import Activity, Commitment, JointWorkPlan, Overlap, RoleOverlap, TravelPolicy
from workplans.services.activities import create_activity
from workplans.services.commitments import (
    CommitmentContent,
    confirm_commitment,
    enter_commitment,
    record_spending,
    release_commitment,
    withdraw_commitment,
)
from workplans.services.overlaps import (
    decide_overlap,
    raise_role_overlap,
    refresh_all_overlaps,
)
from workplans.services.rates import set_monthly_rate, set_plan_rate
from workplans.services.travel import DeclaredContent, RateContent, begin_policy

from .people import who
from .sources import mechanism, moment, organisation, period, places, read, sector

Row = Mapping[str, Any]
MECHANISMS = ("sek", "preg")


def load_money() -> None:
    """What money.yaml says, in the order in which it would have happened; all illustrative."""
    data = read("money")
    for part, do in EARLIER.items():
        _each(data[part], do)
    for slug in MECHANISMS:
        refresh_all_overlaps(mechanism(slug), by=None)
    for part, do in LATER.items():
        _each(data[part], do)
    _mark()


def load_later_overlap() -> None:
    """What was proposed once SEK's report was out: its focal point finds it on the desk."""
    data = read("money")
    _each([*data["proposed_later"], *data["next_year"]], _propose)
    _mark()


def _mark() -> None:
    for made in (Commitment.objects, Overlap.objects, RoleOverlap.objects, TravelPolicy.objects):
        made.update(origin=Origin.ILLUSTRATIVE)


def _each(rows: Iterable[Row], do: Callable[[Row], None]) -> None:
    for row in rows:
        do(row)


def money(written: str) -> Money:
    """The amount of "USD 14,000"."""
    currency, _space, amount = written.partition(" ")
    return Money(int(parse_quantity(amount).scaleb(MINOR_DIGITS)), currency)


def _plan(row: Row) -> JointWorkPlan:
    slug, _slash, plan = row["plan"].partition("/")
    plans = JointWorkPlan.objects.select_related("mechanism", "place")
    return plans.get(mechanism__slug=slug, slug=plan)


def _activity(row: Row, code: str = "") -> Activity:
    return Activity.objects.get(plan=_plan(row), code=code or row["code"])


def _deed(row: Row, plan: JointWorkPlan) -> dict[str, Any]:
    """Who did it, and when."""
    return {"by": who(row["by"]), "at": moment(row["at"], plan.mechanism)}


def _fix_rate(row: Row) -> None:
    plan, pair = _plan(row), row["pair"].split("/")
    set_plan_rate(
        plan,
        base=pair[0],
        quote=pair[1],
        rate=Decimal(row["rate"]),
        fixed_on=row["fixed_on"],
        source=read("money")["rate_source"],
        **_deed(row, plan),
    )


def _enter_months(row: Row) -> None:
    owner, pair = mechanism(row["mechanism"]), row["pair"].split("/")
    for month, rate in row["months"].items():
        set_monthly_rate(
            owner,
            base=pair[0],
            quote=pair[1],
            month=month,
            rate=Decimal(rate),
            source=read("money")["rate_source"],
            by=who(row["by"]),
            at=moment(row["at"], owner),
        )


def _commit(row: Row) -> None:
    activity, amount = _activity(row), money(row["amount"])
    plan = activity.plan
    content: CommitmentContent = {
        "organisation": organisation(row["organisation"]),
        "kind": row["kind"],
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "passes_on": None,
        "approver": row["approver"],
        "expected_on": row.get("expected_on"),
        "award": None,
        "budget_line": row.get("budget_line", ""),
        "recipients": row.get("recipients"),
        "conditions": row.get("conditions", ""),
        "note": row.get("note", ""),
    }
    commitment = enter_commitment(activity, **_deed(row, plan), **content)
    if "confirmed" in row:
        done = row["confirmed"]
        minor = money(done["amount"]).minor
        confirm_commitment(commitment, confirmed_minor=minor, **_deed(done, plan))
    if "released" in row:
        done = row["released"]
        minor = money(done["amount"]).minor
        release_commitment(commitment, released_minor=minor, **_deed(done, plan))
    for done in row.get("spent", []):
        quarter, minor = period(done["period"]), money(done["amount"]).minor
        record_spending(commitment, quarter, amount_minor=minor, **_deed(done, plan))
    if "withdrawn" in row:
        done = row["withdrawn"]
        withdraw_commitment(commitment, reason=done["reason"], **_deed(done, plan))


def _propose(row: Row) -> None:
    plan, budget = _plan(row), money(row["budget"])
    activity = create_activity(
        plan,
        code=row["code"],
        title=row["title"],
        description="",
        activity_type=row["type"],
        joint_priority="",
        sector=sector(row["sector"]),
        cidp_line=None,
        adp_line=None,
        intended_result=None,
        also_under=[],
        lead=organisation(row["lead"]),
        responsible_post="",
        places=places(row["places"]),
        target_group="",
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        budget_minor=budget.minor,
        currency=budget.currency,
        assumptions="",
        is_public=True,
        **_deed(row, plan),
    )
    activity.origin = Origin.ILLUSTRATIVE
    activity.save(update_fields=["origin"])


def paid(row: Row) -> DeclaredContent:
    """An item of travel, to whom it is paid, and how much."""
    amount = money(row["amount"])
    return {
        "item": row["item"],
        "role": row["role"],
        "amount_minor": amount.minor,
        "currency": amount.currency,
    }


def _rate(row: Row) -> RateContent:
    return {**paid(row), "level": None}


def _begin_policy(row: Row) -> None:
    owner = mechanism(row["mechanism"])
    begin_policy(
        owner,
        title=row["title"],
        starts_on=row["starts_on"],
        agreed=row["agreed"],
        conditions="",
        rates=[_rate(rate) for rate in row["rates"]],
        by=who(row["by"]),
        at=moment(row["at"], owner),
    )


def _decide(row: Row) -> None:
    overlap = Overlap.objects.get(
        first=_activity(row, row["first"]), second=_activity(row, row["second"])
    )
    plan = _plan(row)
    words = " ".join(row["reason"].split())
    decide_overlap(overlap, decision=row["decision"], reason=words, **_deed(row, plan))


def _raise_bodies(row: Row) -> None:
    owner = mechanism(row["mechanism"])
    raise_role_overlap(
        owner,
        by=who(row["by"]),
        first=owner.bodies.get(slug=row["first"]),
        second=owner.bodies.get(slug=row["second"]),
        kind=row["kind"],
        matter=row["matter"],
        at=moment(row["at"], owner),
    )


EARLIER: Mapping[str, Callable[[Row], None]] = {
    "rates": _fix_rate,
    "monthly": _enter_months,
    "policies": _begin_policy,
    "commitments": _commit,
    "proposed": _propose,
}
LATER: Mapping[str, Callable[[Row], None]] = {
    "decided": _decide,
    "bodies": _raise_bodies,
}
