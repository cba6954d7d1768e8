"""The servers of a drill: databases that come and go, a Redis and a cluster to break.

Everything that is made here is of the drill's own and goes with it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import redis

from tests.test_processes import RedisServer, free_port


def wait_until(what: str, condition: Callable[[], object], *, seconds: float = 60) -> float:
    """How many seconds it took until the condition was true; AssertionError says what was not."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + seconds, f"Not within {seconds:g} s: {what}."
        time.sleep(0.1)
    return time.monotonic() - started


class PostgreSQL:
    """A server by its address, ``postgres://user@host:port``, on which databases come and go."""

    def __init__(self, address: str) -> None:
        self.address = address

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    def make(self, *, like: str = "template1") -> str:
        """Create a database like another, and return its name."""
        name = f"baraza_drill_{uuid.uuid4().hex[:8]}"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return name

    def drop(self, name: str) -> None:
        """Drop the database, and what a restore or a backup left beside it."""
        for suffix in ("", "_replaced", "_restoring"):
            self._do(f'DROP DATABASE IF EXISTS "{name}{suffix}" WITH (FORCE)')

    def answers(self) -> bool:
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(self.url("postgres"), connect_timeout=3).close()
            return True
        return False

    def _do(self, statement: str) -> None:
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


class Cluster(PostgreSQL):
    """A PostgreSQL of the drill's own, which may be killed."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        super().__init__(f"postgres://postgres@127.0.0.1:{self.port}")
        self.data = directory / "cluster"
        self.data.mkdir()
        self.data.chmod(0o700)
        self.owner: str | None = None
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            self.owner = "postgres"
            shutil.chown(self.data, self.owner)
            open_path_to(self.data, self.owner)
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync")
        self.start()

    @staticmethod
    def programs() -> Path | None:
        """Where initdb and pg_ctl are, which Debian keeps off the path."""
        return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)

    def start(self) -> None:
        """Begin, once what was killed before has let go of its memory."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.data}"
        arguments = ["--wait", "--log", str(self.data / "log"), "-o", options, "start"]
        wait_until("the cluster starts", lambda: self._try("pg_ctl", *arguments))

    def kill(self) -> None:
        """As when the machine goes: the postmaster and all its children, without a word."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        os.killpg(postmaster, signal.SIGKILL)

    def stop(self) -> None:
        self._run("pg_ctl", "--mode=immediate", "stop")

    def _try(self, program: str, *arguments: str) -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run(program, *arguments)
            return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [f"{self.programs()}/{program}", "-D", self.data, *arguments],
            user=self.owner, check=True, stdout=subprocess.DEVNULL, cwd=self.data,
        )  # fmt: skip


def open_path_to(directory: Path, owner: str) -> None:
    """Let another user go through the directories above, which are root's alone."""
    for parent in directory.parents:
        if parent.stat().st_uid == os.getuid() != pwd.getpwnam(owner).pw_uid:
            parent.chmod(parent.stat().st_mode | 0o011)


class Broker(RedisServer):
    """A Redis of the drill's own, which may be killed, hung and looked into."""

    def start(self) -> None:
        super().start()
        wait_until("Redis answers", self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(redis.ConnectionError):
            return bool(self.ask().ping())
        return False

    def ask(self, *, database: int = 0) -> redis.Redis:
        """A client of the queue's database, or of another; it may hear nothing for a minute."""
        return redis.Redis.from_url(self.url.removesuffix("0") + str(database), socket_timeout=60)

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """Accept connections and answer nothing for as long as the block takes."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
