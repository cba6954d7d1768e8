"""The one way in for files: vetted before anything is stored, kept under their hash (C5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from coordination.models import StoredFile, User
from coordination.permissions import register_reader
from coordination.services.refusals import Refusal

__all__ = ["FileRefused", "VettedFile", "register_reader", "store_file", "vet_upload"]


class FileRefused(Refusal):
    """A file that the portal does not take; the sentence says why."""


@dataclass(frozen=True)
class VettedFile:
    """What may be stored: for a picture, the picture drawn anew without its metadata."""

    name: str
    media_type: str
    content: bytes


def vet_upload(upload: UploadedFile) -> VettedFile:
    """The vetted file, or raise FileRefused. Takes a moment: call it outside a transaction."""
    raise NotImplementedError


def store_file(file: VettedFile, *, by: User, at: dt.datetime | None = None) -> StoredFile:
    """Keep the content and record it, within the transaction that attaches it to a thing."""
    raise NotImplementedError
