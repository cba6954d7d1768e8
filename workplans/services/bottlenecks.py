"""Bottlenecks of a plan: raised, followed and resolved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, User
from coordination.services.events import changes_between, is_second_click, record
from coordination.services.refusals import DayToCome, EditedMeanwhile, IsThere, Refusal
from workplans.models import Activity, Bottleneck, JointWorkPlan

from .activities import PlanIsClosed


class ActivityOfAnotherPlan(Refusal):
    message = _("One of these activities stands in another plan.")


class BottleneckIsThere(IsThere):
    there: Bottleneck
    message = _("This bottleneck stands on record already, raised by the same organisation.")


class BottleneckContent(TypedDict):
    """What is said of a bottleneck."""

    raised_by: Organisation
    category: str
    description: str
    since: dt.date
    measures: str
    activities: Iterable[Activity]
    resolved_on: dt.date | None
    is_public: bool


@transaction.atomic
def raise_bottleneck(
    plan: JointWorkPlan,
    *,
    by: User,
    seen: int | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[BottleneckContent],
) -> Bottleneck:
    """A new bottleneck. A form that was sent twice gives it again.

    ``seen`` is the newest event when the form was opened: words that stood then are no second
    click. One that was resolved may come back, since another day. Raises PlanIsClosed,
    BottleneckIsThere, DayToCome or ActivityOfAnotherPlan.
    """
    now, plan = at or timezone.now(), _lock_open(plan)
    alike = plan.bottlenecks.filter(
        raised_by=content["raised_by"], description=content["description"]
    )
    standing = alike.filter(Q(resolved_on=None) | Q(since=content["since"]))
    if (same := standing.in_order().first()) is not None:
        if is_second_click(same, "workplans.bottleneck_raised", by=by, seen=seen):
            return same
        raise BottleneckIsThere(same)
    activities = _check(plan, content, at=now)
    bottleneck = Bottleneck(plan=plan, **_columns(content))
    bottleneck.full_clean()
    bottleneck.save()
    bottleneck.activities.set(activities)
    record("workplans.bottleneck_raised", bottleneck, by=by, at=now)
    return bottleneck


@transaction.atomic
def edit_bottleneck(
    bottleneck: Bottleneck,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[BottleneckContent],
) -> Bottleneck:
    """The bottleneck with its new content, resolved where a day is given.

    Raises PlanIsClosed, DayToCome, ActivityOfAnotherPlan or EditedMeanwhile.
    """
    now, plan = at or timezone.now(), _lock_open(bottleneck.plan)
    bottleneck = Bottleneck.objects.select_for_update(of=("self",)).get(pk=bottleneck.pk)
    if bottleneck.version != seen_version:
        raise EditedMeanwhile
    activities = _check(plan, content, at=now)
    was_resolved = bottleneck.resolved_on is not None
    before = bottleneck_in_words(bottleneck)
    columns = _columns(content)
    for name, value in columns.items():
        setattr(bottleneck, name, value)
    bottleneck.version += 1
    bottleneck.full_clean()
    bottleneck.save(update_fields=[*columns, "version"])
    bottleneck.activities.set(activities)
    changes = changes_between(before, bottleneck_in_words(bottleneck))
    is_resolved = bottleneck.resolved_on is not None and not was_resolved
    verb = "workplans.bottleneck_resolved" if is_resolved else "workplans.bottleneck_edited"
    record(verb, bottleneck, by=by, changes=changes, at=now)
    return bottleneck


def bottleneck_in_words(bottleneck: Bottleneck) -> dict[str, Any]:
    """Its content as people read it."""
    codes = bottleneck.activities.values_list("code", flat=True)
    return {
        "raised_by": str(bottleneck.raised_by),
        "category": str(bottleneck.get_category_display()),
        "description": bottleneck.description,
        "since": bottleneck.since,
        "measures": bottleneck.measures,
        "activities": sorted(codes),
        "resolved_on": bottleneck.resolved_on,
        "is_public": bottleneck.is_public,
    }


def _lock_open(plan: JointWorkPlan) -> JointWorkPlan:
    plan = (
        JointWorkPlan.objects.select_for_update(of=("self",))
        .select_related("mechanism")
        .get(pk=plan.pk)
    )
    if plan.is_over:
        raise PlanIsClosed
    return plan


def _check(plan: JointWorkPlan, content: BottleneckContent, *, at: dt.datetime) -> list[Activity]:
    today = plan.mechanism.today(at)
    if content["since"] > today or (content["resolved_on"] or today) > today:
        raise DayToCome
    activities = list(content["activities"])
    if any(activity.plan_id != plan.pk for activity in activities):
        raise ActivityOfAnotherPlan
    return activities


def _columns(content: BottleneckContent) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "activities"}
