"""`manage.py portal`: the whole portal on one machine, with one command."""

import errno
import fcntl
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.processes import Child, Family
from config.static_files import gather_static_files

# A worker that renders is given this long to finish; what it loses, the scheduler sends again.
PATIENCE_SECONDS = 20.0
HIGHEST_PORT = 65535
# In a container that is tried out, everything runs as root; it would stand below the accounts.
NOT_OF_THE_DEMO = "ignore:You're running the worker with superuser privileges"


class Command(BaseCommand):
    help = (
        "Bring the database up to date, then run web, worker and scheduler under one parent. "
        "The environment's HOST and PORT say where; Ctrl-C stops everything."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = os.environ.get("HOST", "127.0.0.1"), port_asked_for()
        refuse_taken_port(host, port)
        try:
            with self.alone_in(settings.DATA_DIR):
                prepare()
        except KeyboardInterrupt:
            raise CommandError("Stopped before it ran. The next start goes on from here.") from None
        # Whoever was waited for may have taken it.
        refuse_taken_port(host, port)
        stop = threading.Event()
        # A closed terminal (SIGHUP) must not leave children behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        family = Family(portal_processes(host, port))
        fallen = None
        try:
            family.start()
            self.stdout.write(welcome())
            while not stop.wait(0.5) and fallen is None:
                fallen = family.look_after()
        finally:
            family.stop(patience=PATIENCE_SECONDS)
        if fallen is not None:
            raise CommandError(f"The {fallen.name} ended by itself; its last lines say why.")
        self.stdout.write("The portal has stopped.")

    @contextmanager
    def alone_in(self, directory: Path) -> Iterator[None]:
        """Hold the directory: of two that start at once, one prepares the data, the other waits."""
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.stdout.write("Another start prepares the same data. This one waits for it …")
                self.stdout.flush()
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def port_asked_for() -> int:
    """Return the environment's PORT, or raise CommandError that says what a port is."""
    asked = os.environ.get("PORT") or "8000"
    if not (asked.isascii() and asked.isdecimal() and 0 < int(asked) <= HIGHEST_PORT):
        raise CommandError(
            f"PORT is a number from 1 to {HIGHEST_PORT}, such as PORT=8080, not {asked!r}."
        )
    return int(asked)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError, with what to do, when something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is taken by another program. "
                    f"Choose another by PORT, such as PORT={port + 1}."
                ) from None
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}") from None


def prepare() -> None:
    """Bring database and static files up to date; fill an empty demo."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_reference", verbosity=0)
    if not settings.DEBUG:
        gather_static_files()
    if settings.DEMO:
        # Loads an empty portal, finishes a load that was cut off, and keeps what was entered.
        call_command("load_demo")


def welcome() -> str:
    """Return what a person needs to begin: the address and, in a demo, the accounts."""
    lines = [f"The portal is at {settings.PUBLIC_URL}/ (Ctrl-C stops it)."]
    if settings.DEMO:
        from config.demo.accounts import describe_accounts  # noqa: PLC0415 - a demo's alone

        lines.append(describe_accounts())
    return "\n\n".join(lines)


def portal_processes(host: str, port: int) -> list[Child]:
    """Return the three processes, by the command lines that docker-compose.yml uses too."""
    python = [sys.executable, "-m"]
    return [
        Child(
            "web server",
            [*python, "gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi"],
            restarts=False,
            environment={"HOST": host, "PORT": str(port)},
        ),
        Child(
            "worker",
            [*python, "celery", "--quiet", "-A", "config", "worker"],
            environment={"PYTHONWARNINGS": NOT_OF_THE_DEMO},
        ),
        Child("scheduler", [sys.executable, "manage.py", "scheduler"]),
    ]
