"""Commitments, from what an officer hopes for to what the signatory confirms and what is spent."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Award, Money, Organisation, Period, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next
from workplans.models import Activity, Commitment, JointWorkPlan, Spending
from workplans.notifications.commitments import (
    signatories_of,
    tell_of_commitment,
    tell_of_commitment_withdrawn,
    tell_signatory,
    tell_signatory_again,
)

from .activities import PlanIsClosed

State = Commitment.State


class CommitmentIsOver(Refusal):
    message = _("This commitment is closed or withdrawn and no longer changes.")


class ActivityTakesNoMoney(Refusal):
    message = _("This activity is cancelled or merged: nothing more is put into it.")


class AmountBelowConfirmed(Refusal):
    message = _("A part is confirmed already: the amount cannot be less than that.")


class KindIsConfirmed(Refusal):
    message = _("A part is confirmed already: organisation, kind and currency stay.")


class ConfirmedBeyondAmount(Refusal):
    message = _("No more can be confirmed than was promised. Have the amount raised first.")


class ConfirmationTakenBack(Refusal):
    message = _(
        "What was confirmed stays confirmed: enter at least that, or withdraw the commitment with "
        "a reason."
    )


class ReleasedBeyondConfirmed(Refusal):
    message = _("No more can be released than is confirmed.")


class ReleaseTakenBack(Refusal):
    message = _("What was released stays released: enter at least that.")


class SpentBeyondReleased(Refusal):
    message = _("No more can be spent than was released. Record the release first.")


class SpentBeyondWithdrawn(SpentBeyondReleased):
    message = _("No more can be spent than was released before it was withdrawn.")


class PassedOnElsewhere(Refusal):
    message = _(
        "Money is passed on from another organisation, within one activity, in its own currency, "
        "and never back to where it came from."
    )


class PeriodNotOfPlan(Refusal):
    message = _("This period does not lie in the plan, or has not begun.")


class ReasonOfWithdrawalMissing(Refusal):
    message = _("Say why it is withdrawn.")


class CommitmentContent(TypedDict):
    """What an officer says of a commitment; what is sure of it comes by the signatory's deeds."""

    organisation: Organisation
    kind: str
    amount_minor: int
    currency: str
    passes_on: Commitment | None
    approver: str
    expected_on: dt.date | None
    award: Award | None
    budget_line: str
    recipients: int | None
    conditions: str
    note: str


# What the signatory confirmed; it is not changed under the confirmation.
_SIGNED = ("organisation", "kind", "currency")


@transaction.atomic
def enter_commitment(
    activity: Activity,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[CommitmentContent],
) -> Commitment:
    """An indicative commitment; the organisation's signatory is asked by letter.

    A form that was sent twice gives it again. Raises PlanIsClosed, ActivityTakesNoMoney or
    PassedOnElsewhere.
    """
    now = at or timezone.now()
    plan = JointWorkPlan.objects.select_for_update().get(pk=activity.plan_id)
    if plan.is_over:
        raise PlanIsClosed
    # One at a time, so that the second of two clicks finds the first.
    activity = Activity.objects.select_for_update().get(pk=activity.pk)
    if activity.is_left_out:
        raise ActivityTakesNoMoney
    twin = activity.commitments.filter(
        entered_by=by, version=1, state=State.INDICATIVE, **content
    ).first()
    if twin is not None:
        return twin
    commitment = Commitment(activity=activity, entered_by=by, entered_at=now, **content)
    guard_chain(commitment)
    commitment.full_clean()
    commitment.save()
    record("workplans.commitment_entered", commitment, by=by, at=now)
    tell_signatory(commitment, at=now)
    return commitment


@transaction.atomic
def edit_commitment(
    commitment: Commitment,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[CommitmentContent],
) -> Commitment:
    """The commitment with its new content; the signatory is asked anew when more is promised.

    Raises CommitmentIsOver, EditedMeanwhile, KindIsConfirmed, AmountBelowConfirmed or
    PassedOnElsewhere.
    """
    now = at or timezone.now()
    commitment = lock(commitment)
    if commitment.version != seen_version:
        raise EditedMeanwhile
    signed = {name: getattr(commitment, name) for name in _SIGNED}
    given = {name: value for name, value in content.items() if name in _SIGNED}
    if commitment.confirmed_minor and signed != given:
        raise KindIsConfirmed
    if content["amount_minor"] < commitment.confirmed_minor:
        raise AmountBelowConfirmed
    before, promised = commitment_in_words(commitment), (commitment.amount_minor, signed)
    for name, value in content.items():
        setattr(commitment, name, value)
    guard_chain(commitment)
    changes = _save(commitment, before, *content)
    if not changes:
        return commitment
    record("workplans.commitment_edited", commitment, by=by, changes=changes, at=now)
    if (commitment.amount_minor, given) != promised and commitment.is_waiting:
        tell_signatory(commitment, at=now)
    return commitment


@transaction.atomic
def confirm_commitment(
    commitment: Commitment,
    *,
    by: User,
    confirmed_minor: int,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Commitment:
    """So much of it is sure, in all; only the organisation's signatory does this (R14).

    Confirmed twice it is one deed. Raises CommitmentIsOver, DoneMeanwhile after what was ``seen``,
    ConfirmedBeyondAmount or ConfirmationTakenBack.
    """
    now = at or timezone.now()
    commitment = lock(commitment, over_is_refused=False)
    if commitment.confirmed_by_id == by.pk and commitment.confirmed_minor == confirmed_minor:
        return commitment
    _refuse_over(commitment)
    guard_seen(commitment, seen=seen)
    if confirmed_minor > commitment.amount_minor:
        raise ConfirmedBeyondAmount
    if confirmed_minor <= commitment.confirmed_minor:
        raise ConfirmationTakenBack
    before = commitment_in_words(commitment)
    commitment.confirmed_minor = confirmed_minor
    commitment.confirmed_by, commitment.confirmed_at = by, now
    changes = _save(commitment, before, "confirmed_minor", "confirmed_by", "confirmed_at")
    record("workplans.commitment_confirmed", commitment, by=by, changes=changes, note=note, at=now)
    tell_of_commitment(commitment, at=now)
    return commitment


@transaction.atomic
def release_commitment(
    commitment: Commitment,
    *,
    by: User,
    released_minor: int,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Commitment:
    """So much of it is handed over, in all. Released twice it is one deed.

    Raises CommitmentIsOver, DoneMeanwhile, ReleasedBeyondConfirmed or ReleaseTakenBack.
    """
    now = at or timezone.now()
    commitment = lock(commitment)
    if commitment.released_minor == released_minor:
        return commitment
    guard_seen(commitment, seen=seen)
    if released_minor > commitment.confirmed_minor:
        raise ReleasedBeyondConfirmed
    if released_minor < commitment.released_minor:
        raise ReleaseTakenBack
    before = commitment_in_words(commitment)
    commitment.released_minor = released_minor
    changes = _save(commitment, before, "released_minor")
    record("workplans.commitment_released", commitment, by=by, changes=changes, note=note, at=now)
    return commitment


@transaction.atomic
def record_spending(
    commitment: Commitment,
    period: Period,
    *,
    by: User,
    amount_minor: int,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Spending:
    """What was spent of it in the period, told or corrected. Told twice it is one deed.

    Of a withdrawn one, what had been released is accounted for still. Raises CommitmentIsOver,
    DoneMeanwhile, PeriodNotOfPlan or SpentBeyondReleased.
    """
    now = at or timezone.now()
    commitment = lock(commitment, over_is_refused=False)
    if not commitment.takes_spending:
        _refuse_over(commitment)
    spending = commitment.spendings.filter(period=period).first()
    if spending is not None and spending.amount_minor == amount_minor:
        return spending
    guard_seen(commitment, seen=seen)
    today = commitment.activity.plan.mechanism.today(now)
    if period not in periods_to_spend(commitment, on=today):
        raise PeriodNotOfPlan
    spending = spending or Spending(commitment=commitment, period=period, amount_minor=0)
    told = str(spending.amount) if spending.pk else ""
    others = commitment.spendings.exclude(pk=spending.pk).aggregate(sum=Sum("amount_minor"))["sum"]
    spent = (others or 0) + amount_minor
    if spent > commitment.released_minor:
        raise SpentBeyondWithdrawn if commitment.is_over else SpentBeyondReleased
    before = commitment_in_words(commitment)
    spending.amount_minor = amount_minor
    spending.full_clean()
    spending.save()
    commitment.spent_minor = spent
    changes = _save(commitment, before, "spent_minor")
    changes["spent_in_period"] = [told, str(spending.amount)]
    note = str(period)
    record("workplans.spending_recorded", commitment, by=by, changes=changes, note=note, at=now)
    return spending


@transaction.atomic
def withdraw_commitment(
    commitment: Commitment,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Commitment:
    """It will not come, for a reason; what had been released stays released and counts.

    Withdrawn twice it is one deed. Raises CommitmentIsOver, DoneMeanwhile or
    ReasonOfWithdrawalMissing.
    """
    now, reason = at or timezone.now(), reason.strip()
    commitment = lock(commitment, over_is_refused=False)
    if commitment.state == State.WITHDRAWN and commitment.withdrawal_reason == reason:
        return commitment
    _refuse_over(commitment)
    guard_seen(commitment, seen=seen)
    if not reason:
        raise ReasonOfWithdrawalMissing
    before = commitment_in_words(commitment)
    commitment.state, commitment.withdrawal_reason = State.WITHDRAWN, reason
    changes = _save(commitment, before, "withdrawal_reason")
    record(
        "workplans.commitment_withdrawn", commitment, by=by, changes=changes, note=reason, at=now
    )
    tell_of_commitment_withdrawn(commitment, at=now)
    return commitment


@transaction.atomic
def close_commitment(
    commitment: Commitment, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> Commitment:
    """Nothing more comes and all is accounted for. Closed twice it is one deed.

    Raises CommitmentIsOver or DoneMeanwhile.
    """
    now = at or timezone.now()
    commitment = lock(commitment, over_is_refused=False)
    if commitment.state == State.CLOSED:
        return commitment
    _refuse_over(commitment)
    guard_seen(commitment, seen=seen)
    before = commitment_in_words(commitment)
    commitment.state = State.CLOSED
    changes = _save(commitment, before)
    record("workplans.commitment_closed", commitment, by=by, changes=changes, at=now)
    return commitment


@transaction.atomic
def carry_commitments(
    activity: Activity, *, into: Activity, by: User, at: dt.datetime | None = None
) -> list[Commitment]:
    """Let what is promised to the activity go on with the one that it is merged into.

    Each stays as it is: what was confirmed, by whom, released and spent, and since when it waits.
    """
    now = at or timezone.now()
    rows = Commitment.objects.select_for_update(of=("self",)).in_full().filter(activity=activity)
    carried = list(rows.order_by("pk"))
    changes: dict[str, list[object]] = {"activity": [str(activity), str(into)]}
    for commitment in carried:
        commitment.activity = into
        save_next(commitment, "activity")
        record("workplans.commitment_carried", commitment, by=by, changes=changes, at=now)
    return carried


def remind_signatories(*, at: dt.datetime | None = None) -> int:
    """Ask again where the day is past on which a decision was expected; return how many.

    Each day that was named is told once, however often this runs.
    """
    now = at or timezone.now()
    waiting = Commitment.objects.waiting().filter(expected_on__lte=timezone.localdate(now))
    late = [each for each in waiting.in_full() if _is_late(each, now)]
    for commitment in late:
        with transaction.atomic():
            tell_signatory_again(commitment, at=now)
    return len(late)


def _is_late(commitment: Commitment, now: dt.datetime) -> bool:
    """Whether the expected day is over in the mechanism's own zone."""
    today = commitment.activity.plan.mechanism.today(now)
    return commitment.expected_on is not None and commitment.expected_on < today


def lock(commitment: Commitment, *, over_is_refused: bool = True) -> Commitment:
    """The commitment as it is now, held until the deed is done. Raises CommitmentIsOver."""
    locked = Commitment.objects.select_for_update(of=("self",)).in_full().get(pk=commitment.pk)
    if over_is_refused:
        _refuse_over(locked)
    return locked


def periods_to_spend(commitment: Commitment, *, on: dt.date) -> list[Period]:
    """Periods of the plan that have begun, the newest first."""
    plan = commitment.activity.plan
    return list(
        Period.objects.filter(
            ends_before__gt=plan.starts_on, starts_on__lt=plan.ends_before, starts_on__lte=on
        ).order_by("-starts_on")
    )


def guard_chain(commitment: Commitment) -> None:
    """Raise PassedOnElsewhere unless the money comes down one chain of the activity (R10)."""
    source = commitment.passes_on
    if source is None:
        below = commitment.passed_on.all() if commitment.pk else []
        if any(each.currency != commitment.currency for each in below):
            raise PassedOnElsewhere
        return
    if (source.activity_id, source.currency) != (commitment.activity_id, commitment.currency):
        raise PassedOnElsewhere
    if source.organisation_id == commitment.organisation_id:
        raise PassedOnElsewhere
    while source is not None:
        if commitment.pk is not None and source.pk == commitment.pk:
            raise PassedOnElsewhere
        source = source.passes_on


def has_signatory(commitment: Commitment, *, at: dt.datetime) -> bool:
    """Whether there is anybody who can confirm it."""
    return bool(signatories_of(commitment, at=at))


def commitment_in_words(commitment: Commitment) -> dict[str, object]:
    """What it says as people read it, for the record and for two versions side by side."""
    return {
        "organisation": str(commitment.organisation),
        "kind": str(commitment.get_kind_display()),
        "amount": str(commitment.amount),
        "state": str(commitment.get_state_display()),
        "confirmed": _some(commitment.confirmed),
        "released": _some(commitment.released),
        "spent": _some(commitment.spent),
        "passes_on": str(commitment.passes_on or ""),
        "approver": str(commitment.get_approver_display()),
        "expected_on": commitment.expected_on,
        "award": str(commitment.award or ""),
        "budget_line": commitment.budget_line,
        "recipients": commitment.recipients,
        "conditions": commitment.conditions,
        "note": commitment.note,
    }


def _some(money: Money) -> str:
    return str(money) if money.minor else ""


def _refuse_over(commitment: Commitment) -> None:
    if commitment.is_over:
        raise CommitmentIsOver


def _save(
    commitment: Commitment, before: dict[str, object], *columns: str
) -> dict[str, list[object]]:
    """Save the columns and the state that follows, and say what changed; nothing saves nothing."""
    if not commitment.is_over:
        commitment.state = commitment.state_by_amounts()
    commitment.full_clean()
    changes = changes_between(before, commitment_in_words(commitment))
    if changes:
        save_next(commitment, *columns, "state")
    return changes
