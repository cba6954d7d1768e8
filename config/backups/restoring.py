"""Restoring a backup: compared beside the portal's database first, and put in its place last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from coordination.services.storage import ASIDE

from .engines import engine
from .manifest import (
    MEDIA,
    BackupRefused,
    Manifest,
    check_backup,
    differing,
    digest,
    names_below,
)


def restore_backup(directory: Path, *, replace: bool = False) -> Manifest:
    """Put the backup in the place of database and files, and return what it says of itself.

    Stop web, worker and scheduler before. Files that the backup does not know stay for a while.
    Raise BackupRefused when it is damaged, of the other engine or of a newer release, or when
    there are people in the portal and `replace` was not said; then nothing was touched.
    """
    manifest = check_backup(directory)
    _refuse_strange(manifest)
    if not replace and has_people():
        raise BackupRefused(
            "This portal has people in it. To put the backup in its place: --replace"
        )
    with engine().loaded(directory) as copy:
        if wrong := differing(manifest.tables, copy.count()):
            raise BackupRefused(f"{directory}, restored, differs in {', '.join(wrong)}.")
        # Files first: no row may name a file that is not there yet.
        _put_files_in_place(directory, manifest)
        copy.put_in_place()
    return manifest


def has_people() -> bool:
    """Return whether anybody would be lost; an empty database has not even the table."""
    try:
        return get_user_model().objects.exists()
    except DatabaseError:
        return False


def _refuse_strange(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        raise BackupRefused(
            f"The backup is of {manifest.engine}, and DATABASE_URL of {connection.vendor}."
        )
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    newer = set(manifest.migrations) - {f"{app}.{name}" for app, name in known}
    if newer:
        raise BackupRefused(
            f"The backup is of a newer release ({manifest.release}): this one does not know "
            f"{', '.join(sorted(newer)[:5])}."
        )


def _put_files_in_place(directory: Path, manifest: Manifest) -> None:
    """Bring each file that is not there as it was; a damaged one is replaced."""
    for name, sha256 in manifest.files.items():
        folder, _, path = name.partition("/")
        target = Path(settings.MEDIA_ROOT) / path
        if folder != MEDIA or (target.exists() and digest(target) == sha256):
            continue
        target.parent.mkdir(
            parents=True, exist_ok=True, mode=settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS
        )
        aside = target.with_name(f"{ASIDE}{target.name}")
        shutil.copyfile(directory / name, aside)
        aside.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        aside.replace(target)
    for path in names_below(Path(settings.MEDIA_ROOT)):
        if f"{MEDIA}/{path}" not in manifest.files:
            # Its row may be gone now. The sweep of such files counts its term from here.
            os.utime(Path(settings.MEDIA_ROOT) / path)
