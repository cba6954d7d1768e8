"""The files of editions: kept under their hash, compared with it before anyone gets one (R22)."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils.translation import gettext_lazy as _

from coordination.services.refusals import Refusal
from coordination.services.storage import Kept, intact_content, keep_made, remove_unnamed
from reporting import notifications
from reporting.models import EditionFile

logger = logging.getLogger(__name__)

FOLDER = "reports"


class FileDamaged(Refusal):
    message = _(
        "This file is missing or is no longer what was made, and is not handed out. The "
        "secretariat has been told."
    )


def store_content(content: bytes, suffix: str) -> Kept:
    """Keep the content under its SHA-256. Raises StorageFailed; storing twice stores once."""
    return keep_made(content, folder=FOLDER, suffix=suffix)


def read_content(file: EditionFile) -> bytes:
    """What the file holds. Tells the secretariat and raises FileDamaged when it is not that."""
    content = intact_content(file.path, file.sha256)
    if content is None:
        logger.error("File %s of an edition is damaged: %s", file.pk, file.path)
        notifications.tell_file_damaged(file)
        raise FileDamaged
    return content


def remove_orphans(*, at: dt.datetime | None = None) -> int:
    """Remove what killed or outrun workers left behind a day ago; how many files that were."""
    return remove_unnamed(EditionFile, folder=FOLDER, at=at)
