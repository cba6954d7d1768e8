"""What a backup says of itself, and whether that is still true."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

MANIFEST = "manifest.json"
MEDIA = "media"
FORMAT = 2


class BackupRefused(Exception):
    """A backup that cannot be made or restored; the sentence says why."""


@dataclass(frozen=True)
class Table:
    """How many rows a table has, and a sum over their contents in whatever order they lie."""

    rows: int
    checksum: str


Tables = dict[str, Table]


@dataclass(frozen=True)
class Manifest:
    """The moment of the copy, what it was made by, and all that is in it.

    `media` says where the private files are: in here, or in a bucket that has backups of its own.
    `faults` names what was wrong with the portal's own files when they were copied: the copy is
    true, and the portal is not whole.
    """

    at: datetime
    engine: str
    release: str
    media: str
    migrations: list[str]
    tables: Tables
    files: dict[str, str]
    faults: list[str] = field(default_factory=list)
    format: int = FORMAT

    def write(self, directory: Path) -> None:
        text = json.dumps(asdict(self), default=datetime.isoformat, indent=1, ensure_ascii=False)
        (directory / MANIFEST).write_text(text)


def read_manifest(directory: Path) -> Manifest:
    """Return what the backup says of itself. Raise BackupRefused where that cannot be read."""
    try:
        said = json.loads((directory / MANIFEST).read_text())
    except FileNotFoundError:
        raise BackupRefused(f"{directory} is not a backup: it has no {MANIFEST}.") from None
    except ValueError:
        raise BackupRefused(f"{directory} is damaged: {MANIFEST} cannot be read.") from None
    if said.get("format") != FORMAT:
        raise BackupRefused(f"{directory} is of another format than this version reads.")
    said["at"] = datetime.fromisoformat(said["at"])
    said["tables"] = {name: Table(**table) for name, table in said["tables"].items()}
    return Manifest(**said)


def check_backup(directory: Path) -> Manifest:
    """Return the manifest of an undamaged backup; otherwise raise BackupRefused."""
    manifest = read_manifest(directory)
    found = {name: digest(directory / name) for name in names_below(directory)}
    found.pop(MANIFEST)
    wrong = differing(manifest.files, found)
    if wrong:
        raise BackupRefused(f"{directory} is damaged: {', '.join(wrong[:5])}.")
    return manifest


def last_proven(directory: Path) -> datetime | None:
    """Return the moment of the newest backup in the directory that is without fault, or None.

    A backup bears its name only once it was proven; the files are not read again here.
    """
    for backup in sorted(directory.glob("baraza-*Z"), reverse=True):
        try:
            manifest = read_manifest(backup)
        except (BackupRefused, OSError):
            continue
        if not manifest.faults:
            return manifest.at
    return None


def names_below(directory: Path) -> Iterator[str]:
    """Return the names of all files, relative to the directory, in order."""
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            yield path.relative_to(directory).as_posix()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """Return the names that the two know differently, or only one of them knows."""
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
