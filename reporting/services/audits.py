"""Looking whether editions are still what was made, and totals what adds up (R3, R21, R22)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from coordination.models import Organisation, Period, Place
from coordination.services.rendering import render_pdf
from coordination.services.snapshots import Snapshot, canonical
from reporting.models import Edition, EditionFile
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.totals import Discrepancy, Sums, verify_totals
from reporting.services.workbooks import build_workbook
from workplans.models import Category, IndicatorVersion

Kind = EditionFile.Kind


def edition_findings(*, draw_again: bool = False) -> Iterator[str]:
    """Every edition that is not as it was compiled, a line each; nothing when all is well.

    ``draw_again`` makes every file anew from its snapshot and compares the bytes.
    """
    for edition in made_editions():
        yield from findings_on(edition, draw_again=draw_again)


def figure_findings(*, mend: bool = False) -> Iterator[str]:
    """Every running total that is not what its raw values add up to, a line each.

    ``mend`` puts right what differs.
    """
    versions = IndicatorVersion.objects.select_related("indicator__mechanism").order_by("pk")
    for version in versions.iterator():
        yield from told(version, verify_totals(version, mend=mend))


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
        if file.kind == Kind.JSON and file.sha256 != edition.snapshot_sha256:
            yield f"not the snapshot: {file.name}"
        elif file.kind in fresh and hashlib.sha256(fresh[file.kind]).hexdigest() != file.sha256:
            yield f"drawn again, it differs: {file.name}"


def drawn_again(snapshot: Snapshot) -> dict[str, bytes]:
    """The files that the snapshot gives today."""
    pages = draw_pages(snapshot, pictures_of(snapshot))
    return {
        Kind.PDF: render_pdf(pages, moment=snapshot.cut_off),
        Kind.XLSX: build_workbook(snapshot),
    }


def told(version: IndicatorVersion, wrong: list[Discrepancy]) -> list[str]:
    """One line for each total that differs, in words."""
    places = Place.objects.in_bulk([each.key.place for each in wrong])
    periods = Period.objects.in_bulk([each.key.period for each in wrong])
    organisations = Organisation.objects.in_bulk([each.key.organisation for each in wrong])
    categories = Category.objects.in_bulk([each.key.category for each in wrong])
    return [
        f"differs: {version.indicator.mechanism} {version} · {places[each.key.place]}"
        f" · {periods[each.key.period].code} · {each.basis}"
        f" · {organisations.get(each.key.organisation, 'all organisations')}"
        f" · {categories.get(each.key.category, 'undivided')}"
        f": kept {_words(each.kept)}, counted {_words(each.counted)}"
        for each in wrong
    ]


def _words(sums: Sums) -> str:
    quantity = f"{sums.numerator.normalize():f}"
    if sums.denominator:
        quantity += f"/{sums.denominator.normalize():f}"
    return f"{quantity} ({sums.streams} streams, {sums.now} reported)"
