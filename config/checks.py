"""System checks: combinations of settings that would lose work or open a door are refused."""

from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from coordination.services import rendering

PER_PROCESS_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")
SAFE_WEASYPRINT = 70


def check_time_limits(**kwargs: Any) -> list[CheckMessage]:
    """Each limit must leave the next one time to act (a second worker would start otherwise).

    The renderer's is that on the wall, which it meets last; Redis goes by its own option.
    """
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    limits = {
        f"RENDER_CPU_SECONDS and {rendering.WAITING_SECONDS} of waiting": rendering.wall_seconds(),
        "CELERY_TASK_SOFT_TIME_LIMIT": settings.CELERY_TASK_SOFT_TIME_LIMIT,
        "CELERY_TASK_TIME_LIMIT": settings.CELERY_TASK_TIME_LIMIT,
        "WORK_LEASE": settings.WORK_LEASE.total_seconds(),
        "BROKER_VISIBILITY_SECONDS": options.get(
            "visibility_timeout", settings.BROKER_VISIBILITY_SECONDS
        ),
    }
    return [
        Error(f"{name} ({limit}) must be less than {next_name} ({next_limit}).", id="portal.E001")
        for (name, limit), (next_name, next_limit) in pairwise(limits.items())
        if limit >= next_limit
    ]


def check_weasyprint(**kwargs: Any) -> list[CheckMessage]:
    """Before 70.0, a document could make WeasyPrint fetch what it must not (CVE-2026-55073)."""
    if int(version("weasyprint").partition(".")[0]) >= SAFE_WEASYPRINT:
        return []
    return [Error("WeasyPrint must be 70.0 or newer.", id="portal.E002")]


def check_cache(**kwargs: Any) -> list[CheckMessage]:
    """Rate limits count in the cache: each process would count for itself alone."""
    if not settings.CACHES["default"]["BACKEND"].endswith(PER_PROCESS_CACHES):
        return []
    return [
        Error("The default cache must be shared by all processes.", id="portal.E003"),
    ]


def check_sqlite(**kwargs: Any) -> list[CheckMessage]:
    """Transactions that take the write lock late fail at once when two of them meet."""
    database = settings.DATABASES["default"]
    options = database.get("OPTIONS", {})
    if "sqlite" not in database["ENGINE"] or options.get("transaction_mode") == "IMMEDIATE":
        return []
    return [Error("SQLite needs transaction_mode IMMEDIATE.", id="portal.E004")]


def check_private_files(**kwargs: Any) -> list[CheckMessage]:
    """Files that need a right must not lie where anyone may read."""
    media, static = Path(settings.MEDIA_ROOT).resolve(), Path(settings.STATIC_ROOT).resolve()
    if media != static and static not in media.parents:
        return []
    return [Error("MEDIA_ROOT must not lie in STATIC_ROOT.", id="portal.E005")]


def check_data_apart(**kwargs: Any) -> list[CheckMessage]:
    """The private storage holds what rows name, and nothing of the portal's own.

    What lies in it besides would be copied into every backup, the key and older backups included.
    """
    media = Path(settings.MEDIA_ROOT).resolve()
    inside = {"DATA_DIR": settings.DATA_DIR, "BACKUP_DIR": settings.BACKUP_DIR}
    return [
        Error(f"{name} must not lie in MEDIA_ROOT.", id="portal.E007")
        for name, directory in inside.items()
        if directory and media in {(place := Path(directory).resolve()), *place.parents}
    ]


def check_proxy(**kwargs: Any) -> list[CheckMessage]:
    """Gunicorn speaks no TLS, so a proxy stands before it, and its address is not the visitor's."""
    if not settings.BEHIND_TLS or settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return []
    return [
        Error(
            "PUBLIC_URL is https, but TRUSTED_PROXY_COUNT is 0: all would share one limit.",
            hint="Set TRUSTED_PROXY_COUNT to the number of your proxies before the portal.",
            id="portal.E006",
        )
    ]


def check_demo(**kwargs: Any) -> list[CheckMessage]:
    """The passwords of a demo are printed for everyone."""
    if not settings.DEMO:
        return []
    return [checks.Warning("DEMO is on: its accounts have known passwords.", id="portal.W001")]


AT_EVERY_START = {
    check_time_limits: Tags.compatibility,
    check_weasyprint: Tags.compatibility,
    check_cache: Tags.compatibility,
    check_sqlite: Tags.compatibility,
    check_private_files: Tags.security,
    check_data_apart: Tags.security,
}


def register_all() -> None:
    """Register the checks; those of a deployment run with `check --deploy` only."""
    for check, tag in AT_EVERY_START.items():
        register(check, tag)
    register(check_proxy, Tags.security, deploy=True)
    register(check_demo, Tags.security, deploy=True)


def refuse_what_is_unsafe() -> None:
    """End what starts without Django's own commands, and so without their checks.

    Raises SystemExit, which says what is wrong.
    """
    found = [each for check in AT_EVERY_START for each in check() if not each.is_silenced()]
    if found:
        raise SystemExit("\n".join(map(str, found)))
