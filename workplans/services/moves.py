"""The life of an activity: agreed with the county, put off, ended (domain 1.13).

Its progress is told by updates; what needs a condition of its own, or the county, is a deed here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Decision
from coordination.models import Mechanism, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from coordination.services.versions import save_next
from workplans.models import Activity, JointWorkPlan, Postponement
from workplans.notifications.activities import (
    tell_of_activity_answered,
    tell_of_activity_moved,
    tell_of_activity_put_forward,
)

from .activities import PlanIsClosed
from .commitments import carry_commitments
from .overlaps import refresh_overlaps
from .refusals import ReasonMissing
from .updates import AWAITED, await_county

Status, Awaiting = Activity.Status, Activity.Awaiting

_TALKED_OF = (Status.PROPOSED, Status.PLANNED, Status.PENDING, Status.UNDER_REVIEW)
_GOING = tuple(status for status in Status if status not in Activity.OVER)
# Each deed with the states that it leads on from.
MOVES: dict[str, tuple[str, ...]] = {
    "negotiate": _TALKED_OF,
    "put-forward": (*_TALKED_OF, Status.NEGOTIATING),
    "resume": (Status.POSTPONED, Status.SUSPENDED),
    "postpone": _GOING,
    "suspend": tuple(status for status in _GOING if status != Status.SUSPENDED),
    "merge": _GOING,
    "cancel": _GOING,
}


# What every deed sets beside the version.
MOVED = ("status", "status_reason", "moved_at")


class ActivityNotMovable(Refusal):
    """Says what has become of the activity."""

    def __init__(self, activity: Activity) -> None:
        said = _("This activity is “%(status)s”: this can no longer be done with it.")
        super().__init__(said % {"status": activity.get_status_display()})


class AlreadyPutForward(Refusal):
    message = _("The lead has put it forward already: the county has still to confirm it.")


class NothingAwaited(Refusal):
    message = _("Nothing waits for the county to confirm here any more.")


class OwnWord(Refusal):
    message = _("You have said this yourself. Another official of the county confirms it.")


class NewDateMissing(Refusal):
    message = _("Give the new last day: what is postponed has a new date.")


class DateNotLater(Refusal):
    message = _("The new last day is not after the one that it had.")


class LastDayBeforeFirst(Refusal):
    message = _("The last day is before the first.")


class DecisionMissing(Refusal):
    message = _(
        "This activity is agreed: cancelling it takes a decision of the review committee. Choose "
        "the decision."
    )


class DecisionOfAnotherMechanism(Refusal):
    message = _("This decision was taken by a body of another mechanism.")


class NotTheReviewCommittees(Refusal):
    message = _("This is not a decision of the review committee.")


class MergedIntoItself(Refusal):
    message = _("An activity is merged into another one.")


class MergedAcrossPlans(Refusal):
    message = _("This activity stands in another plan.")


class MergedIntoWhatEnded(Refusal):
    message = _("The activity that you chose is over: nothing can be merged into it.")


def moves_of(activity: Activity) -> list[str]:
    """The deeds that its state allows, by their names in ``MOVES``."""
    possible = [move for move, states in MOVES.items() if activity.status in states]
    if activity.awaiting or activity.agreed_at:
        possible = [move for move in possible if move not in {"negotiate", "put-forward"}]
    return possible


@transaction.atomic
def negotiate_activity(
    activity: Activity, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> Activity:
    """County and partners have begun to talk about it.

    Raises PlanIsClosed, ActivityNotMovable, or DoneMeanwhile after what was ``seen``.
    """
    now, activity = at or timezone.now(), _lock(activity)
    if activity.status == Status.NEGOTIATING:
        return activity
    _guard(activity, "negotiate", seen=seen)
    changes = {"status": _become(activity, Status.NEGOTIATING, at=now)}
    save_next(activity, *MOVED)
    record("workplans.activity_negotiated", activity, by=by, changes=changes, at=now)
    return activity


@transaction.atomic
def put_forward_activity(
    activity: Activity, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> Activity:
    """Its lead says that it is agreed; the county's sector lead has still to confirm it.

    Raises PlanIsClosed, ActivityNotMovable, AlreadyPutForward or DoneMeanwhile.
    """
    now, activity = at or timezone.now(), _lock(activity)
    if activity.awaiting == Awaiting.AGREEMENT and activity.awaiting_by_id == by.pk:
        return activity
    if activity.awaiting:
        raise AlreadyPutForward
    _guard(activity, "put-forward", seen=seen)
    changes: dict[str, list[Any]] = {"awaiting": ["", Awaiting.AGREEMENT.value]}
    await_county(activity, Awaiting.AGREEMENT, by=by, at=now)
    activity.save(update_fields=AWAITED)
    record("workplans.activity_put_forward", activity, by=by, changes=changes, at=now)
    tell_of_activity_put_forward(activity, at=now)
    return activity


@transaction.atomic
def confirm_activity(
    activity: Activity, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> Activity:
    """The county confirms what the lead has said: that it is agreed, or that it is completed.

    Raises PlanIsClosed, NothingAwaited, OwnWord or DoneMeanwhile.
    """
    now, activity = at or timezone.now(), _lock(activity)
    _guard_awaited(activity, by=by, seen=seen)
    changes: dict[str, list[Any]] = {"awaiting": [activity.awaiting, ""]}
    was_agreement = activity.awaiting == Awaiting.AGREEMENT
    _answered(activity)
    if was_agreement:
        changes["status"] = _become(activity, Status.AGREED, at=now)
        activity.agreed_at = now
        save_next(activity, *AWAITED, *MOVED, "agreed_at")
        record("workplans.activity_agreed", activity, by=by, changes=changes, at=now)
    else:
        activity.save(update_fields=AWAITED)
        record("workplans.completion_confirmed", activity, by=by, changes=changes, at=now)
    tell_of_activity_answered(activity, is_confirmed=True, at=now)
    return activity


@transaction.atomic
def send_back_activity(
    activity: Activity,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Activity:
    """The county does not confirm what the lead has said, and says why.

    What was not completed goes on: delayed when its last day is over, else on track. Raises
    PlanIsClosed, NothingAwaited, OwnWord, ReasonMissing or DoneMeanwhile.
    """
    now, reason, activity = at or timezone.now(), reason.strip(), _lock(activity)
    _guard_awaited(activity, by=by, seen=seen)
    if not reason:
        raise ReasonMissing
    changes: dict[str, list[Any]] = {"awaiting": [activity.awaiting, ""]}
    if activity.awaiting == Awaiting.COMPLETION:
        today = activity.plan.mechanism.today(now)
        is_late = activity.ends_on is not None and activity.ends_on < today
        status = Status.DELAYED if is_late else Status.ON_TRACK
        changes["status"] = _become(activity, status, reason if is_late else "", at=now)
    else:
        changes["status"] = _become(activity, Status.NEGOTIATING, at=now)
    _answered(activity, remark=reason)
    save_next(activity, *AWAITED, *MOVED)
    record("workplans.activity_sent_back", activity, by=by, changes=changes, note=reason, at=now)
    tell_of_activity_answered(activity, is_confirmed=False, at=now)
    return activity


@transaction.atomic
def postpone_activity(
    activity: Activity,
    *,
    by: User,
    reason: str,
    ends_on: dt.date | None,
    starts_on: dt.date | None = None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Activity:
    """Put it off to a later day; the days before and after are kept.

    Without a new ``starts_on`` it keeps its first day. Raises PlanIsClosed, ActivityNotMovable,
    ReasonMissing, NewDateMissing, DateNotLater, LastDayBeforeFirst or DoneMeanwhile.
    """
    now, reason, activity = at or timezone.now(), reason.strip(), _lock(activity)
    _guard(activity, "postpone", seen=seen)
    if not reason:
        raise ReasonMissing
    if ends_on is None:
        raise NewDateMissing
    if activity.ends_on is not None and ends_on <= activity.ends_on:
        raise DateNotLater
    starts_on = starts_on or activity.starts_on
    if starts_on is not None and ends_on < starts_on:
        raise LastDayBeforeFirst
    put_off = Postponement(
        activity=activity, began_on=activity.starts_on, ended_on=activity.ends_on,
        starts_on=starts_on, ends_on=ends_on, reason=reason, by=by, at=now,
    )  # fmt: skip
    put_off.full_clean()
    put_off.save()
    changes: dict[str, list[Any]] = {
        "status": _become(activity, Status.POSTPONED, reason, at=now),
        "starts_on": [activity.starts_on, starts_on],
        "ends_on": [activity.ends_on, ends_on],
    }
    activity.starts_on, activity.ends_on = starts_on, ends_on
    save_next(activity, *MOVED, "starts_on", "ends_on")
    record("workplans.activity_postponed", activity, by=by, changes=changes, note=reason, at=now)
    refresh_overlaps(activity, by=by, at=now)
    tell_of_activity_moved(activity, by=by, reason=reason, at=now)
    return activity


@transaction.atomic
def suspend_activity(
    activity: Activity,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Activity:
    """Stop it for the time being.

    Raises PlanIsClosed, ActivityNotMovable, ReasonMissing or DoneMeanwhile.
    """
    now, reason, activity = at or timezone.now(), reason.strip(), _lock(activity)
    _guard(activity, "suspend", seen=seen)
    if not reason:
        raise ReasonMissing
    changes = {"status": _become(activity, Status.SUSPENDED, reason, at=now)}
    save_next(activity, *MOVED)
    record("workplans.activity_suspended", activity, by=by, changes=changes, note=reason, at=now)
    tell_of_activity_moved(activity, by=by, reason=reason, at=now)
    return activity


@transaction.atomic
def resume_activity(
    activity: Activity, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> Activity:
    """Take up again what was postponed or suspended.

    It is on track then, agreed before its first day, and negotiated where it was never agreed.
    Raises PlanIsClosed, ActivityNotMovable or DoneMeanwhile.
    """
    now, activity = at or timezone.now(), _lock(activity)
    _guard(activity, "resume", seen=seen)
    today = activity.plan.mechanism.today(now)
    status = Status.ON_TRACK
    if not activity.is_agreed:
        status = Status.NEGOTIATING
    elif activity.starts_on is not None and activity.starts_on > today:
        status = Status.AGREED
    changes = {"status": _become(activity, status, at=now)}
    save_next(activity, *MOVED)
    record("workplans.activity_resumed", activity, by=by, changes=changes, at=now)
    tell_of_activity_moved(activity, by=by, reason="", at=now)
    return activity


@transaction.atomic
def cancel_activity(
    activity: Activity,
    *,
    by: User,
    reason: str,
    decision: Decision | None = None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Activity:
    """Give it up. Once it is agreed, the review committee has decided so.

    Raises PlanIsClosed, ActivityNotMovable, ReasonMissing, DecisionMissing,
    DecisionOfAnotherMechanism, NotTheReviewCommittees or DoneMeanwhile.
    """
    now, reason, activity = at or timezone.now(), reason.strip(), _lock(activity)
    _guard(activity, "cancel", seen=seen)
    if not reason:
        raise ReasonMissing
    if decision is None and activity.is_agreed:
        raise DecisionMissing
    if decision is not None:
        if decision.body.mechanism_id != activity.plan.mechanism_id:
            raise DecisionOfAnotherMechanism
        if decision.body not in deciding_bodies(activity.plan.mechanism):
            raise NotTheReviewCommittees
    changes: dict[str, list[Any]] = {
        "status": _become(activity, Status.CANCELLED, reason, at=now),
        "cancelled_by": [None, str(decision) if decision else None],
    }
    activity.cancelled_by = decision
    _answered(activity)
    save_next(activity, *AWAITED, *MOVED, "cancelled_by")
    record("workplans.activity_cancelled", activity, by=by, changes=changes, note=reason, at=now)
    refresh_overlaps(activity, by=by, at=now)
    tell_of_activity_moved(activity, by=by, reason=reason, at=now)
    return activity


@transaction.atomic
def merge_activity(
    activity: Activity,
    *,
    by: User,
    into: Activity,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Activity:
    """Let it go on as a part of another activity of the plan; it is counted there alone.

    What is promised to it is promised to the other from then on, as sure as it was.
    Raises PlanIsClosed, ActivityNotMovable, MergedIntoItself, MergedAcrossPlans,
    MergedIntoWhatEnded or DoneMeanwhile.
    """
    now, reason, activity = at or timezone.now(), reason.strip(), _lock(activity)
    if activity.status == Status.MERGED and activity.merged_into_id == into.pk:
        return activity
    _guard(activity, "merge", seen=seen)
    into = Activity.objects.select_for_update(of=("self",)).get(pk=into.pk)
    if into == activity:
        raise MergedIntoItself
    if into.plan_id != activity.plan_id:
        raise MergedAcrossPlans
    if into.status in Activity.OVER:
        raise MergedIntoWhatEnded
    changes: dict[str, list[Any]] = {
        "status": _become(activity, Status.MERGED, reason, at=now),
        "merged_into": [None, str(into)],
    }
    activity.merged_into = into
    _answered(activity)
    save_next(activity, *AWAITED, *MOVED, "merged_into")
    record("workplans.activity_merged", activity, by=by, changes=changes, note=reason, at=now)
    carried = carry_commitments(activity, into=into, by=by, at=now)
    refresh_overlaps(activity, by=by, at=now)
    tell_of_activity_moved(activity, by=by, reason=reason, carried=carried, at=now)
    return activity


def deciding_bodies(mechanism: Mechanism) -> QuerySet[Body]:
    """Whose decision cancels what is agreed: the review committees; without one, all bodies."""
    bodies = Body.objects.filter(mechanism=mechanism)
    review = bodies.filter(kind=Body.Kind.REVIEW)
    return review if review.exists() else bodies


def _lock(activity: Activity) -> Activity:
    """The activity as it is now, with its plan held open."""
    plan = JointWorkPlan.objects.select_for_update().get(pk=activity.plan_id)
    if plan.is_over:
        raise PlanIsClosed
    rows = Activity.objects.select_related("plan__mechanism", "plan__place", "lead")
    return rows.select_for_update(of=("self",)).get(pk=activity.pk)


def _guard(activity: Activity, move: str, *, seen: int | None) -> None:
    guard_seen(activity, seen=seen)
    if activity.status not in MOVES[move]:
        raise ActivityNotMovable(activity)


def _guard_awaited(activity: Activity, *, by: User, seen: int | None) -> None:
    guard_seen(activity, seen=seen)
    if not activity.awaiting:
        raise NothingAwaited
    if activity.awaiting_by_id == by.pk:
        raise OwnWord


def _become(activity: Activity, status: str, reason: str = "", *, at: dt.datetime) -> list[str]:
    """Set the state, to be saved as the next version, and return from what to what, in words."""
    before = str(activity.get_status_display())
    activity.moved_at = at
    activity.status, activity.status_reason = status, reason
    return [before, str(activity.get_status_display())]


def _answered(activity: Activity, remark: str = "") -> None:
    activity.awaiting, activity.awaiting_since, activity.awaiting_by = "", None, None
    activity.county_remark = remark
