"""What no other user of the host shall read: the database of SQLite, and letters as files."""

import contextlib
from pathlib import Path

# SQLite's log and index of it; those that it makes anew have the mode of the database.
_BESIDE = ("", "-wal", "-shm")


def make_database_private(name: str) -> None:
    """Make SQLite's file where there is none yet, and leave it to its owner alone.

    A database in memory has no file. Several processes may do this at once.
    """
    if name == ":memory:" or name.startswith("file:"):
        return
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Who may not make or narrow it is told so, if ever, when opening it.
    with contextlib.suppress(OSError):
        if not path.exists():
            path.touch(mode=0o600)
    for suffix in _BESIDE:
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).chmod(0o600)


def make_directory_private(path: Path) -> None:
    """Make the directory where there is none yet, and leave it to its owner alone."""
    path.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        path.chmod(0o700)
