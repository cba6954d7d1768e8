"""gunicorn: processes that answer people. Read by `-c python:config.gunicorn_conf`."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

# Before the settings are read: database statements of these processes are cut short, as a person
# waits for them.
os.environ["SERVES_PEOPLE"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.checks import refuse_what_is_unsafe
from config.garbage import search_seldom

# First of all: by this the settings are read, and what `.env` says is in the environment below.
loglevel = settings.LOG_LEVEL
logconfig_dict = settings.LOGGING

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))

# A request that takes longer has gone wrong; long work is the worker's.
timeout = 60
graceful_timeout = 15
# Now and then a process makes room for a new one, whatever it may have gathered. Seldom, as the new
# one has no page kept and is slow for a quarter of a minute; and hardly ever two at once.
max_requests = 50_000
max_requests_jitter = 50_000

# Heartbeats in memory: a slow disk must not look like a dead process.
shared_memory = Path("/dev/shm")  # noqa: S108 - a place, not a file of ours
worker_tmp_dir = str(shared_memory) if shared_memory.is_dir() else None

# Nothing may be steered from outside but by signals.
control_socket_disable = True

# The portal writes one line a request itself, without the secrets that addresses carry.
accesslog: str | None = None


def on_starting(server: Any) -> None:
    """Refuse unsafe settings; give all processes one directory to count requests in.

    It is empty at first (config.metrics).
    """
    refuse_what_is_unsafe()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="baraza-metrics-", dir=worker_tmp_dir
    )


def pre_fork(server: Any, worker: Any) -> None:
    """Give the process the first free place; who replaces another goes on counting in its file."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = min(set(range(len(taken) + 1)) - taken)


def post_fork(server: Any, worker: Any) -> None:
    os.environ["WEB_PLACE"] = str(worker.place)


def post_worker_init(worker: Any) -> None:
    search_seldom()


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
