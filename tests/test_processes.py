"""Web, worker and scheduler as they really run: started, killed, and stopped.

On SQLite the queue is a directory; where the tests run on servers, it is a Redis of their own,
which may be killed too.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from queue import Empty

import psycopg2
import pytest
from django.core.management.base import CommandError
from django.utils import timezone
from kombu import Connection

from config import heartbeat, transport
from config.celery import NICENESS
from config.management.commands.portal import port_asked_for
from config.management.commands.scheduler import run_due_jobs
from config.tasks import answer_heartbeat, send_heartbeat
from coordination.services.schedule import ScheduledJob, scheduled_jobs

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).resolve().parent.parent
ON_SERVERS = bool(os.environ.get("REDIS_URL"))


def free_port():
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return candidate.getsockname()[1]


def wait_for(condition, *, seconds=60.0):
    """Return the first true answer of the condition; fail when it stays false too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.1)
    return pytest.fail(f"{condition.__name__} was still false after {seconds} s")


def descendants(pid):
    """Return the process numbers below this one, its own first, as the kernel has them."""
    found = [pid]
    for process in found:
        # Any of its threads may have begun it.
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # the thread is over
                found += map(int, children.read_text().split())
    return found


def is_alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def priority(pid):
    return os.getpriority(os.PRIO_PROCESS, pid)


class Portal:
    """A portal of the test's own: its processes, its data, its address."""

    def __init__(self, data, **environment):
        self.port = free_port()
        self.log = data / "portal.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "DEBUG": "1",
            "DATA_DIR": str(data),
            "PORT": str(self.port),
            **environment,
        }

    def start(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "portal"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def ready(self):
        """Return whether every part works, and which do not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=20):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def parts_that_fail(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=20).close()
        except urllib.error.HTTPError as answer:
            return answer.read().decode()
        return ""

    def child(self, words):
        """Return the process number of the child whose command line contains these words."""
        for pid in descendants(self.process.pid)[1:]:
            line = Path(f"/proc/{pid}/cmdline")
            if is_alive(pid) and words in line.read_text().replace("\0", " "):
                return pid
        return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


class RedisServer:
    """A Redis of the test's own, which keeps what it was given, and may be killed."""

    def __init__(self, data):
        self.keeping = ["--dir", str(data), "--appendonly", "yes"]
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), *self.keeping],
            stdout=subprocess.DEVNULL,
        )

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def empty_database():
    """An empty database beside the one that the tests run on."""
    server, _, name = os.environ["DATABASE_URL"].rpartition("/")
    scratch = f"{name}_processes_{os.getpid()}"
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{scratch}"')
    yield f"{server}/{scratch}"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{scratch}" WITH (FORCE)')
    connection.close()


@pytest.fixture
def portal(request, tmp_path):
    """A portal on what these tests run on, ready; whatever happens, nothing of it stays.

    On servers it begins with an empty database, on SQLite with a copy of the demo at PORTAL_DEMO.
    """
    servers = {}
    if ON_SERVERS:
        servers["REDIS_URL"] = request.getfixturevalue("redis_server").url
        servers["DATABASE_URL"] = request.getfixturevalue("empty_database")
    elif loaded := os.environ.get("PORTAL_DEMO"):
        shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    portal = Portal(tmp_path, **servers).start()
    try:
        wait_for(portal.ready, seconds=180)
        yield portal
    finally:
        for pid in descendants(portal.process.pid):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        portal.process.wait()


# --- A portal -------------------------------------------------------------------------------------


@pytest.mark.skipif(ON_SERVERS, reason="the one of servers is stopped below")
def test_a_portal_starts_again_what_falls_and_ends_with_its_web_server(portal):
    starts_again(portal)
    everything = descendants(portal.process.pid)

    os.killpg(portal.child("gunicorn"), signal.SIGKILL)

    assert portal.process.wait(timeout=60) == 1
    assert [pid for pid in everything if is_alive(pid)] == []
    said = portal.log.read_text()
    assert "The web server ended by itself" in said
    assert f"The portal is at http://127.0.0.1:{portal.port}/" in said
    assert "superuser" not in said


@pytest.mark.skipif(not ON_SERVERS, reason="a directory does not fall over")
def test_a_portal_outlives_its_redis_starts_again_what_falls_and_stops_whole(portal, redis_server):
    processes = portal.child("celery"), portal.child("scheduler"), portal.child("gunicorn")

    redis_server.kill()
    assert '"broker": {"works": false' in portal.parts_that_fail()
    redis_server.start()

    wait_for(portal.ready)
    assert processes == (
        portal.child("celery"),
        portal.child("scheduler"),
        portal.child("gunicorn"),
    )
    starts_again(portal)
    everything = descendants(portal.process.pid)
    assert portal.stop() == 0
    assert [pid for pid in everything if is_alive(pid)] == []


def starts_again(portal):
    """Kill worker and scheduler, and wait until there are new ones."""
    worker, scheduler = portal.child("celery"), portal.child("scheduler")
    # What makes reports steps back for what answers people.
    behind = [priority(pid) - priority(portal.process.pid) for pid in descendants(worker)[1:]]
    assert set(behind) == {NICENESS}
    os.killpg(worker, signal.SIGKILL)
    os.killpg(scheduler, signal.SIGKILL)

    def both_run_again():
        again = portal.child("celery"), portal.child("scheduler")
        return all(again) and not {worker, scheduler} & set(again)

    wait_for(both_run_again)


def test_a_taken_port_is_said_in_one_line(tmp_path):
    portal = Portal(tmp_path)
    with socket.create_server(("127.0.0.1", portal.port)):
        portal.start()
        assert portal.process.wait(timeout=30) == 1

    assert portal.log.read_text() == (
        f"CommandError: Port {portal.port} is taken by another program. "
        f"Choose another by PORT, such as PORT={portal.port + 1}.\n"
    )


def test_of_two_starts_with_the_same_data_the_second_waits_for_the_first(tmp_path):
    database = tmp_path / "baraza.sqlite3"
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    portal = Portal(tmp_path).start()

    def it_waits():
        return "This one waits for it" in portal.log.read_text()

    def it_begins():
        return database.stat().st_size > 0

    try:
        wait_for(it_waits)
        assert not it_begins()
        os.close(descriptor)
        wait_for(it_begins)
    finally:
        portal.stop()


@pytest.mark.parametrize("port", ["http", "99999", "0", "-1"])
def test_a_port_that_is_none_is_said_in_one_line(monkeypatch, port):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(CommandError, match=f"a number from 1 to 65535.* not '{port}'"):
        port_asked_for()


# --- The queue in a directory ---------------------------------------------------------------------


@pytest.fixture
def open_queue(tmp_path):
    """A function that opens the queue, as each process does for itself."""
    transport.register()
    opened = []

    def open_one():
        connection = Connection(
            "directory://localhost/", transport_options={"directory": str(tmp_path)}
        )
        opened.append(connection)
        return connection.SimpleQueue("work", no_ack=True)

    yield open_one
    for connection in opened:
        connection.release()


def test_messages_come_out_in_the_order_of_going_in(open_queue):
    queue = open_queue()
    for number in range(20):
        queue.put(number)

    assert [queue.get_nowait().payload for _ in range(20)] == list(range(20))


def test_every_message_is_taken_once_however_many_put_and_take(open_queue):
    sent, taken = 400, []

    def put(first):
        queue = open_queue()
        for number in range(first, sent, 4):
            queue.put(number)

    def take():
        queue = open_queue()
        while len(taken) < sent:
            with contextlib.suppress(Empty):
                taken.append(queue.get(timeout=0.5).payload)

    with ThreadPoolExecutor(max_workers=7) as pool:
        deeds = [pool.submit(put, first) for first in range(4)]
        deeds += [pool.submit(take) for _ in range(3)]
    for deed in deeds:
        deed.result()

    assert sorted(taken) == list(range(sent))


def test_a_message_that_is_still_being_written_is_not_taken(open_queue, tmp_path):
    queue = open_queue()
    queue.put("whole")
    (tmp_path / "work" / "00000000000000000000-half.draft").write_text('{"body": "ha')

    assert [queue.get_nowait().payload, queue.qsize()] == ["whole", 0]


# --- The scheduler --------------------------------------------------------------------------------


def job(name, run, *, every=60):
    return ScheduledJob(name, timedelta(seconds=every), run)


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_at_once_and_then_when_its_interval_has_passed():
    runs, last_runs = [], {}
    jobs = [job("count", lambda: runs.append(1), every=60)]

    for now, so_far in ((1000, 1), (1059.9, 1), (1060, 2), (1061, 2), (1300, 3)):
        run_due_jobs(jobs, last_runs, now=now)
        assert len(runs) == so_far


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_does_not_keep_the_others_from_running(caplog):
    runs = []
    jobs = [job("a broken one", lambda: 1 / 0), job("b", lambda: runs.append("b"))]

    run_due_jobs(jobs, {}, now=0)

    assert runs == ["b"]
    assert [record.getMessage() for record in caplog.records] == [
        "Job failed: a broken one: division by zero"
    ]
    assert heartbeat.age(heartbeat.SCHEDULER) < timedelta(seconds=5)


def test_a_heartbeat_is_sent_again_only_when_the_last_was_answered(db, monkeypatch):
    sent = []
    monkeypatch.setattr(answer_heartbeat, "delay", lambda: sent.append(timezone.now()))

    send_heartbeat()
    send_heartbeat()
    assert len(sent) == 1

    answer_heartbeat()
    send_heartbeat()
    assert len(sent) == 2
    assert heartbeat.age(heartbeat.QUEUE_ANSWERED) < timedelta(seconds=5)


def test_the_heartbeat_is_among_the_registered_jobs():
    assert "config.tasks.send_heartbeat" in [job.name for job in scheduled_jobs()]
