"""Making a backup: copy, restore to a scratch place, compare, and only then give it its name."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.verification import models_of_files
from coordination.models import StoredFile
from coordination.services.files import small_path
from coordination.services.storage import ASIDE

from .engines import Copy, engine
from .manifest import (
    MEDIA,
    BackupRefused,
    Manifest,
    Tables,
    check_backup,
    differing,
    digest,
    names_below,
)

CHUNK = 2**20


@dataclass(frozen=True)
class Backup:
    """A proven backup: where it lies, how many files it holds, and their size in bytes.

    `faults` names files of the portal that were not what their rows say when they were copied.
    """

    directory: Path
    files: int
    size: int
    faults: list[str]


def make_backup(into: Path, *, at: datetime) -> Backup:
    """Copy database and files into a new directory below `into`, prove the copy, and return it.

    Raise BackupRefused when a tool fails or the copy, restored, is not the same; then nothing is
    left behind.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    final = into / f"baraza-{at:%Y%m%dT%H%M%SZ}"
    draft = into / f".{final.name}.unfinished"
    with _alone_in(into):
        for left_behind in into.glob(".baraza-*.unfinished"):
            shutil.rmtree(left_behind)
        draft.mkdir(mode=0o700)
        try:
            manifest = _copy(draft, at=at)
            _bring_to_disk(draft)
            check_backup(draft)
            draft.rename(final)
            _sync(into)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    size = sum((final / name).stat().st_size for name in manifest.files)
    return Backup(final, len(manifest.files), size, manifest.faults)


def prune_backups(into: Path, *, keep: int) -> list[Path]:
    """Remove all but the `keep` newest backups, and return those removed.

    Each first loses its name, so that none that is half removed looks like a backup.
    """
    old = sorted(into.glob("baraza-*Z"))[:-keep]
    for backup in old:
        going = backup.with_name(f".{backup.name}.unfinished")
        backup.rename(going)
        shutil.rmtree(going)
    return old


def _copy(draft: Path, *, at: datetime) -> Manifest:
    """Fill the directory, compare what it restores to with what was copied, and describe it."""
    tables: Tables = engine().copy_database(draft)
    media = {} if settings.MEDIA_S3_BUCKET else _copy_media(draft / MEDIA)
    with engine().loaded(draft) as copy:
        if wrong := differing(tables, copy.count()):
            raise BackupRefused(f"The copy, restored, differs in {', '.join(wrong)}.")
        faults = [] if settings.MEDIA_S3_BUCKET else _faults(copy, media)
    manifest = Manifest(
        at=at,
        engine=connection.vendor,
        release=_release(),
        media=settings.MEDIA_S3_BUCKET or MEDIA,
        migrations=[f"{app}.{name}" for app, name in sorted(_applied())],
        tables=tables,
        files={engine().FILE: digest(draft / engine().FILE)}
        | {f"{MEDIA}/{path}": sha256 for path, sha256 in media.items()},
        faults=faults,
    )
    manifest.write(draft)
    return manifest


def _copy_media(target: Path) -> dict[str, str]:
    """Copy the private files; return the SHA-256 of each as it was read, by its path."""
    source = Path(settings.MEDIA_ROOT)
    digests = {}
    for path in list(names_below(source)):
        if Path(path).name.startswith(ASIDE):
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            digests[path] = _copy_file(source / path, target / path)
        except FileNotFoundError:
            continue  # what no row names any more is removed by the clock
    return digests


def _copy_file(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
    return digest.hexdigest()


def _faults(copy: Copy, media: dict[str, str]) -> list[str]:
    """Name what the copied rows name and the copied files do not hold."""
    named = {
        pair
        for model in models_of_files()
        for pair in copy.pairs(model._meta.db_table, "path", "sha256")
    }
    pictures = copy.pairs(StoredFile._meta.db_table, "path", "small_sha256")
    named |= {(small_path(path), sha256) for path, sha256 in pictures if sha256}
    return [
        f"{'changed' if path in media else 'missing'}: {path}"
        for path, sha256 in sorted(named)
        if media.get(path) != sha256
    ]


def _applied() -> list[tuple[str, str]]:
    return list(MigrationRecorder(connection).applied_migrations())


def _release() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Hold the directory. Raise BackupRefused while another backup is made in it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupRefused(f"Another backup is being made in {directory}.") from None
    finally:
        os.close(descriptor)


def _bring_to_disk(directory: Path) -> None:
    for path in [*directory.rglob("*"), directory]:
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
