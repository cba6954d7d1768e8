"""The outputs of an activity, with their targets by quarter of the plan's year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Period, User, written
from coordination.services.events import record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next
from workplans.models import Activity, ActivityOutput, Indicator, JointWorkPlan

from .activities import lock_open_plan

QUARTERS = ("q1", "q2", "q3", "q4")
MOST_OUTPUTS = 20


class IndicatorOfAnotherMechanism(Refusal):
    message = _("This indicator belongs to another mechanism.")


class OutputNamedTwice(Refusal):
    message = _("One indicator is named twice.")


class OutputContent(TypedDict):
    """An indicator or words, and the targets of the four quarters."""

    indicator: Indicator | None
    wording: str
    unit: str
    q1: Decimal | None
    q2: Decimal | None
    q3: Decimal | None
    q4: Decimal | None


@transaction.atomic
def set_outputs(
    activity: Activity,
    *,
    by: User,
    seen_version: int,
    outputs: Sequence[OutputContent],
    at: dt.datetime | None = None,
) -> Activity:
    """The activity with these outputs, in this order; those that were there are replaced.

    Sent twice it is one deed. Raises PlanIsClosed, IndicatorOfAnotherMechanism, OutputNamedTwice,
    or EditedMeanwhile when the activity is no longer the version that ``by`` saw.
    """
    plan = lock_open_plan(activity.plan)
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    before = outputs_in_words(activity)
    wanted = [
        ActivityOutput(activity=activity, position=number, **content)
        for number, content in enumerate(outputs)
    ]
    named = [output.indicator for output in wanted if output.indicator is not None]
    if any(indicator.mechanism_id != plan.mechanism_id for indicator in named):
        raise IndicatorOfAnotherMechanism
    if len({indicator.pk for indicator in named}) != len(named):
        raise OutputNamedTwice
    after = [_in_words(output) for output in wanted]
    if after == before:
        return activity
    if activity.version != seen_version:
        raise EditedMeanwhile
    activity.outputs.all().delete()
    for output in wanted:
        output.full_clean()
        output.save()
    save_next(activity)
    changes: dict[str, list[Any]] = {"outputs": [before, after]}
    record("workplans.outputs_set", activity, by=by, changes=changes, at=at)
    return activity


def outputs_in_words(activity: Activity) -> list[str]:
    """Each with its targets, for the record."""
    rows = activity.outputs.select_related("indicator").order_by("position", "pk")
    return [_in_words(output) for output in rows]


def quarters_of(plan: JointWorkPlan) -> list[str]:
    """What Q1 to Q4 of the plan's year are: "Jul–Sep 2020" …, as far as the quarters are known."""
    periods = Period.objects.between(plan.starts_on, plan.ends_before).order_by("starts_on")
    return [str(period) for period in periods[: len(QUARTERS)]]


def _in_words(output: ActivityOutput) -> str:
    targets = ["–" if value is None else written(value) for value in output.targets]
    unit = f" {output.unit}" if output.unit else ""
    return f"{output}{unit}: {' / '.join(targets)}"
