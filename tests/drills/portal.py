"""A portal of the drill's own: web, worker and scheduler by the commands of a deployment.

It holds the demo's people and data, and is in production otherwise: no demo, no debugging.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from config.demo.accounts import ACCOUNTS
from tests.drills.servers import PostgreSQL, wait_until
from tests.drills.visitor import Visitor
from tests.test_processes import descendants, free_port, is_alive

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 90
PASSWORDS = {account.email: account.password for account in ACCOUNTS}
# A demo's passwords open nothing elsewhere; a portal of a drill takes the same words.
KEEP_PASSWORDS = """
from coordination.models import User
for email, password in {passwords!r}.items():
    user = User.objects.get(email=email)
    user.set_password(password)
    user.save(update_fields=["password"])
"""


@dataclass
class Process:
    """One of the three, in a group of its own, with its log."""

    name: str
    running: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As the kernel does when memory runs out: no word, no cleaning up."""
        pids = descendants(self.running.pid)
        for pid in pids:
            if is_alive(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.running.wait()

    @property
    def is_up(self) -> bool:
        return self.running.poll() is None


class Portal:
    """A portal by its directory, its database and its queue."""

    def __init__(
        self,
        directory: Path,
        *,
        database: str = "",
        queue: str = "",
        media: Path | None = None,
        **more: str,
    ) -> None:
        self.directory, self.port = directory, free_port()
        self.media, self.mail = media or directory / "media", directory / "mail"
        self.address = f"http://127.0.0.1:{self.port}"
        self.database = database or f"sqlite:///{directory}/baraza.sqlite3"
        self.processes: list[Process] = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "DEMO": "0",
            "DEBUG": "0",
            "SECRET_KEY": "for this drill only",
            "DATA_DIR": str(directory),
            "MEDIA_ROOT": str(self.media),
            "DATABASE_URL": self.database,
            "REDIS_URL": queue,
            "EMAIL_URL": "filemail:",
            "EMAIL_FILE_PATH": str(self.mail),
            "PUBLIC_URL": self.address,
            "PORT": str(self.port),
            "MFA_REQUIRED": "0",
            "LOG_LEVEL": "INFO",
        } | more

    # --- Its processes ---

    def start_web(self, *, processes: int = 2) -> Process:
        command = ["-m", "gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi"]
        web = self._start("web", *command, WEB_CONCURRENCY=str(processes))
        wait_until("the portal answers", self.is_live, seconds=SECONDS_TO_START)
        return web

    def start_worker(self, **more: str) -> Process:
        return self._start("worker", "-m", "celery", "--quiet", "-A", "config", "worker", **more)

    def start_scheduler(self) -> Process:
        return self._start("scheduler", "manage.py", "scheduler")

    def start(self) -> None:
        self.start_web()
        self.start_worker()
        self.start_scheduler()

    def stop(self) -> None:
        for process in self.processes:
            if process.is_up:
                process.kill()
        self.processes.clear()

    def _start(self, name: str, *command: str, **more: str) -> Process:
        log = self.directory / f"{name}-{len(self.processes)}.log"
        with log.open("wb") as writing:
            running = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment | more,
                stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(Process(name, running, log))
        return self.processes[-1]

    def manage(self, *arguments: str, **more: str) -> str:
        """What a command of the portal said; a failure of it is one of the drill."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment | more,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    # --- What can be seen of it ---

    def memory(self, name: str) -> int:
        """The kilobytes that the processes of this name hold."""
        held = 0
        for root in (each.running.pid for each in self.processes if each.name == name):
            for pid in descendants(root):
                with contextlib.suppress(OSError):  # it has just been replaced
                    status = Path(f"/proc/{pid}/status").read_text()
                    held += sum(map(int, re.findall(r"VmRSS:\s+(\d+)", status)))
        return held

    def is_live(self) -> bool:
        with contextlib.suppress(OSError):
            return self.visitor().get("/livez").status == 200
        return False

    def red_parts(self) -> set[str]:
        """The parts that /readyz calls red."""
        found = re.findall(r'"(\w+)": \{"works": false', self.visitor().get("/readyz").text)
        return set(found)

    def visitor(self, key: str = "") -> Visitor:
        """Somebody at the portal; with the key of one of the demo's accounts, signed in."""
        visitor = Visitor(self.address)
        if key:
            visitor.sign_in(f"{key}@example.org", PASSWORDS[f"{key}@example.org"])
        return visitor

    def logs(self) -> str:
        return "".join(log.read_text() for log in sorted(self.directory.glob("*.log")))

    def letters(self, subject: str) -> int:
        """How many letters whose subject begins so have gone out."""
        files = sorted(self.mail.glob("*")) if self.mail.exists() else []
        written = "".join(file.read_text() for file in files).split(f"\n{'-' * 79}\n")
        letters = [email.message_from_string(text, policy=email.policy.default) for text in written]
        return sum(str(letter["Subject"]).strip().startswith(subject) for letter in letters)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, if any; ``%s`` stands for a value."""
        if self.database.startswith("sqlite"):
            statement = statement.replace("%s", "?")
        with self.connected() as connection:
            cursor = connection.cursor()
            cursor.execute(statement, *([values] if values else []))
            return list(cursor.fetchall()) if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:
        [(value,)] = self.rows(statement, *values)
        return value

    @contextlib.contextmanager
    def connected(self) -> Iterator[Any]:
        if self.database.startswith("sqlite"):
            connection = sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20)
        else:
            connection = psycopg2.connect(self.database)
        with contextlib.closing(connection):
            yield connection
            connection.commit()


@dataclass(frozen=True)
class Demo:
    """A loaded demo, from which portals are copied."""

    server: PostgreSQL
    name: str
    directory: Path

    def copy(self, directory: Path, *, queue: str, media: Path | None = None) -> Portal:
        """A portal of its own with the demo's people, data and files; nothing runs yet."""
        media = media or directory / "media"
        shutil.copytree(self.directory / "media", media, dirs_exist_ok=True)
        return Portal(
            directory,
            database=self.server.url(self.server.make(like=self.name)),
            queue=queue,
            media=media,
            STATIC_ROOT=str(self.directory / "static"),
        )

    def discard(self, portal: Portal) -> None:
        portal.stop()
        self.server.drop(portal.database.rpartition("/")[2])


def load_demo(portal: Portal) -> None:
    """Fill an empty portal with the demo, and let its people sign in."""
    portal.manage("migrate", "--verbosity", "0")
    portal.manage("createcachetable")
    portal.manage("load_reference")
    portal.manage("load_demo", DEMO="1")
    portal.manage("shell", "--no-imports", "-c", KEEP_PASSWORDS.format(passwords=PASSWORDS))
    portal.manage("collectstatic", "--no-input", "--verbosity", "0")
