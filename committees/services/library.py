"""The library: documents with their versions, which are never changed and never deleted (R19)."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Access, Body, Document, DocumentVersion
from coordination.models import Mechanism, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import EditedMeanwhile, Refusal


class BodyMissing(Refusal):
    message = _("Say on which body one must sit to read it.")


class SameFile(Refusal):
    message = _("This is the file of the newest version already.")


class DocumentContent(TypedDict):
    """What is told of a document, its file apart."""

    title: str
    kind: str
    access: str
    body: Body | None
    place: Place | None
    dated_on: dt.date | None
    for_year: dt.date | None
    summary: str


@transaction.atomic
def add_document(
    mechanism: Mechanism,
    *,
    by: User,
    file: VettedFile,
    at: dt.datetime | None = None,
    **content: Unpack[DocumentContent],
) -> Document:
    """A document with its first version. A form that was sent twice gives it again.

    Raises BodyMissing.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    same = DocumentVersion.objects.filter(
        document__mechanism=mechanism, document__title=content["title"],
        document__body=content["body"], number=1, added_by=by, file__sha256=file.sha256,
    )  # fmt: skip
    if there := same.select_related("document").first():
        return there.document
    document = Document(mechanism=mechanism, **content)
    _guard_access(document)
    document.full_clean()
    document.save()
    _keep(document, 1, file, note="", by=by, at=now)
    changes = changes_between({}, document_in_words(document))
    record("committees.document_added", document, by=by, changes=changes, at=now)
    return document


@transaction.atomic
def edit_document(
    document: Document,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[DocumentContent],
) -> Document:
    """The document as described now; its versions stay.

    Raises BodyMissing, or EditedMeanwhile when it is no longer the version that ``by`` saw.
    """
    document = _lock(document)
    if document.version != seen_version:
        raise EditedMeanwhile
    before = document_in_words(document)
    for name, value in content.items():
        setattr(document, name, value)
    _guard_access(document)
    document.version += 1
    document.full_clean()
    document.save(update_fields=[*content, "version"])
    changes = changes_between(before, document_in_words(document))
    record("committees.document_edited", document, by=by, changes=changes, at=at)
    return document


@transaction.atomic
def add_version(
    document: Document,
    *,
    by: User,
    file: VettedFile,
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> DocumentVersion:
    """The document's next version; papers that pinned one before keep it (R19).

    The same file sent twice gives the version again. Raises SameFile where it was another's, or
    DoneMeanwhile after what was ``seen``.
    """
    now = at or timezone.now()
    document = _lock(document)
    newest = document.versions.select_related("file").order_by("-number").first()
    if newest is not None and newest.file.sha256 == file.sha256:
        if newest.added_by_id == by.pk:
            return newest
        raise SameFile
    guard_seen(document, seen=seen)
    number = newest.number + 1 if newest else 1
    version = _keep(document, number, file, note=note.strip(), by=by, at=now)
    changes: dict[str, list[Any]] = {"number": [number - 1 or None, number]}
    record("committees.document_renewed", document, by=by, changes=changes, note=note, at=now)
    return version


def document_in_words(document: Document) -> dict[str, Any]:
    """What is told of it as people read it, for the record."""
    return {
        "title": document.title,
        "kind": str(document.get_kind_display()),
        "access": str(document.get_access_display()),
        "body": str(document.body) if document.body else None,
        "place": str(document.place) if document.place else None,
        "dated_on": document.dated_on,
        "for_year": document.year_label,
        "summary": document.summary,
    }


def _lock(document: Document) -> Document:
    rows = Document.objects.select_related("mechanism__calendar", "body", "place")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=document.pk)


def _guard_access(document: Document) -> None:
    if document.access == Access.BODY and document.body is None:
        raise BodyMissing


def _keep(
    document: Document, number: int, file: VettedFile, *, note: str, by: User, at: dt.datetime
) -> DocumentVersion:
    version = DocumentVersion(
        document=document, number=number, file=store_file(file, by=by, at=at), note=note,
        added_by=by, added_at=at,
    )  # fmt: skip
    version.full_clean()
    version.save()
    return version
