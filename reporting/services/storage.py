"""What was made: kept under its hash, and compared with it before anyone gets it (R22)."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils.translation import gettext_lazy as _

from coordination.services.refusals import Refusal
from coordination.services.storage import Kept, digest_of, keep_made, remove_unnamed
from reporting import notifications
from reporting.models import EditionFile, ReviewFile

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


def refuse_damaged(file: EditionFile | ReviewFile) -> None:
    """Raise FileDamaged, and tell the secretariat, when it is lost or not what was made (R22).

    Raises StorageAway.
    """
    if digest_of(file.path) != file.sha256:
        logger.error("%s %s is damaged: %s", type(file).__name__, file.pk, file.path)
        notifications.tell_file_damaged(file)
        raise FileDamaged


def remove_orphans(*, at: dt.datetime | None = None) -> int:
    """Remove what killed or outrun workers left behind a day ago; how many files that were."""
    return remove_unnamed(EditionFile, folder=FOLDER, at=at)
