"""38: the edges of quarters and of due days, in zones that are far apart or change their clocks."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from coordination.models import Period
from coordination.services.reference import load_reference
from tests.factories.coordination import PeriodFactory
from tests.factories.workplans import ActivityFactory, ObligationFactory, PlanFactory
from workplans.models import Activity
from workplans.services.obligations import open_ended_periods

ZONES = ("Africa/Nairobi", "America/New_York", "Asia/Karachi", "Pacific/Kiritimati")
MILLISECOND, HOUR = dt.timedelta(milliseconds=1), dt.timedelta(hours=1)


@pytest.fixture
def quarters(db):
    """Those of the reference data, in order."""
    load_reference()
    return list(Period.objects.order_by("starts_on"))


def midnight(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone))


def test_every_day_is_in_exactly_one_quarter(quarters, figure):
    days = (quarters[-1].ends_before - quarters[0].starts_on).days
    counted = [
        sum(quarter.starts_on <= day < quarter.ends_before for quarter in quarters)
        for day in (quarters[0].starts_on + dt.timedelta(days=number) for number in range(days))
    ]

    figure(
        "38 quarter edges",
        f"{days} days, 29 February and 31 December among them, in {sorted(set(counted))} quarter",
    )
    assert set(counted) == {1}
    assert Period.objects.containing(dt.date(2024, 2, 29)).get().code == "2024-q1"


@pytest.mark.parametrize("zone", ZONES)
def test_a_quarter_is_opened_at_its_last_midnight_and_once(
    zone, mechanism, stream, quarter, figure
):
    mechanism.time_zone = zone
    mechanism.save()
    edge = midnight(quarter.ends_before, zone)

    opened = [len(open_ended_periods(at=edge + late * MILLISECOND)) for late in (-1, 0, 1)]
    hours_later = len(open_ended_periods(at=edge + dt.timedelta(hours=2)))

    figure(
        f"38 a quarter ends, {zone}",
        f"opened a millisecond before midnight, at it, after it: {opened}; again: {hours_later}",
    )
    assert (opened, hours_later) == ([0, 1, 0], 0)


@pytest.mark.parametrize("beside", [True, False], ids=["beside one in time", "alone"])
def test_a_clock_that_is_an_hour_behind_opens_nothing_early_and_nothing_twice(
    beside, mechanism, stream, quarter, figure
):
    edge = midnight(quarter.ends_before, mechanism.time_zone)
    moments = [edge - MILLISECOND, edge, edge + HOUR - MILLISECOND, edge + HOUR, edge + 2 * HOUR]

    opened = [
        sum(len(open_ended_periods(at=clock)) for clock in [moment] * beside + [moment - HOUR])
        for moment in moments
    ]

    figure(
        f"38 a clock an hour behind, {'beside one in time' if beside else 'alone'}",
        f"opened before midnight, at it, before one o'clock, at it, after it: {opened}",
    )
    assert opened == ([0, 1, 0, 0, 0] if beside else [0, 0, 0, 1, 0])


# Days of beginning, and the quarter of each.
BEGINNINGS = {
    "2023-12-31": "2023-q4", "2024-01-01": "2024-q1", "2024-02-29": "2024-q1",
    "2024-03-31": "2024-q1", "2024-04-01": "2024-q2", "2024-06-30": "2024-q2",
    "2024-07-01": "2024-q3", "2024-09-30": "2024-q3", "2024-10-01": "2024-q4",
}  # fmt: skip


def test_an_activity_owes_its_first_update_for_the_quarter_of_its_first_day(mechanism, figure):
    four = [PeriodFactory(year=2024, quarter=number) for number in range(1, 5)]
    plan = PlanFactory(mechanism=mechanism)
    for day in BEGINNINGS:
        ActivityFactory(plan=plan, code=day, starts_on=dt.date.fromisoformat(day))

    first: dict[str, str] = {}
    for quarter in [PeriodFactory(year=2023, quarter=4), *four]:
        for activity in Activity.objects.owing_update(quarter):
            first.setdefault(activity.code, quarter.code)

    right = sum(first.get(day) == code for day, code in BEGINNINGS.items())
    figure("38 activities that begin", f"{right} of {len(BEGINNINGS)} in the quarter of their day")
    assert first == BEGINNINGS


@pytest.mark.parametrize("zone", ZONES)
def test_a_due_day_lasts_until_its_last_millisecond(zone, mechanism, organisations, quarter):
    mechanism.time_zone = zone
    mechanism.save()
    # The days on which New York turns its clocks, and two ordinary ones.
    for due_on in map(
        dt.date.fromisoformat, ("2021-03-14", "2021-11-07", "2021-04-30", "2020-02-29")
    ):
        obligation = ObligationFactory.build(
            mechanism=mechanism, organisation=organisations.kcdms, period=quarter, due_on=due_on
        )
        edge = midnight(due_on + dt.timedelta(days=1), zone)

        overdue = [obligation.is_overdue(at=edge + late * MILLISECOND) for late in (-1, 0)]

        assert overdue == [False, True]
