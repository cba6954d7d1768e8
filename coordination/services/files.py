"""The one way in for files: vetted before anything is stored, kept under their hash (C5).

A form has `coordination.forms.files.UploadField`, whose value is a VettedFile; the service that
attaches it to a thing calls `store_file`. Who may open the thing is said by
`coordination.permissions.register_reader`.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import StoredFile, User
from coordination.services import confinement
from coordination.services.events import record
from coordination.services.refusals import Refusal
from coordination.services.storage import UPLOADS, keep, remove_others, sha256_of, write_once

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_name("vetting_script.py")
CPU_SECONDS, WALL_SECONDS, MEMORY_BYTES = 15, 30, 1024 * 1024 * 1024
# Each process opens so many files at a time: eight threads would take 8 GB and every processor from
# those who read. Whoever waits for a turn is told after a while.
AT_ONCE, TURN_SECONDS = 2, 30
_turns = threading.BoundedSemaphore(AT_ONCE)

# What one person may upload in a day and a night.
DAILY_BYTES = 500 * 1024 * 1024

NAME_LENGTH = 150
PICTURES = frozenset({"png", "jpg", "webp"})


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken: how it is called, served, and recognised by its first bytes."""

    name: str
    media_type: str
    magic: bytes = b""


OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "pdf": Kind("PDF", "application/pdf", b"%PDF-"),
    "png": Kind("PNG", "image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": Kind("JPEG", "image/jpeg", b"\xff\xd8\xff"),
    "webp": Kind("WebP", "image/webp", b"RIFF"),
    "csv": Kind("CSV", "text/csv"),
    "xlsx": Kind("XLSX", f"{OFFICE}.spreadsheetml.sheet", b"PK\x03\x04"),
    "docx": Kind("DOCX", f"{OFFICE}.wordprocessingml.document", b"PK\x03\x04"),
}

REASONS = {
    "pixels": _("The picture has more than 24 million pixels. Save it smaller and try again."),
    "macros": _("The file contains macros. Save it without them and try again."),
    "outside": _("The file loads parts from elsewhere. Save it with everything inside."),
    "parts": _("The file unpacks to more than the portal opens."),
}


class FileRefused(Refusal):
    """A file that the portal does not take; the sentence says why."""


@dataclass(frozen=True)
class VettedFile:
    """What may be stored; of a picture, the picture drawn anew, and a small one."""

    name: str
    media_type: str
    content: bytes
    small: bytes = b""

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def sha256(self) -> str:
        return sha256_of(self.content)


def vet_upload(upload: File[bytes], *, kinds: Collection[str] = KINDS) -> VettedFile:
    """Check that name, first bytes and content agree, and return what may be stored.

    ``kinds`` narrows what is taken here. Takes a moment, so it is called outside a transaction:
    `UploadField` does. Raises FileRefused.
    """
    name, extension = _clean_name(upload.name or "")
    kind = KINDS.get(extension)
    if kind is None or extension not in kinds:
        taken = ", ".join(KINDS[each].name for each in kinds)
        raise FileRefused(
            _(
                "Files of this kind are not taken. Those that are: %(kinds)s. Save it as one of "
                "them, and upload it again."
            )
            % {"kinds": taken}
        )
    if upload.size > settings.UPLOAD_MAX_BYTES:
        megabytes = settings.UPLOAD_MAX_BYTES // 1024**2
        raise FileRefused(_("The file is larger than %(size)s MB.") % {"size": megabytes})
    content = upload.read()
    if not content.startswith(kind.magic) or not content:
        raise _not_what_it_says(kind)
    answer = _examine(content, extension, kind)
    if extension not in PICTURES:
        return VettedFile(name, kind.media_type, content)
    end = 8 + int.from_bytes(answer[:8], "big")
    return VettedFile(name, kind.media_type, answer[8:end], small=answer[end:])


@transaction.atomic
def store_file(file: VettedFile, *, by: User, at: dt.datetime | None = None) -> StoredFile:
    """Keep the content and its row, within the transaction that attaches it to a thing.

    Raises FileRefused when ``by`` has uploaded too much since yesterday, or the storage fails.
    """
    now = at or timezone.now()
    # Of two uploads at the same moment, the second counts the first.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    since_yesterday = StoredFile.objects.filter(
        uploaded_by=by, uploaded_at__gt=now - dt.timedelta(days=1)
    )
    used = since_yesterday.aggregate(used=Sum("size"))["used"] or 0
    if used + len(file.content) > DAILY_BYTES:
        raise FileRefused(_("You have reached today’s limit of uploads. Go on tomorrow."))
    try:
        kept = keep(file.content, folder=UPLOADS, suffix=file.extension)
        if file.small:
            write_once(small_path(kept.path), file.small)
    except OSError as error:
        logger.exception("An upload could not be stored.")
        raise FileRefused(
            _("The file could not be stored: the portal’s disk may be full. Try again later.")
        ) from error
    stored = StoredFile.objects.create(
        path=kept.path,
        name=file.name,
        media_type=file.media_type,
        size=kept.size,
        sha256=kept.sha256,
        small_sha256=sha256_of(file.small) if file.small else "",
        uploaded_by=by,
        uploaded_at=now,
    )
    record("coordination.file_uploaded", stored, by=by, at=now)
    return stored


def remove_orphaned_uploads(*, at: dt.datetime | None = None) -> int:
    """Remove what forms that were refused or killed left behind a month ago; how many files."""
    paths = set(StoredFile.objects.values_list("path", flat=True))
    return remove_others(paths | {small_path(path) for path in paths}, folder=UPLOADS, at=at)


def small_path(path: str) -> str:
    """Where the small version of a stored picture lies; it is always a JPEG."""
    return f"{path.rpartition('.')[0]}-small.jpg"


def _examine(content: bytes, extension: str, kind: Kind) -> bytes:
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise FileRefused(_("Many files are coming in at the moment. Send it again in a minute."))
    try:
        return confinement.run(
            SCRIPT,
            content,
            arguments=[extension],
            cpu_seconds=CPU_SECONDS,
            wall_seconds=WALL_SECONDS,
            memory_bytes=MEMORY_BYTES,
        )
    except confinement.InputRefused as refused:
        if reason := REASONS.get(refused.complaint.rpartition("\n")[2]):
            raise FileRefused(reason) from refused
        raise _not_what_it_says(kind) from refused
    except confinement.ConfinedFailure as failure:
        raise FileRefused(_("The file could not be opened in the time allowed.")) from failure
    finally:
        _turns.release()


def _not_what_it_says(kind: Kind) -> FileRefused:
    said = _(
        "This is not a readable %(kind)s file. Save it as %(kind)s in the programme that made it, "
        "and upload it again."
    )
    return FileRefused(said % {"kind": kind.name})


def _clean_name(name: str) -> tuple[str, str]:
    """A name that is safe on every system, and its extension in lower case."""
    printable = "".join(c for c in unicodedata.normalize("NFC", name) if _is_printable(c))
    base = " ".join(printable.replace("\\", "/").rpartition("/")[2].split())
    stem, _dot, extension = base.rpartition(".")
    extension = {"jpeg": "jpg"}.get(extension.lower(), extension.lower())
    stem = stem.strip(". ")[: NAME_LENGTH - len(extension) - 1] or "file"
    return f"{stem}.{extension}", extension


def _is_printable(character: str) -> bool:
    """Neither a control sign, nor one that turns the direction of writing, nor half a surrogate."""
    return unicodedata.category(character)[0] != "C" and character not in '<>:"|?*'
