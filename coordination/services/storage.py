"""Private storage by content: a file lies under its hash, whole or not at all, unchanged (M25)."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from coordination.models import MadeFile

# No worker is at work on one file for so long: what no row names by then, nobody will name.
ORPHANED_AFTER = dt.timedelta(days=1)
# An upload cannot be made again, and a restore takes away the rows of those since the backup.
UPLOADS = "uploads"
UPLOADS_ORPHANED_AFTER = dt.timedelta(days=30)
ASIDE = ".writing-"
KEPT_NAME = re.compile(r"([0-9a-f]{64})(-small)?\.[a-z0-9]+")


class StorageAway(OSError):
    """What keeps the files does not answer; whether they are there nobody knows."""


class StorageFailed(Exception):
    """The content could not be stored; nothing stands under its name."""


class ContentLost(Exception):
    """What was frozen for something to be made of is missing, or no longer what it was."""


@dataclass(frozen=True)
class Kept:
    """Where content lies in the storage, its hash in hexadecimal, and its size in bytes."""

    path: str
    sha256: str
    size: int


def keep(content: bytes, *, folder: str, suffix: str) -> Kept:
    """Store ``content`` as "<folder>/ab/abcd….<suffix>" and tell where; the same content once.

    A transaction that is rolled back afterwards leaves a file that nothing names, and no harm.
    Raises OSError when the disk is full or the storage away.
    """
    digest = sha256_of(content)
    path = f"{folder}/{digest[:2]}/{digest}.{suffix}"
    write_once(path, content)
    return Kept(path, digest, len(content))


def keep_made(content: bytes, *, folder: str, suffix: str) -> Kept:
    """Keep what a worker made, under its SHA-256; the same content once. Raises StorageFailed."""
    try:
        return keep(content, folder=folder, suffix=suffix)
    except OSError as error:
        raise StorageFailed(str(error)) from error


def intact_content(path: str, sha256: str) -> bytes | None:
    """What lies at ``path``; None when it is missing or differs from its hash.

    Raises StorageAway.
    """
    try:
        with default_storage.open(path) as stream:
            content = bytes(stream.read())
    except StorageAway:
        raise
    except OSError:
        return None
    return content if sha256_of(content) == sha256 else None


def remove_unnamed(files: type[MadeFile], *, folder: str, at: dt.datetime | None = None) -> int:
    """Remove what lies in ``folder`` for a day and no row of ``files`` names; how many it was."""
    named = set(files._default_manager.values_list("path", flat=True))
    return remove_others(named, folder=folder, at=at)


def remove_others(named: Collection[str], *, folder: str, at: dt.datetime | None = None) -> int:
    """Remove what lies unnamed in ``folder`` for so long that nobody will name it; how many."""
    now = at or timezone.now()
    removed = 0
    for path in list(stored_paths(folder)):
        # Looked at one by one, as late as can be: whoever keeps the same content again renews it.
        with contextlib.suppress(FileNotFoundError):
            if path not in named and not _is_young(path, now):
                default_storage.delete(path)
                removed += 1
    return removed


def awaits_its_row(path: str, *, at: dt.datetime | None = None) -> bool:
    """Whether the clock will still remove ``path``, should no row come to name it.

    Such is what was lately written here, under the hash of its content or aside of that: by a
    transaction that goes on, was taken back or was killed. Whatever else no row names was put there
    by somebody else.
    """
    name = Path(path).name
    try:
        if not _is_young(path, at or timezone.now()):
            return False
    except FileNotFoundError:
        return True  # removed, or renamed, since it was seen
    if name.startswith(ASIDE):
        return True
    kept = KEPT_NAME.fullmatch(name)
    # The name of a small picture is that of the large one, whose content it is not.
    return kept is not None and (bool(kept[2]) or digest_of(path) == kept[1])


def _is_young(path: str, now: dt.datetime) -> bool:
    is_upload = path.startswith(f"{UPLOADS}/") and not Path(path).name.startswith(ASIDE)
    term = UPLOADS_ORPHANED_AFTER if is_upload else ORPHANED_AFTER
    return bool(default_storage.get_modified_time(path) >= now - term)


def write_once(path: str, content: bytes) -> None:
    """Write ``content`` to ``path``, whose name derives from it, unless it lies there already.

    What lies there and has rotted is written anew. What is whole counts as written now: a row will
    name it, and until then no sweep may remove it.
    """
    try:
        target = Path(default_storage.path(path))
    except NotImplementedError:
        _write_object(path, content)
        return
    if target.exists() and digest_of(path) == sha256_of(content):
        os.utime(target)
        return
    target.parent.mkdir(
        parents=True, exist_ok=True, mode=settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS
    )
    _replace(target, content)


def _write_object(path: str, content: bytes) -> None:
    """Store it where no file system is: such a storage shows an object whole or not at all.

    Also over what lies there: to read it for a comparison costs as much, and its age is renewed.
    """
    try:
        default_storage.save(path, ContentFile(content))
    except Exception as error:
        # Each such storage has failures of its own; to whoever waits it is a disk that fails.
        raise OSError(str(error)) from error


def stored_paths(folder: str = "") -> Iterator[str]:
    """Every path in the private storage below ``folder``, in order."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    inside = f"{folder}/" if folder else ""
    yield from (f"{inside}{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from stored_paths(f"{inside}{name}")


def sha256_of(content: bytes) -> str:
    """Its SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: str) -> str | None:
    """The SHA-256 of what lies at ``path``, in hexadecimal; None when it cannot be read.

    Raises StorageAway.
    """
    try:
        with default_storage.open(path) as file:
            digest = hashlib.sha256()
            for chunk in file.chunks():
                digest.update(chunk)
    except StorageAway:
        raise
    except OSError:
        return None
    return digest.hexdigest()


def is_damaged(path: str, sha256: str) -> bool:
    """Whether what lies at ``path`` is something else than it was; what is lost is not found."""
    return digest_of(path) not in {None, sha256}


def _replace(target: Path, content: bytes) -> None:
    """Write aside, bring it to the disk, rename: a reader sees all of the file or none of it."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=ASIDE, delete=False) as aside:
        try:
            aside.write(content)
            aside.flush()
            os.fchmod(aside.fileno(), settings.FILE_UPLOAD_PERMISSIONS)
            os.fsync(aside.fileno())
            Path(aside.name).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(aside.name).unlink()
            raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
