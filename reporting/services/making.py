"""How a worker makes an edition: compile, draw, render, store, finish (reliability C1).

Claims, stages and the sweeper are those of everything that is made: `coordination.services.making`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from coordination.services.events import record
from coordination.services.making import (
    Claim,
    RightsEnded,
    carry_out,
    claim_making,
    close_claim,
    end_as_failed,
    enter_stage,
    frozen,
    sweep,
)
from coordination.services.rendering import render_pdf
from coordination.services.snapshots import Snapshot
from coordination.services.storage import Kept
from reporting import notifications
from reporting.models import Edition, EditionFile
from reporting.permissions import can_edit_report
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.editions import try_dispatch
from reporting.services.snapshots import compile_snapshot
from reporting.services.storage import store_content
from reporting.services.workbooks import build_workbook


def make_edition(edition_id: int, *, at: dt.datetime | None = None) -> None:
    """Make the edition if it is to be had; asking for this twice makes it once.

    ``at`` is the cut-off that the report bears. Claims and leases are always of this moment.
    """
    claim = claim_edition(edition_id)
    if claim is not None:
        carry_out(claim, lambda held: _make(held, at), fail=fail_edition)


def claim_edition(edition_id: int, *, at: dt.datetime | None = None) -> Claim | None:
    """Take the edition in one statement; None when another worker has it, or nobody may."""
    return claim_making(Edition, edition_id, at=at)


@transaction.atomic
def finish(claim: Claim, files: Iterable[EditionFile], *, at: dt.datetime | None = None) -> Edition:
    """Put the files under the edition and make it ready for review. Raises ClaimLost."""
    at = at or timezone.now()
    close_claim(claim, at=at)
    edition = Edition.objects.select_related("report__mechanism").get(pk=claim.pk)
    EditionFile.objects.bulk_create(files)
    record("reporting.edition_made", edition, by=None, at=at)
    notifications.tell_edition_ready(edition, at=at)
    return edition


@transaction.atomic
def fail_edition(condition: Q, failure: Edition.Failure, *, at: dt.datetime | None = None) -> bool:
    """Fail the one edition that meets the condition; whether there was one."""
    at = at or timezone.now()
    edition = end_as_failed(Edition, condition, failure)
    if edition is None:
        return False
    record("reporting.edition_failed", edition, by=None, note=str(failure.label), at=at)
    notifications.tell_edition_failed(edition, at=at)
    return True


def sweep_editions(*, at: dt.datetime | None = None) -> None:
    """Fail what died too often and hint again at what waits or was left behind."""
    now = at or timezone.now()
    sweep(Edition, fail=fail_edition, hint=lambda pk: try_dispatch(pk, at=now), at=now)


def _make(claim: Claim, at: dt.datetime | None) -> None:
    edition = Edition.objects.select_related(
        "requested_by", "report__mechanism__calendar", "report__period", "report__place"
    ).get(pk=claim.pk)
    if not can_edit_report(edition.requested_by, edition.report):
        raise RightsEnded
    snapshot = frozen(claim, edition, lambda: compile_snapshot(edition, at=at), also=_told_of)
    enter_stage(claim, Edition.Stage.DRAWING)
    pages = draw_pages(snapshot, pictures_of(snapshot))
    workbook = build_workbook(snapshot)
    enter_stage(claim, Edition.Stage.RENDERING)
    pdf = render_pdf(pages, moment=snapshot.cut_off)
    enter_stage(claim, Edition.Stage.STORING)
    contents = {
        EditionFile.Kind.PDF: pdf,
        EditionFile.Kind.XLSX: workbook,
        EditionFile.Kind.JSON: snapshot.canonical,
    }
    stored = {kind: store_content(content, kind) for kind, content in contents.items()}
    finish(claim, [_file(edition, kind, kept) for kind, kept in stored.items()], at=at)


def _told_of(snapshot: Snapshot) -> dict[str, object]:
    """What lists of editions show of it."""
    completeness = snapshot.contents["completeness"]
    return {
        "received": completeness["received"],
        "due": completeness["due"],
        "is_illustrative": snapshot.contents["illustrative"],
    }


def _file(edition: Edition, kind: EditionFile.Kind, kept: Kept) -> EditionFile:
    return EditionFile(
        edition=edition,
        kind=kind,
        path=kept.path,
        sha256=kept.sha256,
        size=kept.size,
        name=f"{edition.report.slug}-edition-{edition.number}.{kind}",
    )
