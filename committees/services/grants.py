"""Grants of a body: proposed, decided by a decision of it, paid, withdrawn, corrected (C10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Decision, Grant
from committees.models.decision import DecisionQuerySet
from committees.models.grant import GrantQuerySet
from coordination.models import Place, User
from coordination.models.money import Money
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from coordination.services.versions import save_next

from .criteria import lock_reviewing
from .performance import PlaceNotReviewed, places_reviewed

State = Grant.State
# Decisions that give something.
GRANTING = (
    Decision.Type.APPROVE,
    Decision.Type.ENDORSE,
    Decision.Type.DIRECT,
    Decision.Type.RATIFY,
)


class DecisionGivesNothing(Refusal):
    message = _("A grant rests on a decision of this body that approves or directs something.")


class GrantSettled(Refusal):
    message = _("This grant is decided or withdrawn already.")


class GrantNotDecided(Refusal):
    message = _("Only what the body has decided is paid.")


class DecisionNotInForce(Refusal):
    message = _("The decision waits to be ratified, or was replaced: nothing is paid on it now.")


class PaidBeforeDecided(Refusal):
    message = _("It was decided on a later day than this.")


class GrantWithdrawn(Refusal):
    message = _("This grant was withdrawn. Propose a new one.")


class GrantPaid(Refusal):
    message = _("This grant is paid. Correct it if it was not.")


class DecisionMissing(Refusal):
    message = _("A grant that was decided rests on a decision.")


class GrantContent(TypedDict):
    """What is proposed, in the currency in which it is given (R10)."""

    purpose: str
    amount_minor: int
    currency: str
    proposed_on: dt.date
    note: str


class Correction(GrantContent):
    """What is right; of a grant that was decided its decision too, of a paid one its day.

    A paid one without a day was not paid after all.
    """

    decision: Decision | None
    paid_on: dt.date | None


@transaction.atomic
def propose_grant(
    body: Body,
    place: Place,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[GrantContent],
) -> Grant:
    """A grant that the body shall decide about; a form that was sent twice proposes it once.

    Raises BodyReviewsNobody, PlaceNotReviewed or DayToCome.
    """
    now = at or timezone.now()
    body = lock_reviewing(body)
    if not places_reviewed(body).filter(pk=place.pk).exists():
        raise PlaceNotReviewed
    _guard_past(body, content["proposed_on"], at=now)
    twin = body.grants.filter(place=place, state=State.PROPOSED, version=1, **content).first()
    if twin:
        return twin
    grant = Grant(body=body, place=place, recorded_by=by, recorded_at=now, **content)
    grant.full_clean()
    grant.save()
    changes = changes_between({}, grant_in_words(grant))
    record("committees.grant_proposed", grant, by=by, changes=changes, at=now)
    return grant


@transaction.atomic
def decide_grant(
    grant: Grant,
    *,
    by: User,
    decision: Decision,
    amount_minor: int,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Grant:
    """The grant as the body decided it, with the amount that it gives; the same twice is one deed.

    Raises GrantSettled, DecisionGivesNothing or DoneMeanwhile.
    """
    grant = _lock(grant)
    decided = (State.DECIDED, decision, amount_minor)
    if (grant.state, grant.decision, grant.amount_minor) == decided:
        return grant
    if grant.state != State.PROPOSED:
        raise GrantSettled
    guard_seen(grant, seen=seen)
    _guard_decision(grant, decision)
    changed = {"state": State.DECIDED, "decision": decision, "amount_minor": amount_minor}
    return _save(grant, changed, "committees.grant_decided", by=by, at=at)


@transaction.atomic
def pay_grant(
    grant: Grant,
    *,
    by: User,
    paid_on: dt.date,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Grant:
    """The grant as paid on the day; twice it is one deed.

    Raises GrantNotDecided, DecisionNotInForce, DayToCome, PaidBeforeDecided or DoneMeanwhile.
    """
    now = at or timezone.now()
    grant = _lock(grant)
    if grant.state == State.PAID and grant.paid_on == paid_on:
        return grant
    if grant.state != State.DECIDED or grant.decision is None:
        raise GrantNotDecided
    guard_seen(grant, seen=seen)
    decision = grant.decision
    is_replaced = Decision.objects.replaced().filter(pk=decision.pk).exists()
    if decision.awaits_ratification or is_replaced:
        raise DecisionNotInForce
    _guard_payment(grant, decision, paid_on, at=now)
    changed = {"state": State.PAID, "paid_on": paid_on}
    return _save(grant, changed, "committees.grant_paid", by=by, at=now)


@transaction.atomic
def withdraw_grant(
    grant: Grant,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Grant:
    """The grant as it comes to nothing, for a reason; the same twice is one deed.

    Raises GrantWithdrawn, GrantPaid or DoneMeanwhile.
    """
    grant = _lock(grant)
    if grant.state == State.WITHDRAWN:
        if grant.state_reason == reason:
            return grant
        raise GrantWithdrawn
    if grant.state == State.PAID:
        raise GrantPaid
    guard_seen(grant, seen=seen)
    changed = {"state": State.WITHDRAWN, "state_reason": reason}
    return _save(grant, changed, "committees.grant_withdrawn", by=by, at=at)


@transaction.atomic
def correct_grant(
    grant: Grant,
    *,
    by: User,
    seen_version: int,
    reason: str,
    at: dt.datetime | None = None,
    **content: Unpack[Correction],
) -> Grant:
    """The grant as it is right; what it said before stays on record, with why.

    Raises GrantWithdrawn, EditedMeanwhile, DayToCome, DecisionMissing, DecisionGivesNothing or
    PaidBeforeDecided.
    """
    now = at or timezone.now()
    grant = _lock(grant)
    if grant.state == State.WITHDRAWN:
        raise GrantWithdrawn
    changed = _what_is_right(grant, content)
    if all(getattr(grant, name) == value for name, value in changed.items()):
        return grant
    if grant.version != seen_version:
        raise EditedMeanwhile
    _guard_past(grant.body, content["proposed_on"], at=now)
    if grant.state in Grant.GRANTED:
        _guard_still_granted(grant, changed, at=now)
    return _save(grant, changed, "committees.grant_corrected", by=by, note=reason, at=now)


def granting_decisions(body: Body) -> DecisionQuerySet:
    """The body's own decisions that may give a grant, the newest first."""
    return Decision.objects.filter(body=body, type__in=GRANTING).in_order()


@dataclass(frozen=True)
class Granted:
    """What was proposed, decided and paid in one currency; what is paid was decided too."""

    currency: str
    proposed: Money
    decided: Money
    paid: Money


def totals_of(grants: GrantQuerySet) -> list[Granted]:
    """The sums of each currency by itself: those of two are never added (R10)."""
    rows = grants.order_by().values_list("currency", "state").annotate(sum=Sum("amount_minor"))
    return _by_currency(rows)


def totals_in(grants: Iterable[Grant]) -> list[Granted]:
    """The same of grants at hand."""
    return _by_currency((grant.currency, grant.state, grant.amount_minor) for grant in grants)


def grant_in_words(grant: Grant) -> dict[str, Any]:
    """What it says as people read it, for the record."""
    return {
        "purpose": grant.purpose,
        "amount": str(grant.amount),
        "state": str(grant.get_state_display()),
        "proposed_on": grant.proposed_on.isoformat(),
        "decision": str(grant.decision) if grant.decision else None,
        "paid_on": grant.paid_on.isoformat() if grant.paid_on else None,
        "note": grant.note,
    }


def _by_currency(rows: Iterable[tuple[str, str, int]]) -> list[Granted]:
    found: dict[str, dict[str, int]] = {}
    for currency, state, minor in rows:
        if state == State.WITHDRAWN:
            continue
        sums = found.setdefault(currency, dict.fromkeys(State, 0))
        sums[state] += minor
    return [
        Granted(
            currency,
            Money(sums[State.PROPOSED], currency),
            Money(sum(sums[state] for state in Grant.GRANTED), currency),
            Money(sums[State.PAID], currency),
        )
        for currency, sums in sorted(found.items())
    ]


def _lock(grant: Grant) -> Grant:
    locked = Grant.objects.select_for_update(of=("self",), no_key=True)
    return locked.in_full().get(pk=grant.pk)


def _guard_past(body: Body, day: dt.date, *, at: dt.datetime) -> None:
    if day > body.mechanism.today(at):
        raise DayToCome


def _guard_decision(grant: Grant, decision: Decision) -> None:
    if not granting_decisions(grant.body).filter(pk=decision.pk).exists():
        raise DecisionGivesNothing


def _guard_payment(grant: Grant, decision: Decision, paid_on: dt.date, *, at: dt.datetime) -> None:
    _guard_past(grant.body, paid_on, at=at)
    if paid_on < decision.taken_on:
        raise PaidBeforeDecided


def _what_is_right(grant: Grant, content: Correction) -> dict[str, Any]:
    """The columns as they shall be: what hangs on a state is empty in the others."""
    right: dict[str, Any] = {**content}
    if grant.state == State.PROPOSED:
        right["decision"] = None
    if grant.state != State.PAID:
        right["paid_on"] = None
    elif content["paid_on"] is None:
        right["state"] = State.DECIDED
    return right


def _guard_still_granted(grant: Grant, right: dict[str, Any], *, at: dt.datetime) -> None:
    decision = right["decision"]
    if decision is None:
        raise DecisionMissing
    _guard_decision(grant, decision)
    if right["paid_on"]:
        _guard_payment(grant, decision, right["paid_on"], at=at)


def _save(
    grant: Grant,
    changed: dict[str, Any],
    verb: str,
    *,
    by: User,
    note: str = "",
    at: dt.datetime | None,
) -> Grant:
    """The next version of the grant, and on record what it said and says."""
    before = grant_in_words(grant)
    for name, value in changed.items():
        setattr(grant, name, value)
    grant.full_clean()
    save_next(grant, *changed)
    changes = changes_between(before, grant_in_words(grant))
    record(verb, grant, by=by, changes=changes, note=note, at=at)
    return grant
