"""Whether the portal can do its work, part by part: what /readyz answers."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config import heartbeat
from config.backups import last_proven
from config.celery import app


@dataclass(frozen=True)
class Finding:
    """One part of the portal, whether it works, and a word on it without any secret."""

    part: str
    works: bool
    detail: str


def examine() -> list[Finding]:
    """Return a finding for every part, whatever state the others are in."""
    parts: dict[str, Callable[[], tuple[bool, str]]] = {
        "database": _database,
        "migrations": _migrations,
        "broker": _broker,
        "queue": _queue,
        "scheduler": _scheduler,
        "disk": _disk,
        "files": _files,
        "backup": _backup,
    }
    return [_examine(part, look) for part, look in parts.items()]


def _examine(part: str, look: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        works, detail = look()
    except Exception as error:  # noqa: BLE001 - any failure is a finding, and the rest is still told
        return Finding(part, works=False, detail=type(error).__name__)
    return Finding(part, works, detail)


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, connection.vendor


def _migrations() -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return not waiting, f"{len(waiting)} to apply"


def _broker() -> tuple[bool, str]:
    with app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0.1, timeout=4)
        # A broker that hangs accepts the connection and answers nothing.
        broker.default_channel._size(app.conf.task_default_queue)  # noqa: SLF001 - no public way
    return True, "answers"


def _queue() -> tuple[bool, str]:
    """A heartbeat sent through the queue must come back, or no worker takes work."""
    answered = heartbeat.age(heartbeat.QUEUE_ANSWERED)
    if answered is None:
        return False, "no worker has answered yet"
    ago = int(answered.total_seconds())
    return answered < settings.READY_QUEUE_AGE, f"a worker answered {ago} s ago"


def _scheduler() -> tuple[bool, str]:
    last = heartbeat.age(heartbeat.SCHEDULER)
    if last is None:
        return False, "has not run yet"
    return last < settings.READY_SCHEDULER_AGE, f"ran {int(last.total_seconds())} s ago"


def _disk() -> tuple[bool, str]:
    free = min(
        shutil.disk_usage(directory).free // 2**20
        for directory in {Path(settings.DATA_DIR), Path(settings.MEDIA_ROOT)}
        if directory.exists()
    )
    return free >= settings.READY_DISK_FREE_MB, f"{free} MB free"


def _files() -> tuple[bool, str]:
    """A bucket must answer; that nothing lies under this name is an answer."""
    if not settings.MEDIA_S3_BUCKET:
        return True, "in a directory"
    default_storage.exists("readyz")
    return True, "the bucket answers"


def _backup() -> tuple[bool, str]:
    """The newest backup that was restored to a scratch place and compared, where one is due."""
    if settings.BACKUP_DIR is None:
        return True, "none is asked for"
    proven_at = last_proven(settings.BACKUP_DIR)
    if proven_at is None:
        return False, "none is proven"
    age = timezone.now() - proven_at
    return age < settings.READY_BACKUP_AGE, f"proven {age // timedelta(hours=1)} h ago"


def now() -> str:
    """Return the clock of this host, so that a skewed one shows."""
    return timezone.now().isoformat(timespec="seconds")
