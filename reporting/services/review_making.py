"""How a worker makes a review pack: compile once, draw two papers, store, finish (C1, R21)."""

from __future__ import annotations

import datetime as dt

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
from coordination.services.snapshots import Snapshot, canonical
from coordination.services.storage import Kept, keep_made, remove_unnamed
from reporting import notifications
from reporting.models import ReviewFile, ReviewPack
from reporting.permissions import can_prepare_review
from reporting.services.review_contents import compile_review, public_contents
from reporting.services.review_drawing import activities_csv, draw_review
from reporting.services.reviews import dispatch

FOLDER = "reviews"
Kind, Stage = ReviewFile.Kind, ReviewPack.Stage


def make_pack(pk: int, *, at: dt.datetime | None = None) -> None:
    """Make the pack if it is to be had; asking for this twice makes it once."""
    claim = claim_making(ReviewPack, pk)
    if claim is not None:
        carry_out(claim, lambda held: _make(held, at or timezone.now()), fail=fail_pack)


@transaction.atomic
def fail_pack(condition: Q, failure: ReviewPack.Failure, *, at: dt.datetime | None = None) -> bool:
    """Fail the one pack that meets the condition; whether there was one."""
    now = at or timezone.now()
    pack = end_as_failed(ReviewPack, condition, failure)
    if pack is None:
        return False
    record("reporting.pack_failed", pack, by=None, note=str(failure.label), at=now)
    notifications.tell_pack_failed(pack, at=now)
    return True


def sweep_packs(*, at: dt.datetime | None = None) -> None:
    """Fail what died too often and hint again at what waits or was left behind."""
    now = at or timezone.now()
    sweep(ReviewPack, fail=fail_pack, hint=lambda pk: dispatch(pk, at=now), at=now)


def remove_orphans(*, at: dt.datetime | None = None) -> int:
    """Remove what killed or outrun workers left behind a day ago; how many files that were."""
    return remove_unnamed(ReviewFile, folder=FOLDER, at=at)


def _make(claim: Claim, at: dt.datetime) -> None:
    pack = ReviewPack.objects.select_related(
        "requested_by", "review__plan__mechanism__calendar", "review__plan__place",
        "review__plan__calendar", "review__period", "review__body",
    ).get(pk=claim.pk)  # fmt: skip
    if not can_prepare_review(pack.requested_by, pack.review):
        raise RightsEnded
    internal = frozen(claim, pack, lambda: compile_review(pack, at=at))
    public = Snapshot(canonical(public_contents(internal.contents)))
    enter_stage(claim, Stage.DRAWING)
    pages = {Kind.PDF: draw_review(public), Kind.INTERNAL: draw_review(internal)}
    enter_stage(claim, Stage.RENDERING)
    papers = {kind: render_pdf(page, moment=internal.cut_off) for kind, page in pages.items()}
    enter_stage(claim, Stage.STORING)
    contents = {**papers, Kind.CSV: activities_csv(public), Kind.JSON: public.canonical}
    kept = {
        kind: keep_made(content, folder=FOLDER, suffix=ReviewFile.SUFFIXES.get(kind, kind))
        for kind, content in contents.items()
    }
    _finish(claim, pack, kept, at=at)


@transaction.atomic
def _finish(
    claim: Claim, pack: ReviewPack, kept: dict[ReviewFile.Kind, Kept], *, at: dt.datetime
) -> None:
    close_claim(claim, at=at)
    ReviewFile.objects.bulk_create(
        ReviewFile(
            pack=pack,
            kind=kind,
            path=file.path,
            sha256=file.sha256,
            size=file.size,
            name=name_of(pack, kind),
        )
        for kind, file in kept.items()
    )
    record("reporting.pack_made", pack, by=None, at=at)
    notifications.tell_pack_ready(pack, at=at)


def name_of(pack: ReviewPack, kind: ReviewFile.Kind) -> str:
    """How the file is called on a reader's disk; the internal one says that it is."""
    mark = "-INTERNAL" if kind == Kind.INTERNAL else ""
    suffix = ReviewFile.SUFFIXES.get(kind, kind)
    return f"{pack.review.slug}-review-{pack.number}{mark}.{suffix}"
