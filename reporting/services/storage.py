"""The files of editions: kept under their hash, compared with it before anyone gets one (R22)."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.services.refusals import Refusal
from coordination.services.storage import Kept, keep, stored_paths
from reporting import notifications
from reporting.models import EditionFile

logger = logging.getLogger(__name__)

FOLDER = "reports"
# No worker is at work on one file for so long: what no row names by then, nobody will name.
ORPHANED_AFTER = dt.timedelta(days=1)


class StorageFailed(Exception):
    """The content could not be stored; nothing stands under its name."""


class FileDamaged(Refusal):
    message = _(
        "This file is missing or is no longer what was made, and is not handed out. The "
        "secretariat has been told."
    )


def store_content(content: bytes, suffix: str) -> Kept:
    """Keep the content under its SHA-256. Raises StorageFailed; storing twice stores once."""
    try:
        return keep(content, folder=FOLDER, suffix=suffix)
    except OSError as error:
        raise StorageFailed(str(error)) from error


def read_content(file: EditionFile) -> bytes:
    """What the file holds. Tells the secretariat and raises FileDamaged when it is not that."""
    content = intact_content(file)
    if content is None:
        logger.error("File %s of an edition is damaged: %s", file.pk, file.path)
        notifications.tell_file_damaged(file)
        raise FileDamaged
    return content


def intact_content(file: EditionFile) -> bytes | None:
    """What the file holds; None when it is missing or differs from the hash of its row."""
    try:
        with default_storage.open(file.path) as stream:
            content = bytes(stream.read())
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == file.sha256 else None


def orphaned_paths() -> Iterator[str]:
    """Paths in the storage of editions that no edition names."""
    named = set(EditionFile.objects.values_list("path", flat=True))
    yield from (path for path in stored_paths(FOLDER) if path not in named)


def remove_orphans(*, at: dt.datetime | None = None) -> int:
    """Remove what killed or outrun workers left behind a day ago; how many files that were."""
    limit = (at or timezone.now()) - ORPHANED_AFTER
    old = [path for path in orphaned_paths() if default_storage.get_modified_time(path) < limit]
    for path in old:
        default_storage.delete(path)
    return len(old)
