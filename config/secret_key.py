"""The portal's secret key, where the environment does not give one."""

import contextlib
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def read_or_make_key(path: Path, *, allowed: bool) -> str:
    """Return the key kept at `path`, made there on first use and readable by its owner alone.

    Raise ImproperlyConfigured where a key of one's own is not `allowed`: several hosts on one
    database must share one, or each would refuse the sessions of the others.
    """
    if not allowed:
        raise ImproperlyConfigured(
            "Set SECRET_KEY: a portal with a database server needs the same key on every host."
        )
    if not path.exists():
        _make_key(path)
    return path.read_text()


def _make_key(path: Path) -> None:
    """Write a new key whole, and give way to a process that was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A temporary file is readable by its owner alone, and keeps that under its final name.
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
        draft.write(get_random_secret_key())
        draft.flush()
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft.name)
