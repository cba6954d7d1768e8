"""Backups that are whole or not there, and that are checked before they replace anything.

A backup is a directory: the database, the files, and a manifest with the SHA-256 of each. The
database is copied first. Files are never changed and never taken away, so every file that the
copied rows name is among the files copied after it.
"""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

MANIFEST = "manifest.json"
SQLITE_FILE = "database.sqlite3"
POSTGRESQL_FILE = "database.dump"
MEDIA = "media"


class BackupRefused(Exception):
    """A backup that cannot be made or restored; the sentence says why."""


@dataclass(frozen=True)
class Backup:
    """A finished backup: where it lies, how many files it holds, and their size in bytes."""

    directory: Path
    files: int
    size: int


def make_backup(into: Path, *, at: datetime) -> Backup:
    """Copy database and files into a new directory below `into`, and return it.

    Raise BackupRefused when the database's own tool fails; then nothing is left behind.
    """
    final = into / f"baraza-{at:%Y%m%dT%H%M%SZ}"
    draft = into / f".{final.name}.unfinished"
    draft.mkdir(parents=True, mode=0o700)
    try:
        _dump_database(draft)
        if not settings.MEDIA_S3_BUCKET and Path(settings.MEDIA_ROOT).exists():
            shutil.copytree(
                settings.MEDIA_ROOT, draft / MEDIA, ignore=shutil.ignore_patterns(".writing-*")
            )
        digests = _digests(draft)
        manifest = {"at": at.isoformat(), "engine": connection.vendor, "sha256": digests}
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1))
        _bring_to_disk(draft)
        draft.rename(final)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Backup(final, len(digests), sum((final / name).stat().st_size for name in digests))


def check_backup(directory: Path) -> dict[str, Any]:
    """Return the manifest of an undamaged backup; otherwise raise BackupRefused."""
    try:
        manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text())
    except FileNotFoundError:
        raise BackupRefused(f"{directory} is not a backup: it has no {MANIFEST}.") from None
    found = _digests(directory)
    found.pop(MANIFEST)
    wrong = [
        name
        for name in sorted(found.keys() | manifest["sha256"].keys())
        if found.get(name) != manifest["sha256"].get(name)
    ]
    if wrong:
        raise BackupRefused(f"{directory} is damaged: {', '.join(wrong[:5])}.")
    return manifest


def restore_backup(directory: Path) -> None:
    """Put the backup in the place of database and files. Stop web, worker and scheduler before.

    Raise BackupRefused when it is damaged or of the other engine; then nothing was touched.
    """
    manifest = check_backup(directory)
    if manifest["engine"] != connection.vendor:
        raise BackupRefused(
            f"The backup is of {manifest['engine']}, and DATABASE_URL of {connection.vendor}."
        )
    _load_database(directory)
    if (directory / MEDIA).exists():
        # Names derive from contents: a file that lies there already is the same file.
        shutil.copytree(directory / MEDIA, settings.MEDIA_ROOT, dirs_exist_ok=True)


def _dump_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target / SQLITE_FILE)])
    else:
        _run_tool("pg_dump", "--format=custom", "--no-owner", f"--file={target / POSTGRESQL_FILE}")


def _load_database(source: Path) -> None:
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        connection.close()
        draft = database.with_suffix(".restoring")
        shutil.copyfile(source / SQLITE_FILE, draft)
        # Of the old database; the new one must not be read with them.
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        draft.replace(database)
    else:
        connection.close()
        _run_tool(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            str(source / POSTGRESQL_FILE),
        )


def _run_tool(tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL on the portal's database, the password not on its command line."""
    database = connection.settings_dict
    environment = os.environ | {
        "PGHOST": database["HOST"] or "",
        "PGPORT": str(database["PORT"] or ""),
        "PGUSER": database["USER"] or "",
        "PGPASSWORD": database["PASSWORD"] or "",
        "PGDATABASE": database["NAME"],
    }
    if tool == "pg_restore":
        arguments = (f"--dbname={database['NAME']}", *arguments)
    try:
        subprocess.run(  # noqa: S603 - our own command line
            [tool, *arguments], env=environment, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise BackupRefused(f"{tool} is not installed (Debian: postgresql-client).") from None
    except subprocess.CalledProcessError as error:
        raise BackupRefused(f"{tool} failed: {error.stderr.strip()[-500:]}") from error


def _digests(directory: Path) -> dict[str, str]:
    """Return the SHA-256 of each file, by its name relative to the directory."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    digests = {}
    for path in files:
        with path.open("rb") as file:
            digests[str(path.relative_to(directory))] = hashlib.file_digest(
                file, "sha256"
            ).hexdigest()
    return digests


def _bring_to_disk(directory: Path) -> None:
    for path in [*directory.rglob("*"), directory]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
