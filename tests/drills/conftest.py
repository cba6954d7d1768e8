"""The drills (`make drill`): what takes long, needs root, or breaks a server; each of its own.

What a drill lacks is said loudly and, with REQUIRE_ALL=1, is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.portal import Demo, Portal, load_demo
from tests.drills.servers import Broker, PostgreSQL


def lacking(what: str) -> None:
    """End the drill, for want of something."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(f"NOT RUN: {what}")


@pytest.fixture(scope="session")
def server() -> PostgreSQL:
    """The PostgreSQL on which scratch databases come and go."""
    address, _, _name = os.environ.get("DATABASE_URL", "").rpartition("/")
    found = PostgreSQL(address)
    if not address.startswith("postgres") or not found.answers():
        lacking("PostgreSQL does not answer (DATABASE_URL=postgres://…).")
    return found


@pytest.fixture(scope="session")
def demo(server, tmp_path_factory) -> Iterator[Demo]:
    """The demo, loaded once for all drills."""
    directory = tmp_path_factory.mktemp("demo")
    name = server.make()
    try:
        load_demo(Portal(directory, database=server.url(name)))
        yield Demo(server, name, directory)
    finally:
        server.drop(name)


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    if not shutil.which("redis-server"):
        lacking("redis-server is not installed.")
    (tmp_path / "redis").mkdir()
    found = Broker(tmp_path / "redis")
    found.start()
    yield found
    found.kill()


@pytest.fixture
def portal(demo, broker, tmp_path) -> Iterator[Portal]:
    """A portal with the demo's data on servers of its own; the drill starts what it needs."""
    found = demo.copy(tmp_path, queue=broker.url)
    yield found
    demo.discard(found)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mounting, capture_output=True, check=False).returncode:
        lacking("Only root may mount a disk.")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
