"""`manage.py scheduler`: do what is due by the clock, without a broker."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils.module_loading import autodiscover_modules

from config import heartbeat
from coordination.services.schedule import ScheduledJob, scheduled_jobs

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Call every registered job when it is due. Run one; a second one does no harm, as each "
        "job claims its work in the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Run every job once, then stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        autodiscover_modules("tasks")
        stop = threading.Event()
        if options["once"]:
            run_due_jobs(scheduled_jobs(), {}, now=time.monotonic())
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        last_runs: dict[str, float] = {}
        while not stop.is_set():
            run_due_jobs(scheduled_jobs(), last_runs, now=time.monotonic())
            stop.wait(settings.SCHEDULER_INTERVAL.total_seconds())


def run_due_jobs(jobs: list[ScheduledJob], last_runs: dict[str, float], *, now: float) -> None:
    """Run the jobs whose interval has passed since their last run, and leave a sign of life.

    `now` and the values of `last_runs`, which is brought up to date, are monotonic seconds.
    """
    for job in jobs:
        last = last_runs.get(job.name)
        if last is None or timedelta(seconds=now - last) >= job.every:
            last_runs[job.name] = now
            _run(job.name, job.run)
    _run("heartbeat", lambda: heartbeat.record(heartbeat.SCHEDULER))


_failing: set[str] = set()


def _run(name: str, function: Callable[[], None]) -> None:
    """Run one job. Its failure is logged, and is no reason for the others not to run.

    Where it fails again and again, as while a server is away, the cause is told in full once.
    """
    close_old_connections()
    try:
        function()
    except Exception as error:
        # In full once; then a short line each time, until it works again.
        known = name in _failing
        logger.error("Job failed: %s: %s", name, error, exc_info=not known)  # noqa: TRY400 - a failure that is known needs no second trace
        _failing.add(name)
    else:
        _failing.discard(name)
    finally:
        close_old_connections()
