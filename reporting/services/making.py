"""How a worker makes an edition: claim, compile, draw, render, store, finish (reliability C1).

A *claim* is one conditional UPDATE with a token, a lease and a counted attempt, so that of any
number of workers one has the edition. Every later step carries the token (the *fence*): a worker
whose claim is gone discards what it made. The *sweeper* runs by the clock and needs no broker: it
hints again at what waits, and ends what has died too often.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from coordination.services.confinement import ConfinedFailure, OutOfMemory, OutOfTime
from coordination.services.events import record
from coordination.services.storage import Kept
from reporting import notifications
from reporting.models import MAX_ATTEMPTS, Edition, EditionFile
from reporting.permissions import can_edit_report
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.editions import try_dispatch
from reporting.services.rendering import render_pdf
from reporting.services.snapshots import Snapshot, compile_snapshot
from reporting.services.storage import StorageFailed, store_content
from reporting.services.workbooks import build_workbook

logger = logging.getLogger(__name__)

HINT_AGAIN_AFTER = dt.timedelta(seconds=30)

Failure = Edition.Failure
# What a further attempt on the same data may cure. The others come back the same.
CURABLE = {Failure.RENDERER, Failure.UNEXPECTED}


class ClaimLost(Exception):
    """Someone cancelled the edition, or another worker has it by now."""


class RightsEnded(Exception):
    """The person who asked no longer holds the office for it (R26)."""


@dataclass(frozen=True)
class Claim:
    """The right to work on an edition, until the lease runs out or someone else takes it."""

    edition_id: int
    token: str

    def held(self) -> Q:
        return Q(pk=self.edition_id, claim_token=self.token, state=Edition.State.RUNNING)


def make_edition(edition_id: int, *, at: dt.datetime | None = None) -> None:
    """Make the edition if it is to be had; asking for this twice makes it once.

    ``at`` is the cut-off that the report bears. Claims and leases are always of this moment.
    """
    claim = claim_edition(edition_id)
    if claim is None:
        return
    try:
        _make(claim, at)
    except ClaimLost:
        logger.info("Edition %s was taken away from this worker.", edition_id)
    except Exception as error:
        failure = failure_of(error)
        logger.exception("Edition %s failed: %s", edition_id, failure)
        give_back(claim, failure)


def claim_edition(edition_id: int, *, at: dt.datetime | None = None) -> Claim | None:
    """Take the edition in one statement; None when another worker has it, or nobody may."""
    at = at or timezone.now()
    claim = Claim(edition_id, secrets.token_hex(16))
    claimed = (
        Edition.objects.claimable(at=at)
        .filter(pk=edition_id)
        .update(
            state=Edition.State.RUNNING,
            attempts=F("attempts") + 1,
            claim_token=claim.token,
            lease_until=at + settings.WORK_LEASE,
        )
    )
    return claim if claimed else None


def enter_stage(claim: Claim, stage: Edition.Stage) -> None:
    """Show how far the work is and extend the lease. Raises ClaimLost."""
    _update(claim, stage=stage, lease_until=timezone.now() + settings.WORK_LEASE)


@transaction.atomic
def finish(claim: Claim, files: Iterable[EditionFile], *, at: dt.datetime | None = None) -> Edition:
    """Put the files under the edition and make it ready for review. Raises ClaimLost."""
    at = at or timezone.now()
    _update(
        claim, state=Edition.State.READY, stage=Edition.Stage.DONE, finished_at=at,
        claim_token="", lease_until=None,
    )  # fmt: skip
    edition = Edition.objects.select_related("report__mechanism").get(pk=claim.edition_id)
    EditionFile.objects.bulk_create(files)
    record("reporting.edition_made", edition, by=None, at=at)
    notifications.tell_edition_ready(edition, at=at)
    return edition


def give_back(claim: Claim, failure: Failure) -> None:
    """Queue the edition for a further attempt where that may help, else fail it with the reason."""
    if failure in CURABLE:
        again = Edition.objects.filter(claim.held(), attempts__lt=MAX_ATTEMPTS).update(
            state=Edition.State.QUEUED, stage=Edition.Stage.WAITING, claim_token="",
            lease_until=None, dispatched_at=None,
        )  # fmt: skip
        if again:
            return
    fail_edition(claim.held(), failure)


@transaction.atomic
def fail_edition(condition: Q, failure: Failure, *, at: dt.datetime | None = None) -> bool:
    """Fail the one edition that meets the condition; whether there was one."""
    at = at or timezone.now()
    edition = Edition.objects.select_for_update().filter(condition).first()
    if edition is None:
        return False
    edition.state = Edition.State.FAILED
    edition.failure = failure
    edition.claim_token = ""
    edition.lease_until = None
    edition.save(update_fields=["state", "failure", "claim_token", "lease_until"])
    record("reporting.edition_failed", edition, by=None, note=str(failure.label), at=at)
    notifications.tell_edition_failed(edition, at=at)
    return True


def sweep_editions(*, at: dt.datetime | None = None) -> None:
    """Fail what died too often and hint again at what waits or was left behind."""
    at = at or timezone.now()
    for pk in list(Edition.objects.exhausted(at=at).values_list("pk", flat=True)):
        exhausted = Q(pk=pk, state=Edition.State.RUNNING, lease_until__lt=at)
        if fail_edition(exhausted, Failure.WORKER, at=at):
            logger.error("Edition %s failed: its worker died %d times.", pk, MAX_ATTEMPTS)
    stale = Q(dispatched_at=None) | Q(dispatched_at__lt=at - HINT_AGAIN_AFTER)
    waiting = Edition.objects.claimable(at=at).filter(stale)
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        # Of two schedulers one hints.
        if waiting.filter(pk=pk).update(dispatched_at=at):
            try_dispatch(pk, at=at)


def failure_of(error: Exception) -> Failure:
    """The reason, as a person is told it."""
    match error:
        case RightsEnded():
            return Failure.RIGHTS
        case OutOfTime() | SoftTimeLimitExceeded():
            return Failure.TIME
        case OutOfMemory():
            return Failure.MEMORY
        case ConfinedFailure():
            return Failure.RENDERER
        case StorageFailed():
            return Failure.STORAGE
        case _:
            return Failure.UNEXPECTED


def _make(claim: Claim, at: dt.datetime | None) -> None:
    edition = Edition.objects.select_related(
        "requested_by", "report__mechanism__calendar", "report__period", "report__place"
    ).get(pk=claim.edition_id)
    if not can_edit_report(edition.requested_by, edition.report):
        raise RightsEnded
    snapshot = _frozen(claim, edition, at)
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


def _frozen(claim: Claim, edition: Edition, at: dt.datetime | None) -> Snapshot:
    """The edition's snapshot: the one that an earlier attempt froze, or one of now."""
    if edition.snapshot:
        return Snapshot(edition.snapshot.encode())
    enter_stage(claim, Edition.Stage.COMPILING)
    snapshot = compile_snapshot(edition, at=at)
    completeness = snapshot.contents["completeness"]
    _update(
        claim,
        compiled_at=snapshot.cut_off,
        snapshot=snapshot.text,
        snapshot_sha256=snapshot.sha256,
        received=completeness["received"],
        due=completeness["due"],
        is_illustrative=snapshot.contents["illustrative"],
    )
    return snapshot


def _update(claim: Claim, **values: object) -> None:
    if not Edition.objects.filter(claim.held()).update(**values):
        raise ClaimLost


def _file(edition: Edition, kind: EditionFile.Kind, kept: Kept) -> EditionFile:
    return EditionFile(
        edition=edition,
        kind=kind,
        path=kept.path,
        sha256=kept.sha256,
        size=kept.size,
        name=f"{edition.report.slug}-edition-{edition.number}.{kind}",
    )
