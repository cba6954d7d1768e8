"""Real workers over a real queue, killed for real: one edition, or a clear failure (M2-M7, C1).

The queue is what these tests run on: a directory, or a Redis of their own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection

from coordination.models import Event, Mail
from coordination.services import making as coordination_making
from reporting.models import Edition
from reporting.services import editions
from reporting.services.editions import request_edition
from reporting.services.making import claim_edition, sweep_editions
from tests.test_processes import redis_server

__all__ = ["redis_server"]  # a fixture

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_MAKE = 90
pytestmark = pytest.mark.django_db(transaction=True)
State = Edition.State


def database_url() -> str:
    """Where a process beside this one finds the test's database."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server = connection.settings_dict
    return (
        f"postgres://{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}/{name}"
    )


@pytest.fixture
def queue(request, monkeypatch) -> str:
    """The REDIS_URL of the workers, empty for the directory; hints are sent there."""
    if not settings.REDIS_URL:
        return ""
    server = request.getfixturevalue("redis_server")
    wait_until_it_answers(server.url)
    send = current_app.send_task

    def send_there(name: str, args: list[int]) -> None:
        with Connection(server.url) as there:
            send(name, args=args, connection=there)

    monkeypatch.setattr(coordination_making.current_app, "send_task", send_there)
    return server.url


def wait_until_it_answers(redis_url: str) -> None:
    until = time.monotonic() + SECONDS_TO_MAKE
    with redis.Redis.from_url(redis_url) as server:
        while time.monotonic() < until:
            with contextlib.suppress(redis.ConnectionError):
                if server.ping():
                    return
            time.sleep(0.1)
    pytest.fail("Redis did not start.")


class Worker:
    """A Celery worker as a deployment starts it, in a group of its own."""

    def __init__(self, redis_url: str) -> None:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            "EMAIL_URL": "filemail:",
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        }
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self) -> None:
        """As the kernel does when memory runs out: no word, no cleaning up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def start(queue) -> Iterator[type]:
    """A maker of workers on the queue; what still runs at the end is ended."""
    workers: list[Worker] = []

    def make() -> Worker:
        workers.append(Worker(queue))
        return workers[-1]

    yield make
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()


def wait_for(edition: Edition, *states: str, stage: str | None = None) -> Edition:
    """The edition once it is in one of the states, or at the stage."""
    until = time.monotonic() + SECONDS_TO_MAKE
    while time.monotonic() < until:
        now = Edition.objects.get(pk=edition.pk)
        if now.state in states and stage in {None, now.stage}:
            return now
        time.sleep(0.1)
    pytest.fail(f"Still {now.state}, {now.stage}, after {SECONDS_TO_MAKE} s.")


def test_five_deliveries_to_two_workers_make_one_edition(edition, start):
    start()
    start()
    for _ in range(5):
        editions.try_dispatch(edition.pk)

    made = wait_for(edition, State.READY, State.FAILED)

    assert (made.state, made.attempts) == (State.READY, 1)
    assert made.files.count() == 3
    assert Mail.objects.filter(key__startswith="edition-ready").count() == 1


def test_what_a_killed_worker_held_is_made_by_another(edition, start):
    doomed = start()
    editions.try_dispatch(edition.pk)
    wait_for(edition, State.RUNNING, stage=Edition.Stage.RENDERING)
    doomed.kill()

    assert Edition.objects.get(pk=edition.pk).state == State.RUNNING
    # An hour later: the lease is over, and the scheduler looks.
    Edition.objects.filter(pk=edition.pk).update(
        lease_until=timezone.now() - dt.timedelta(seconds=1),
        dispatched_at=timezone.now() - dt.timedelta(hours=1),
    )
    start()
    sweep_editions()
    made = wait_for(edition, State.READY, State.FAILED)

    assert (made.state, made.attempts) == (State.READY, 2)
    assert made.files.count() == 3


def at_once(deed: Callable[[], object], times: int = 12) -> list[object]:
    """What came of doing the deed so many times at the same moment."""
    ready = threading.Barrier(times)

    def do() -> object:
        ready.wait()
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return [each.result() for each in [threads.submit(do) for _ in range(times)]]


def test_a_dozen_clicks_at_the_same_moment_make_one_edition(told, cast, monkeypatch):
    monkeypatch.setattr(editions, "try_dispatch", lambda *_pk, **_kept: None)

    asked = at_once(lambda: request_edition(told.report, seen=0, by=cast["secretary"]).pk)

    assert len(set(asked)) == 1
    assert Edition.objects.count() == 1
    assert Event.objects.filter(verb="reporting.edition_requested").count() == 1


def test_of_a_dozen_workers_at_the_same_moment_one_has_the_edition(edition):
    claims = at_once(lambda: claim_edition(edition.pk))

    assert sum(claim is not None for claim in claims) == 1
    assert Edition.objects.get().attempts == 1
