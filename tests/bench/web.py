"""The web process as it is deployed: how much memory it holds after many pages."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tests.bench.measure import Line
from tests.bench.pages import pages

ROUNDS = 20
MEBIBYTE = 1024
ROOT = Path(__file__).parents[2]


def memory_lines() -> Iterator[Line]:
    """The most that one process held while it answered every page many times."""
    with serving() as (address, process):
        for page in pages():
            cookie = page.client().cookies[settings.SESSION_COOKIE_NAME].value
            asked = urllib.request.Request(  # noqa: S310  # of our own process
                address + page.address,
                headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"},
            )
            for _round in range(ROUNDS):
                with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - of our own process
                    answer.read()
        peak = peak_memory(process)
    yield Line("web process: most memory held", peak, 200, f"{peak:.0f} MB", unit=" MB")


@contextlib.contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """gunicorn with one process: its address, and that process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    parent = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi"],
        env=os.environ | {"PORT": str(port), "WEB_CONCURRENCY": "1"},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/livez")
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        yield address, int(children[0])
    finally:
        parent.send_signal(signal.SIGTERM)
        parent.wait(30)


def wait_for(address: str) -> None:
    for _attempt in range(100):
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 - of our own process
            return
        time.sleep(0.1)
    raise SystemExit(f"{address} does not answer.")


def peak_memory(process: int) -> float:
    """The high-water mark of what the process held in memory, in megabytes."""
    said = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", said)[1]) / MEBIBYTE
