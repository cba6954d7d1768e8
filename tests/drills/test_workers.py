"""28 to 30, 38: workers and queues die, hang and repeat themselves; each report is made once."""

from __future__ import annotations

import datetime as dt
import signal
import threading
import time
from zoneinfo import ZoneInfo

import pytest

from reporting.models import Edition
from tests.drills.numbers import ROUNDS
from tests.drills.reports import Report, ask_for, asked_report, open_report, signalled_renderers
from tests.drills.servers import wait_until

# Seconds that Redis is down at first and at last; each time it is two more.
SHORTEST, LONGEST = 3, 20
SECONDS_TO_READY = 60
HOUR = 3600
# Of the worker that began and of the one that takes over: a day ahead, that one takes any lease for
# over; an hour behind, the lease of the first is over for everyone else.
CLOCKS = {"one day ahead": (0, 24 * HOUR), "one hour behind": (-HOUR, 0)}
ALTERED = {"DJANGO_SETTINGS_MODULE": "tests.drills.settings"}
STAGES = (
    Edition.Stage.COMPILING, Edition.Stage.DRAWING, Edition.Stage.RENDERING, Edition.Stage.STORING,
)  # fmt: skip


@pytest.fixture
def secretary(portal):
    """The secretariat, signed in at a portal that answers; no worker runs yet."""
    portal.start_web()
    return portal.visitor("rla-secretariat")


def made(*reports: Report) -> str:
    """How often each was made and told of, for a figure."""
    times = [report.happened("edition_made") for report in reports]
    return f"made {times}, letters {[report.letters() for report in reports]}"


def assert_made_once(report: Report) -> None:
    assert (report.state, report.happened("edition_made"), report.letters()) == ("ready", 1, 1)


def test_a_report_outlives_its_worker_whatever_that_was_at(portal, secretary, figure):
    quarters = ("2020-q1", "2020-q2", "2020-q3", "2021-q1")
    reports = [open_report(secretary, portal, quarter) for quarter in quarters]
    found = []
    for stage, report in zip(STAGES, reports, strict=True):
        worker = portal.start_worker()
        ask_for(secretary, report)
        report.wait_for_stage(stage)
        worker.kill()
        found.append(report.is_("stage"))
        if report.state == Edition.State.RUNNING:
            report.let_the_lease_run_out()
    portal.start_worker()
    portal.start_scheduler()

    for report in reports:
        report.wait("ready", "failed")
    figure("28 kill -9 of the worker", f"at {', '.join(map(str, found))}: {made(*reports)}")
    for report in reports:
        assert_made_once(report)


def test_redis_dies_again_and_again_and_no_report_is_lost(portal, broker, secretary, figure):
    worker = portal.start_worker()
    scheduler = portal.start_scheduler()
    wait_until("all is well", lambda: not portal.red_parts())
    reports = [asked_report(secretary, portal, "2021-q1")]
    reports[0].wait_for_stage("rendering")
    clicks, down = [], []
    for number in range(ROUNDS):
        broker.kill()
        assert "broker" in portal.red_parts()
        report = open_report(secretary, portal, f"{2017 + number // 4}-q{1 + number % 4}")
        answer = ask_for(secretary, report)
        assert answer.status == 302
        clicks.append(answer.seconds)
        reports.append(report)
        down.append(min(SHORTEST + 2 * number, LONGEST))
        time.sleep(down[-1])
        broker.start()
        time.sleep(2)
    took = max(report.wait("ready", "failed", seconds=SECONDS_TO_READY) for report in reports)
    lost = [report for report in reports if report.state != Edition.State.READY]
    figure(
        "28 Redis killed",
        f"{ROUNDS} times, for {down[0]} to {down[-1]} s: {len(lost)} of {len(reports)} reports"
        f" lost, ready {took:.0f} s after it was back, {made(*reports)}; a click meanwhile took"
        f" {max(clicks):.1f} s",
    )
    for report in reports:
        assert_made_once(report)
    assert (worker.is_up, scheduler.is_up) == (True, True)
    assert max(clicks) <= 10


def test_a_click_does_not_wait_for_a_broker_that_hangs(portal, broker, secretary, figure):
    report = open_report(secretary, portal, "2021-q1")
    with broker.hung():
        answer = ask_for(secretary, report)
        red = portal.red_parts()
    portal.start_worker()
    portal.start_scheduler()
    took = report.wait("ready", "failed", seconds=SECONDS_TO_READY)
    figure(
        "28 Redis hung",
        f"a click took {answer.seconds:.1f} s and was kept; ready {took:.0f} s after it answered",
    )
    assert (answer.status, "broker" in red) == (302, True)
    assert answer.seconds <= 10
    assert_made_once(report)


def test_a_poison_report_ends_and_those_behind_it_are_made(portal, secretary, figure):
    worker = portal.start_worker()
    portal.start_scheduler()
    poison = asked_report(secretary, portal, "2021-q1")
    with signalled_renderers(worker, signal.SIGKILL):
        poison.wait("failed", seconds=120)
    good = asked_report(secretary, portal, "2020-q3")
    took = good.wait("ready", "failed", seconds=SECONDS_TO_READY)
    page = secretary.get(f"/reports/{poison.slug}/editions/1/").text
    attempts = poison.is_("attempts")
    form = secretary.form(f"/reports/{poison.slug}/editions/1/", to="/retry/")
    secretary.send(form)
    poison.wait("ready", "failed")
    figure(
        "29 poison report", f"{attempts} attempts, then a reason; the next one took {took:.0f} s"
    )
    assert attempts == Edition.MAX_ATTEMPTS
    assert str(Edition.Failure.RENDERER.label) in page
    assert "failed: renderer" in portal.logs()
    assert_made_once(good)
    assert_made_once(poison)


def test_a_message_that_comes_six_times_makes_one_report(portal, broker, secretary, figure):
    report = asked_report(secretary, portal, "2021-q1")
    queue = broker.ask()
    wait_until("the message waits", lambda: queue.llen("celery"))
    message = queue.lrange("celery", 0, 0)[0]
    for _copy in range(5):
        queue.lpush("celery", message)
    for _worker in range(2):
        portal.start_worker()
        portal.start_scheduler()
    report.wait("ready", "failed")
    wait_until("every copy is taken", lambda: not queue.llen("celery"))
    figure("30 six deliveries, two workers, two schedulers", made(report))
    assert report.is_("attempts") == 1
    assert_made_once(report)


def test_a_message_handed_out_again_too_soon_makes_one_report(portal, secretary, figure):
    impatient = ALTERED | {"DRILL_VISIBILITY_SECONDS": "2"}
    worker = portal.start_worker(**impatient)
    portal.start_worker(**impatient)
    report = asked_report(secretary, portal, "2021-q1")
    with signalled_renderers(worker, signal.SIGSTOP):
        time.sleep(15)
    report.wait("ready", "failed")
    figure("30 visibility time-out of 2 s, a report of 15 s", made(report))
    assert report.is_("attempts") == 1
    assert_made_once(report)


@pytest.mark.parametrize("clocks", CLOCKS)
def test_a_worker_with_a_wrong_clock_makes_nothing_twice(clocks, portal, broker, secretary, figure):
    first, second = CLOCKS[clocks]
    worker = portal.start_worker(**ALTERED, DRILL_CLOCK_SKEW=str(first))
    report = asked_report(secretary, portal, "2021-q1")
    with signalled_renderers(worker, signal.SIGSTOP):
        report.wait_for_stage("rendering")
        portal.start_worker(**ALTERED, DRILL_CLOCK_SKEW=str(second))
        portal.start_scheduler()
        report.let_the_lease_run_out()
        report.wait("ready", "failed")
    time.sleep(5)
    figure(f"38 a worker {clocks} beside one in time", made(report))
    assert report.is_("attempts") == 2
    assert_made_once(report)


def test_a_quarter_that_ended_while_no_scheduler_ran_is_opened_once(portal, figure):
    """Two schedulers start at once, two hours after the end; a third one an hour later."""
    now, ends = dt.datetime.now(tz=dt.UTC), dt.date(2021, 7, 1)
    portal.rows("UPDATE workplans_stream SET ends_before = NULL")
    edge = dt.datetime.combine(ends, dt.time(), ZoneInfo("Africa/Nairobi"))
    opened = (
        "SELECT count(*) FROM workplans_obligation AS obligation JOIN coordination_period AS period"
        " ON period.id = obligation.period_id WHERE ends_before = %s"
    )

    def run(late: dt.timedelta) -> None:
        skew = str(int((edge + late - now).total_seconds()))
        portal.manage("scheduler", "--once", **ALTERED, DRILL_CLOCK_SKEW=skew)

    run(dt.timedelta(minutes=-30))
    early = portal.value(opened, ends)
    both = [threading.Thread(target=run, args=[dt.timedelta(hours=2)]) for _scheduler in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    found = portal.value(opened, ends)
    run(dt.timedelta(hours=3))
    later = portal.value(opened, ends)
    figure(
        "30 a quarter's end without a scheduler",
        f"{early} reports opened before, {found} two hours after by two schedulers,"
        f" {later - found} more by a third",
    )
    assert (early, later) == (0, found)
    assert found > 0
    assert portal.value("SELECT count(*) FROM workplans_obligation") == portal.value(
        "SELECT count(*) FROM coordination_event WHERE verb = 'workplans.obligation_opened'"
    )
