"""Risks of a plan: recorded with who carries and shares them, reviewed, occurred, closed (P34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Place, User
from coordination.services.events import changes_between, is_second_click, record
from coordination.services.refusals import EditedMeanwhile, IsThere, Refusal
from workplans.models import Activity, Bottleneck, JointWorkPlan, Risk, RiskShare
from workplans.notifications.risks import tell_of_occurrence, tell_of_shares

from .activities import lock_open_plan
from .bottlenecks import ActivityOfAnotherPlan, BottleneckIsThere, raise_bottleneck

# Each organisation that shares the risk, and what it takes on.
Shares = Sequence[tuple[Organisation, str]]


class RiskNotOpen(Refusal):
    message = _("This risk is not open any more: it occurred, or it is closed.")


class RiskIsClosed(Refusal):
    message = _("This risk is closed already.")


class RiskIsThere(IsThere):
    message = _("This risk stands on the register already, carried by the same organisation.")


class NobodyShares(Refusal):
    message = _("Say who shares it, and what each takes on.")


class CarrierShares(Refusal):
    message = _("The organisation that carries the risk does not share it with itself.")


class BottleneckOfAnotherPlan(Refusal):
    message = _("This bottleneck is another plan’s.")


class RiskContent(TypedDict):
    """What is said of a risk; that it occurred or is closed are deeds of their own."""

    what: str
    cause: str
    touches: str
    places: Iterable[Place]
    likelihood: int
    impact: int
    activities: Iterable[Activity]
    owner: Organisation
    response: str
    measures: str
    review_on: dt.date
    is_public: bool


MANY = ("places", "activities")


@transaction.atomic
def record_risk(
    plan: JointWorkPlan,
    *,
    by: User,
    shares: Shares = (),
    seen: int | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[RiskContent],
) -> Risk:
    """A new risk. A form that was sent twice gives it again.

    ``seen`` is the newest event when the form was opened: words that stood then are no second
    click. Raises PlanIsClosed, RiskIsThere, ActivityOfAnotherPlan, NobodyShares or CarrierShares.
    """
    now, plan = at or timezone.now(), lock_open_plan(plan)
    alike = plan.risks.filter(owner=content["owner"], what=content["what"], state=Risk.State.OPEN)
    if (same := alike.first()) is not None:
        if is_second_click(same, "workplans.risk_recorded", by=by, seen=seen):
            return same
        raise RiskIsThere(same)
    _check(plan, content, shares)
    risk = Risk(plan=plan)
    _write(risk, content, shares)
    record("workplans.risk_recorded", risk, by=by, at=now)
    tell_of_shares(risk.shares.all(), by=by, at=now)
    return risk


@transaction.atomic
def edit_risk(
    risk: Risk,
    *,
    by: User,
    seen_version: int,
    shares: Shares = (),
    at: dt.datetime | None = None,
    **content: Unpack[RiskContent],
) -> Risk:
    """The risk as it was reviewed; who takes on something new is told.

    Raises what record_risk does, RiskNotOpen or EditedMeanwhile.
    """
    now, plan = at or timezone.now(), lock_open_plan(risk.plan)
    risk = _locked(risk, plan)
    if risk.version != seen_version:
        raise EditedMeanwhile
    if risk.state != Risk.State.OPEN:
        raise RiskNotOpen
    _check(plan, content, shares)
    before = risk_in_words(risk)
    known = set(risk.shares.values_list("organisation", "takes_on"))
    risk.version += 1
    _write(risk, content, shares)
    changes = changes_between(before, risk_in_words(risk))
    record("workplans.risk_edited", risk, by=by, changes=changes, at=now)
    new = [
        share for share in risk.shares.all() if (share.organisation_id, share.takes_on) not in known
    ]
    tell_of_shares(new, by=by, at=now)
    return risk


@transaction.atomic
def record_occurrence(
    risk: Risk,
    *,
    by: User,
    since: dt.date,
    category: str,
    bottleneck: Bottleneck | None = None,
    at: dt.datetime | None = None,
) -> Risk:
    """It occurred: it is the bottleneck that stands already, or a new one made of it.

    Raises PlanIsClosed, RiskNotOpen, BottleneckOfAnotherPlan or DayToCome.
    """
    now, plan = at or timezone.now(), lock_open_plan(risk.plan)
    risk = _locked(risk, plan)
    if risk.state == Risk.State.OCCURRED and bottleneck in {None, risk.bottleneck}:
        return risk
    if risk.state != Risk.State.OPEN:
        raise RiskNotOpen
    if bottleneck is not None and bottleneck.plan_id != plan.pk:
        raise BottleneckOfAnotherPlan
    risk.bottleneck = bottleneck or _made_bottleneck(risk, since, category, by=by, at=now)
    risk.state = Risk.State.OCCURRED
    risk.version += 1
    risk.full_clean()
    risk.save(update_fields=["bottleneck", "state", "version"])
    changes: dict[str, list[Any]] = {"bottleneck": [None, str(risk.bottleneck)]}
    record("workplans.risk_occurred", risk, by=by, changes=changes, at=now)
    tell_of_occurrence(risk, by=by, at=now)
    return risk


@transaction.atomic
def close_risk(risk: Risk, *, by: User, reason: str, at: dt.datetime | None = None) -> Risk:
    """It is no risk any more, for a reason. Raises PlanIsClosed or RiskIsClosed."""
    now, plan = at or timezone.now(), lock_open_plan(risk.plan)
    risk = _locked(risk, plan)
    if risk.state == Risk.State.CLOSED:
        if risk.closed_because == reason:
            return risk
        raise RiskIsClosed
    risk.state = Risk.State.CLOSED
    risk.closed_on = plan.mechanism.today(now)
    risk.closed_because = reason
    risk.version += 1
    risk.full_clean()
    risk.save(update_fields=["state", "closed_on", "closed_because", "version"])
    record("workplans.risk_closed", risk, by=by, note=reason, at=now)
    return risk


def risk_in_words(risk: Risk) -> dict[str, Any]:
    """Its content as people read it."""
    return {
        "what": risk.what,
        "cause": risk.cause,
        "touches": risk.touches,
        "places": sorted(risk.places.values_list("name", flat=True)),
        "likelihood": str(risk.get_likelihood_display()),
        "impact": str(risk.get_impact_display()),
        "activities": sorted(risk.activities.values_list("code", flat=True)),
        "owner": str(risk.owner),
        "response": str(risk.get_response_display()),
        "measures": risk.measures,
        "review_on": risk.review_on,
        "shares": shares_in_words(risk),
        "is_public": risk.is_public,
    }


def shares_in_words(risk: Risk) -> list[str]:
    return sorted(str(share) for share in risk.shares.select_related("organisation"))


def _made_bottleneck(
    risk: Risk, since: dt.date, category: str, *, by: User, at: dt.datetime
) -> Bottleneck:
    """The risk as a bottleneck; where one is on record in the same words it is that."""
    try:
        return raise_bottleneck(
            risk.plan,
            by=by,
            at=at,
            raised_by=risk.owner,
            category=category,
            description=risk.what,
            since=since,
            measures=risk.measures,
            activities=list(risk.activities.all()),
            resolved_on=None,
            is_public=risk.is_public,
        )
    except BottleneckIsThere as refusal:
        return refusal.there


def _locked(risk: Risk, plan: JointWorkPlan) -> Risk:
    rows = Risk.objects.select_for_update(of=("self",)).select_related("owner")
    risk = rows.get(pk=risk.pk)
    risk.plan = plan
    return risk


def _check(plan: JointWorkPlan, content: RiskContent, shares: Shares) -> None:
    if any(activity.plan_id != plan.pk for activity in content["activities"]):
        raise ActivityOfAnotherPlan
    if content["response"] == Risk.Response.SHARE and not shares:
        raise NobodyShares
    if any(organisation == content["owner"] for organisation, _takes_on in shares):
        raise CarrierShares


def _write(risk: Risk, content: RiskContent, shares: Shares) -> None:
    for name, value in content.items():
        if name not in MANY:
            setattr(risk, name, value)
    risk.full_clean()
    risk.save()
    risk.places.set(content["places"])
    risk.activities.set(content["activities"])
    risk.shares.all().delete()
    RiskShare.objects.bulk_create(
        RiskShare(risk=risk, organisation=organisation, takes_on=takes_on)
        for organisation, takes_on in shares
    )
