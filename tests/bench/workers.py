"""Many reports at once, made by one worker and by two, as they are deployed."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from celery import Celery

from coordination.models import Mechanism, Place
from coordination.models.period import add_months
from reporting.models import Edition, Report
from tests.bench.dataset import SINCE
from tests.bench.measure import Line, shown
from tests.bench.reports import new_edition, put_pictures, the_report

ROOT = Path(__file__).parents[2]
BROKER = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/13")
# Of so many the limit speaks; fewer are made sooner, and gain less by the second worker.
REPORTS = int(os.environ.get("BENCH_REPORTS", "47"))
QUARTERS = [add_months(SINCE, months) for months in range(0, 24, 3)]
SECONDS_A_REPORT = 60


def worker_lines() -> Iterator[Line]:
    """How much faster two workers make the same reports than one."""
    put_pictures()
    queue = Celery(broker=BROKER)
    seconds = {}
    for workers in (1, 2):
        with working(queue, workers):
            seconds[workers] = seconds_to_make(queue)
    yield Line(
        f"{REPORTS} reports at once: one worker ÷ two", seconds[1] / seconds[2], 1.7,
        shown(seconds[2]), shown(seconds[1]), "×", at_least=True,
    )  # fmt: skip


@contextlib.contextmanager
def working(queue: Celery, workers: int) -> Iterator[None]:
    """So many workers, each of them ready."""
    queue.control.purge()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "REDIS_URL": BROKER,
        "WORKER_CONCURRENCY": "1",
    }
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "-n"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [
        subprocess.Popen([*command, f"{number}@bench"], env=environment, cwd=ROOT, **silent)
        for number in range(workers)
    ]
    try:
        while len(queue.control.ping(timeout=1)) < workers:
            if any(worker.poll() is not None for worker in running):
                raise SystemExit("A worker did not start.")
        yield
    finally:
        for worker in running:
            worker.send_signal(signal.SIGTERM)
        for worker in running:
            worker.wait(60)


def reports() -> Iterator[Report]:
    """So many, since each has one edition at a time: of the mechanism, then of its places."""
    mechanism = Mechanism.objects.get(slug="reported")
    county = mechanism.places.get()
    places = [None, county, *Place.objects.filter(parent=county, slug__startswith="bench-")]
    for place, starts_on in itertools.islice(itertools.product(places, QUARTERS), REPORTS):
        yield the_report(starts_on, place)


def seconds_to_make(queue: Celery) -> float:
    """From asking for all reports at once until the last of them is ready."""
    editions = [new_edition(report).pk for report in reports()]
    started = time.monotonic()
    for edition in editions:
        queue.send_task("reporting.tasks.make_edition", args=[edition])
    made = Edition.objects.filter(pk__in=editions, state=Edition.State.READY)
    while (done := made.count()) < len(editions):
        if time.monotonic() > started + SECONDS_A_REPORT * len(editions):
            raise SystemExit(f"Of {len(editions)} reports {done} were made.")
        time.sleep(0.1)
    return time.monotonic() - started
