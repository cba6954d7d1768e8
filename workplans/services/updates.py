"""How far activities have come: one update for each period, and what follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Alert
from coordination.models import Period, User
from coordination.services.events import changes_between, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from workplans.models import Activity, ActivityUpdate, UpdateEvidence
from workplans.notifications.activities import (
    tell_of_activity_off_course,
    tell_of_activity_put_forward,
)

from .activities import lock_open_plan
from .closing import is_closed


class ReasonMissing(Refusal):
    message = _("Say why: an activity that is off course has a reason.")


class NotToldByUpdate(Refusal):
    """Says which deed it is instead."""

    def __init__(self, status: str) -> None:
        said = _("“%(status)s” is not told by an update: it is a deed on the page of the activity.")
        super().__init__(said % {"status": Activity.Status(status).label})


class NotAgreedYet(Refusal):
    message = _("This activity is not agreed yet: progress is told of what is agreed.")


class ActivityIsOver(Refusal):
    message = _("This activity is cancelled or merged into another: no progress is told of it.")


class FinishedBeforeItBegan(Refusal):
    message = _("It cannot have finished before it began.")


class PeriodNotInPlan(Refusal):
    message = _("This plan has no progress to report for that period yet.")


class UpdateIsClosed(Refusal):
    message = _(
        "The update for this period can no longer change: the report on it is published, or a "
        "later update has been given."
    )


class Progress(TypedDict):
    """What an update says."""

    status: str
    status_reason: str
    percent_complete: int | None
    narrative: str
    next_step: str
    began_on: NotRequired[dt.date | None]
    finished_on: NotRequired[dt.date | None]


@dataclass(frozen=True)
class NewEvidence:
    """A vetted photograph or document with its caption."""

    file: VettedFile
    caption: str
    taken_on: dt.date | None = None


@transaction.atomic
def update_activity(
    activity: Activity,
    period: Period,
    *,
    by: User,
    seen_version: int,
    new_evidence: Iterable[NewEvidence] = (),
    dropped_evidence: Iterable[UpdateEvidence] = (),
    alert: Alert | None = None,
    at: dt.datetime | None = None,
    **progress: Unpack[Progress],
) -> ActivityUpdate:
    """The activity's one update for the period, written or rewritten; its status follows.

    ``seen_version`` is that of the update on the form, 0 when there was none. Raises PlanIsClosed,
    PeriodNotInPlan, UpdateIsClosed, NotAgreedYet, ActivityIsOver, ReasonMissing, NotToldByUpdate,
    DayToCome, FinishedBeforeItBegan, or EditedMeanwhile. A form that was sent twice is one deed.
    That it is completed, the county has still to confirm.
    """
    now = at or timezone.now()
    progress = {"began_on": None, "finished_on": None, **progress}
    activity = Activity.objects.select_related("plan__mechanism").get(pk=activity.pk)
    lock_open_plan(activity.plan)
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    today = activity.plan.mechanism.today(now)
    check_update_is_open(activity, period, on=today)
    check_real_days(progress, on=today)
    _guard_status(activity, progress)
    update = activity.updates.filter(period=period).first()
    if update is not None and update.version != seen_version:
        if update.by == by and _says(update) == progress:
            return update
        raise EditedMeanwhile
    changes = changes_between(_state_before(activity, update), progress)
    update = _write_update(activity, period, update, by=by, at=now, progress=progress)
    if "status" in changes and update.status == Activity.Status.COMPLETED:
        changes["awaiting"] = ["", Activity.Awaiting.COMPLETION.value]
        tell_of_activity_put_forward(activity, at=now)
    changes |= _change_alert(update, alert)
    changes |= _change_evidence(update, new_evidence, dropped_evidence, by=by, at=now)
    record("workplans.activity_updated", activity, by=by, changes=changes, note=str(period), at=now)
    if "status" in changes and update.status in Activity.NEEDS_REASON:
        tell_of_activity_off_course(update, at=now)
    return update


def check_real_days(progress: Progress, *, on: dt.date) -> None:
    """Raise DayToCome or FinishedBeforeItBegan unless the days can be true."""
    days = [progress.get("began_on"), progress.get("finished_on")]
    told = [day for day in days if day is not None]
    if any(day > on for day in told):
        raise DayToCome
    if told != sorted(told):
        raise FinishedBeforeItBegan


def periods_to_update(activity: Activity, *, on: dt.date) -> list[Period]:
    """Periods of the plan that have begun and are open for an update, the newest first."""
    if activity.status in {*Activity.BEFORE_AGREEMENT, *Activity.LEFT_OUT}:
        return []
    periods = Period.objects.filter(
        ends_before__gt=activity.plan.starts_on,
        starts_on__lt=activity.plan.ends_before,
        starts_on__lte=on,
    ).order_by("-starts_on")
    last = _last_updated(activity)
    return [
        period
        for period in periods
        if (last is None or period.starts_on >= last) and not is_closed(activity, period)
    ]


def check_update_is_open(activity: Activity, period: Period, *, on: dt.date) -> None:
    """Pass when an update for the period may change.

    Else raise ActivityIsOver, NotAgreedYet, PeriodNotInPlan or UpdateIsClosed.
    """
    if activity.is_left_out:
        raise ActivityIsOver
    if activity.status in Activity.BEFORE_AGREEMENT:
        raise NotAgreedYet
    plan = activity.plan
    is_in_plan = period.ends_before > plan.starts_on and period.starts_on < plan.ends_before
    if not is_in_plan or period.starts_on > on:
        raise PeriodNotInPlan
    last = _last_updated(activity)
    if (last is not None and period.starts_on < last) or is_closed(activity, period):
        raise UpdateIsClosed


def _last_updated(activity: Activity) -> dt.date | None:
    """The first day of the last period with an update."""
    starts = activity.updates.order_by("-period__starts_on").values_list("period__starts_on")
    return next((start for (start,) in starts[:1]), None)


def _says(update: ActivityUpdate) -> Progress:
    return {
        "status": update.status,
        "status_reason": update.status_reason,
        "percent_complete": update.percent_complete,
        "narrative": update.narrative,
        "next_step": update.next_step,
        "began_on": update.began_on,
        "finished_on": update.finished_on,
    }


def _state_before(activity: Activity, update: ActivityUpdate | None) -> Progress:
    """What was said before this deed: by the activity, and of the period by its update."""
    return {
        "status": activity.status,
        "status_reason": activity.status_reason,
        "percent_complete": activity.percent_complete,
        "narrative": update.narrative if update else "",
        "next_step": activity.next_step,
        "began_on": update.began_on if update else None,
        "finished_on": update.finished_on if update else None,
    }


def _write_update(
    activity: Activity,
    period: Period,
    update: ActivityUpdate | None,
    *,
    by: User,
    at: dt.datetime,
    progress: Progress,
) -> ActivityUpdate:
    """Save the update and carry its status over to the activity."""
    if update is None:
        update = ActivityUpdate(activity=activity, period=period, version=0)
    for name, value in progress.items():
        setattr(update, name, value)
    update.by, update.at = by, at
    update.version += 1
    update.full_clean()
    update.save()
    was = activity.status
    carried = ("status", "status_reason", "percent_complete", "next_step")
    for name in carried:
        setattr(activity, name, getattr(update, name))
    if activity.status != was:
        _follow_status(activity, by=by, at=at)
    activity.full_clean()
    activity.save(update_fields=[*carried, *AWAITED])
    return update


AWAITED = ["awaiting", "awaiting_since", "awaiting_by", "county_remark"]


def await_county(activity: Activity, what: str, *, by: User, at: dt.datetime) -> None:
    """Note, unsaved, that the county has to confirm what ``by`` has said of it."""
    activity.awaiting, activity.awaiting_since, activity.awaiting_by = what, at, by
    activity.county_remark = ""


def _follow_status(activity: Activity, *, by: User, at: dt.datetime) -> None:
    """What an update says to be completed waits for the county; what it takes back does not."""
    if activity.status == Activity.Status.COMPLETED:
        await_county(activity, Activity.Awaiting.COMPLETION, by=by, at=at)
    elif activity.awaiting == Activity.Awaiting.COMPLETION:
        activity.awaiting, activity.awaiting_since, activity.awaiting_by = "", None, None


def _guard_status(activity: Activity, progress: Progress) -> None:
    status = progress["status"]
    if status in Activity.NEEDS_REASON and not progress["status_reason"]:
        raise ReasonMissing
    if status in Activity.BY_DEED and status != activity.status:
        raise NotToldByUpdate(status)


def _change_alert(update: ActivityUpdate, alert: Alert | None) -> dict[str, list[Any]]:
    """Name the alert that is the reason, or none, and return what changed."""
    if update.alert == alert:
        return {}
    changes = {"alert": [str(update.alert or ""), str(alert or "")]}
    update.alert = alert
    update.full_clean()
    update.save(update_fields=["alert"])
    return changes


def _change_evidence(
    update: ActivityUpdate,
    new: Iterable[NewEvidence],
    dropped: Iterable[UpdateEvidence],
    *,
    by: User,
    at: dt.datetime,
) -> dict[str, list[Any]]:
    """Attach and detach files; return what changed. A detached file can no longer be opened."""
    gone = list(UpdateEvidence.objects.filter(update=update, pk__in=[row.pk for row in dropped]))
    UpdateEvidence.objects.filter(pk__in=[row.pk for row in gone]).delete()
    added = [
        UpdateEvidence.objects.create(
            update=update,
            file=store_file(evidence.file, by=by, at=at),
            caption=evidence.caption,
            taken_on=evidence.taken_on,
        )
        for evidence in new
    ]
    if not (gone or added):
        return {}
    return {"evidence": [[row.caption for row in gone], [row.caption for row in added]]}
