"""How a worker makes something: claim, stages behind a fence, finish or give back (C1).

People stop it meanwhile, and have what was given up made afresh.

A *claim* is one conditional UPDATE with a token, a lease and a counted attempt, so that of any
number of workers one has the row. Every later step carries the token (the *fence*): a worker
whose claim is gone discards what it made. The *sweeper* runs by the clock and needs no broker: it
hints again at what waits, and ends what has died too often.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from coordination.models import Making, MakingQuerySet, User
from coordination.services.confinement import ConfinedFailure, OutOfMemory, OutOfTime
from coordination.services.snapshots import Snapshot
from coordination.services.storage import ContentLost, StorageAway, StorageFailed

logger = logging.getLogger(__name__)

HINT_AGAIN_AFTER = dt.timedelta(seconds=30)

Failure = Making.Failure
State = Making.State
# Fails the one row that meets the condition, in its own app's words; whether there was one.
Ending = Callable[[Q, Making.Failure], bool]
# What a further attempt on the same data may cure. The others come back the same.
CURABLE = {Failure.RENDERER, Failure.UNEXPECTED}


class ClaimLost(Exception):
    """Someone cancelled the making, or another worker has it by now."""


class RightsEnded(Exception):
    """The person who asked no longer holds the office for it (R26)."""


# Of two that fit, the first: running out of time is a failure of the renderer too.
FAILURES: tuple[tuple[tuple[type[Exception], ...], Failure], ...] = (
    ((RightsEnded,), Failure.RIGHTS),
    ((OutOfTime, SoftTimeLimitExceeded), Failure.TIME),
    ((OutOfMemory,), Failure.MEMORY),
    ((ConfinedFailure,), Failure.RENDERER),
    ((ContentLost,), Failure.LOST),
    ((StorageFailed, StorageAway), Failure.STORAGE),
)


@dataclass(frozen=True)
class Claim:
    """The right to work on a row, until the lease runs out or someone else takes it."""

    model: type[Making]
    pk: int
    token: str

    def held(self) -> Q:
        return Q(pk=self.pk, claim_token=self.token, state=State.RUNNING)


def stop_making(making: Making) -> None:
    """Give the row up; what a worker still finishes is discarded by its fence."""
    making.state = State.CANCELLED
    making.claim_token, making.lease_until = "", None
    making.save(update_fields=["state", "claim_token", "lease_until"])


def make_afresh(making: Making, *, by: User, at: dt.datetime, **also: object) -> None:
    """Queue the row as if ``by`` asked for it now: what was frozen is forgotten (R21).

    ``also`` are further columns that told of it, and what they are without it.
    """
    afresh = also | {
        "state": State.QUEUED, "stage": Making.Stage.WAITING, "failure": Failure.NONE,
        "attempts": 0, "requested_by": by, "requested_at": at, "dispatched_at": None,
        "compiled_at": None, "snapshot": "", "snapshot_sha256": "",
    }  # fmt: skip
    for name, value in afresh.items():
        setattr(making, name, value)
    making.save(update_fields=list(afresh))


def claim_making(model: type[Making], pk: int, *, at: dt.datetime | None = None) -> Claim | None:
    """Take the row in one statement; None when another worker has it, or nobody may."""
    at = at or timezone.now()
    claim = Claim(model, pk, secrets.token_hex(16))
    claimed = (
        rows_of(model)
        .claimable(at=at)
        .filter(pk=pk)
        .update(
            state=State.RUNNING,
            attempts=F("attempts") + 1,
            claim_token=claim.token,
            lease_until=at + settings.WORK_LEASE,
        )
    )
    return claim if claimed else None


def enter_stage(claim: Claim, stage: Making.Stage) -> None:
    """Show how far the work is and extend the lease. Raises ClaimLost."""
    update_claimed(claim, stage=stage, lease_until=timezone.now() + settings.WORK_LEASE)


def frozen(
    claim: Claim,
    making: Making,
    compile_now: Callable[[], Snapshot],
    *,
    also: Callable[[Snapshot], dict[str, object]] = lambda _snapshot: {},
) -> Snapshot:
    """The snapshot that an earlier attempt froze, or one of now (R21).

    ``also`` are further columns that the row tells of it. Raises ClaimLost.
    """
    if making.snapshot:
        return Snapshot(making.snapshot.encode())
    enter_stage(claim, Making.Stage.COMPILING)
    snapshot = compile_now()
    update_claimed(
        claim,
        compiled_at=snapshot.cut_off,
        snapshot=snapshot.text,
        snapshot_sha256=snapshot.sha256,
        **also(snapshot),
    )
    return snapshot


def update_claimed(claim: Claim, **values: object) -> None:
    """Set columns of the row behind the fence. Raises ClaimLost."""
    if not rows_of(claim.model).filter(claim.held()).update(**values):
        raise ClaimLost


def close_claim(claim: Claim, *, at: dt.datetime) -> None:
    """The row is made: nobody works on it any more. Raises ClaimLost."""
    update_claimed(
        claim, state=State.READY, stage=Making.Stage.DONE, finished_at=at, claim_token="",
        lease_until=None,
    )  # fmt: skip


def carry_out(claim: Claim, make: Callable[[Claim], None], *, fail: Ending) -> None:
    """Make it; whatever goes wrong, the row says so or waits for a further attempt."""
    try:
        make(claim)
    except ClaimLost:
        logger.info("%s %s was taken away from this worker.", claim.model.__name__, claim.pk)
    except Exception as error:
        failure = failure_of(error)
        logger.exception("%s %s failed: %s", claim.model.__name__, claim.pk, failure)
        give_back(claim, failure, fail=fail)


def give_back(claim: Claim, failure: Making.Failure, *, fail: Ending) -> None:
    """Queue the row for a further attempt where that may help, else fail it with the reason."""
    if failure in CURABLE:
        held = rows_of(claim.model).filter(claim.held(), attempts__lt=Making.MAX_ATTEMPTS)
        again = held.update(
            state=State.QUEUED, stage=Making.Stage.WAITING, claim_token="", lease_until=None,
            dispatched_at=None,
        )  # fmt: skip
        if again:
            return
    fail(claim.held(), failure)


def end_as_failed(model: type[Making], condition: Q, failure: Making.Failure) -> Any:
    """The one row that meets the condition, failed for the reason; None when there is none."""
    row = rows_of(model).select_for_update().filter(condition).first()
    if row is None:
        return None
    row.state = State.FAILED
    row.failure = failure
    row.claim_token = ""
    row.lease_until = None
    row.save(update_fields=["state", "failure", "claim_token", "lease_until"])
    return row


def sweep(
    model: type[Making], *, fail: Ending, hint: Callable[[int], None], at: dt.datetime
) -> None:
    """Fail what died too often and hint again at what waits or was left behind."""
    for pk in list(rows_of(model).exhausted(at=at).values_list("pk", flat=True)):
        if fail(Q(pk=pk, state=State.RUNNING, lease_until__lt=at), Failure.WORKER):
            logger.error(
                "%s %s failed: its worker died %d times.",
                model.__name__, pk, Making.MAX_ATTEMPTS,
            )  # fmt: skip
    stale = Q(dispatched_at=None) | Q(dispatched_at__lt=at - HINT_AGAIN_AFTER)
    waiting = rows_of(model).claimable(at=at).filter(stale)
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        # Of two schedulers one hints.
        if waiting.filter(pk=pk).update(dispatched_at=at):
            hint(pk)


def hint_at(model: type[Making], pk: int, *, task: str, at: dt.datetime | None = None) -> None:
    """Hint a worker at the row. Whatever goes wrong here, the sweeper hints again."""
    rows_of(model).filter(pk=pk).update(dispatched_at=at or timezone.now())
    try:
        current_app.send_task(task, args=[pk])
    except Exception:
        logger.warning("The queue did not take %s %s.", model.__name__, pk, exc_info=True)


def failure_of(error: Exception) -> Making.Failure:
    """The reason, as a person is told it."""
    found = (failure for kinds, failure in FAILURES if isinstance(error, kinds))
    return next(found, Failure.UNEXPECTED)


def rows_of(model: type[Making]) -> MakingQuerySet[Making]:
    """Every row of the model, as what is made; its manager is made of a MakingQuerySet."""
    return cast("MakingQuerySet[Making]", model._default_manager.all())
