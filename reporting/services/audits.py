"""Looking whether what was published is still what was made (R21, R22)."""

from __future__ import annotations

from collections.abc import Iterator

from reporting.models import Edition, EditionFile
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.rendering import render_pdf
from reporting.services.snapshots import Snapshot, canonical
from reporting.services.storage import intact_content, orphaned_paths
from reporting.services.workbooks import build_workbook

Kind = EditionFile.Kind


def findings(*, draw_again: bool = False) -> Iterator[str]:
    """Everything that is not as it was made, a sentence each; nothing when all is well.

    ``draw_again`` makes every file anew from its snapshot and compares the bytes.
    """
    for edition in made_editions():
        yield from findings_on(edition, draw_again=draw_again)
    for path in orphaned_paths():
        yield f"unknown: {path} belongs to no edition"


def made_editions() -> Iterator[Edition]:
    """Editions that have a snapshot and files."""
    made = Edition.objects.filter(state__in=[Edition.State.READY, Edition.State.PUBLISHED])
    named = made.select_related("report__mechanism", "report__period", "report__place")
    yield from named.prefetch_related("files").order_by("pk").iterator(chunk_size=20)


def findings_on(edition: Edition, *, draw_again: bool) -> Iterator[str]:
    """What is wrong with one edition, its snapshot first."""
    snapshot = Snapshot(edition.snapshot.encode())
    if snapshot.sha256 != edition.snapshot_sha256:
        yield f"changed: the snapshot of {edition}"
        return
    if canonical(snapshot.contents) != snapshot.canonical:
        yield f"not canonical: the snapshot of {edition}"
    fresh = drawn_again(snapshot) if draw_again else {}
    for file in edition.files.all():
        content = intact_content(file)
        if content is None:
            yield f"missing or changed: {file.name} ({file.path})"
        elif file.kind == Kind.JSON and file.sha256 != edition.snapshot_sha256:
            yield f"not the snapshot: {file.name}"
        elif file.kind in fresh and fresh[file.kind] != content:
            yield f"drawn again, it differs: {file.name}"


def drawn_again(snapshot: Snapshot) -> dict[str, bytes]:
    """The files that the snapshot gives today."""
    pages = draw_pages(snapshot, pictures_of(snapshot))
    return {
        Kind.PDF: render_pdf(pages, moment=snapshot.cut_off),
        Kind.XLSX: build_workbook(snapshot),
    }
