"""Progress: how a figure stands against its target, and whether that is on track (R7, R8).

What is due by now and what departs from it is the same for a single stream, which must explain a
deviation, and for a roll-up: `workplans.services.deviations` decides for both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from coordination.models import FiscalCalendar, GoalMeasure, Period
from workplans.models import IndicatorVersion
from workplans.services.deviations import departs

from .expectations import Expectations
from .figures import Figure
from .levels import Plan
from .scopes import Scope

Direction = GoalMeasure.Direction
HUNDRED = Decimal(100)


class Verdict(TextChoices):
    """The words of the interface's status marks."""

    ON_TRACK = "on_track", _("On track")
    OFF_TRACK = "off_track", _("Off track")
    NO_TARGET = "no_target", _("No target")
    NO_FIGURE = "no_figure", _("No figure yet")
    NOT_DUE = "not_due", _("Not due yet")


@dataclass(frozen=True)
class Progress:
    """A figure against the target of its year. Values are in the indicator's unit, unrounded.

    In percent: ``achievement`` is actual ÷ target; ``way`` how much of the way from baseline to
    target is gone, for indicators that count so; ``deviation`` that from what is due by now.
    ``change`` is the difference from the baseline.
    """

    verdict: Verdict
    target: Decimal | None = None
    target_is_sum: bool = False
    baseline: Decimal | None = None
    due: Decimal | None = None
    achievement: Decimal | None = None
    way: Decimal | None = None
    change: Decimal | None = None
    deviation: Decimal | None = None
    # Whether the way from the baseline is what the indicator is judged by.
    is_way: bool = False

    @property
    def percent(self) -> Decimal | None:
        """The measure that the indicator is judged by."""
        return self.way if self.is_way else self.achievement


def progress_for(
    figures: Collection[Figure],
    period: Period,
    calendar: FiscalCalendar,
    *,
    expectations: Expectations | None = None,
) -> dict[tuple[int, Scope], Progress]:
    """The progress of figures for the year to date, by (version's key, scope).

    Takes two queries, a third where a target is put together from parts and no ``expectations``
    are at hand, and one more where a stock was not reported.
    ``calendar`` says which year's target is meant, ``period`` how much of the year is over.
    """
    versions = {figure.version.pk: figure.version for figure in figures}
    places = {figure.scope.place for figure in figures}
    plan = Plan.of(versions.values(), places, period, calendar, at_hand=expectations)
    return {(figure.version.pk, figure.scope): progress_of(figure, plan) for figure in figures}


def progress_of(figure: Figure, plan: Plan) -> Progress:
    """How the figure for the year to date stands in the plan.

    A stock's value of an earlier quarter keeps its date and is not judged as if it were of this
    one (R4): there is no figure yet, or none was due.
    """
    version, scope = figure.version, figure.scope
    actual = None if figure.as_of else figure.value
    baseline = plan.baseline(version, scope)
    change = None if actual is None or baseline is None else actual - baseline
    target = plan.target(version, scope)
    if target is None:
        return Progress(Verdict.NO_TARGET, baseline=baseline, change=change)
    due = plan.due(version, scope, target=target.value, baseline=baseline)
    # Where progress is a way, both the way gone and what was due of it are measured from its start.
    start = baseline if version.counts_from_baseline else None
    verdict = verdict_of(version, actual=actual, due=due, target=target.value, baseline=baseline)
    if figure.as_of and not plan.asks_for(version):
        verdict = Verdict.NOT_DUE
    return Progress(
        verdict,
        target.value,
        target.is_sum,
        baseline,
        due,
        achievement=percent(actual, target.value),
        way=None if start is None else percent(change, target.value - start),
        change=change,
        deviation=None if due is None else deviation_of(actual, due, start or Decimal(0)),
        is_way=start is not None and start != target.value,
    )


def verdict_of(
    version: IndicatorVersion,
    *,
    actual: Decimal | None,
    due: Decimal | None,
    target: Decimal,
    baseline: Decimal | None,
) -> Verdict:
    """On track within the tolerance of what is due, or beyond it on the better side.

    Before anything is due (a milestone), only what is reached already can be judged.
    """
    if actual is None:
        return Verdict.NO_FIGURE
    if due is None:
        return Verdict.ON_TRACK if actual >= target else Verdict.NOT_DUE
    is_better = {
        Direction.INCREASE: actual > due,
        Direction.DECREASE: actual < due,
        Direction.MAINTAIN: False,
    }[Direction(version.direction)]
    if is_better or not departs(version, actual=actual, due=due, baseline=baseline):
        return Verdict.ON_TRACK
    return Verdict.OFF_TRACK


def deviation_of(actual: Decimal | None, due: Decimal, start: Decimal) -> Decimal | None:
    """By how many percent the value differs from what is due, both counted from ``start``."""
    return None if actual is None else percent(actual - due, abs(due - start))


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """So many percent of the whole; None of nothing."""
    return None if part is None or not whole else part / whole * HUNDRED
