"""The official's deeds: verify, one or many, and return (domain 1.20)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Standing, User
from coordination.services.events import DoneMeanwhile, guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import Result, ResultDecision, Stream
from workplans.notifications.reports import tell_of_return, tell_of_verification
from workplans.signals import StateChange, results_changed

from .refusals import ReasonMissing, refusal_for
from .results import Said, decide, move
from .streams import lock_streams

State = Result.State


class OwnFiguresNotVerified(Refusal):
    message = _("Nobody verifies the figures of the own organisation.")


class NothingChosen(Refusal):
    message = _("Choose at least one value.")


class VerificationRefused(Refusal):
    """One of several results cannot be verified; none was. Names it and carries the cause."""

    def __init__(self, result: Result, cause: Refusal) -> None:
        indicator, stream = result.stream.version.indicator, result.stream
        super().__init__(
            _("Nothing was verified. %(indicator)s, %(organisation)s, %(place)s: %(cause)s")
            % {
                "indicator": indicator.code,
                "organisation": stream.organisation,
                "place": stream.place,
                "cause": cause,
            }
        )
        self.result, self.cause = result, cause


def verify_result(
    result: Result,
    *,
    by: User,
    method: str,
    sample: str = "",
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Result:
    """Verify one submitted result, so that it counts; return it.

    ``method``, ``sample`` and ``note`` say how it was checked (domain 1.20). Raises
    OwnFiguresNotVerified (R25), DoneMeanwhile after what was ``seen``, or a refusal that says what
    has become of the result.
    """
    try:
        (verified,) = verify_results(
            [result], by=by, method=method, sample=sample, note=note, seen=seen, at=at
        )
    except VerificationRefused as refused:
        raise refused.cause from None
    return verified


@transaction.atomic
def verify_results(
    results: Iterable[Result],
    *,
    by: User,
    method: str,
    sample: str = "",
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> list[Result]:
    """Verify all of these submitted results or none; return them.

    ``sample`` and ``note`` are of all of them. A restatement's verification replaces the earlier
    value at the same moment. Raises NothingChosen, or VerificationRefused with the first result
    that cannot be verified.
    """
    now = at or timezone.now()
    locked = _lock(results)
    if not locked:
        raise NothingChosen
    own = Standing.of(by, on=timezone.localdate(now)).organisations
    said = Said(method=method, sample=sample.strip(), note=note.strip())
    changes: list[StateChange] = []
    for result in locked:
        if result.state != State.SUBMITTED:
            raise VerificationRefused(result, refusal_for(result))
        if result.stream.organisation_id in own:
            raise VerificationRefused(result, OwnFiguresNotVerified())
        try:
            guard_seen(result, seen=seen)
        except DoneMeanwhile as done:
            raise VerificationRefused(result, done) from done
        changes += _verify(result, said, by=by, at=now)
    results_changed.send(Result, changes=changes)
    tell_of_verification(locked, at=now)
    return locked


@transaction.atomic
def return_result(
    result: Result,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Result:
    """Give a submitted result back to its reporter with a reason; return it.

    Raises ReasonMissing, DoneMeanwhile after what was ``seen``, or a refusal that says
    what has become of the result.
    """
    now, reason = at or timezone.now(), reason.strip()
    (result,) = _lock([result])
    if result.state != State.SUBMITTED:
        raise refusal_for(result)
    guard_seen(result, seen=seen)
    if not reason:
        raise ReasonMissing
    move(result, State.RETURNED)
    decision = decide(result, ResultDecision.Kind.RETURNED, by=by, reason=reason, at=now)
    record(
        "workplans.result_returned",
        result,
        by=by,
        changes={"state": [State.SUBMITTED, State.RETURNED]},
        note=reason,
        at=now,
    )
    results_changed.send(Result, changes=[StateChange(result, State.SUBMITTED, State.RETURNED)])
    tell_of_return(decision, at=now)
    return result


def _lock(results: Iterable[Result]) -> list[Result]:
    """The results as they stand once their streams are locked, in the order of their keys."""
    keys = [result.pk for result in results]
    lock_streams(Stream.objects.filter(pk__in=Result.objects.filter(pk__in=keys).values("stream")))
    return list(Result.objects.filter(pk__in=keys).in_full().order_by("pk"))


def _verify(result: Result, said: Said, *, by: User, at: dt.datetime) -> list[StateChange]:
    """Let the result count, and the one that it restates no longer."""
    changes = []
    replaced = result.restates
    if replaced is not None and replaced.state == State.VERIFIED:
        move(replaced, State.RESTATED)
        changes.append(StateChange(replaced, State.VERIFIED, State.RESTATED))
    move(result, State.VERIFIED)
    decide(result, ResultDecision.Kind.VERIFIED, by=by, at=at, **said)
    record(
        "workplans.result_verified",
        result,
        by=by,
        changes={"state": [State.SUBMITTED, State.VERIFIED]},
        note=_checked_in_words(said),
        at=at,
    )
    return [*changes, StateChange(result, State.SUBMITTED, State.VERIFIED)]


def _checked_in_words(said: Said) -> str:
    """How a value was checked, for the record."""
    told = [str(ResultDecision.Method(said["method"]).label)]
    if said["sample"]:
        told.append(gettext("Sample: %(sample)s") % {"sample": said["sample"]})
    if said["note"]:
        told.append(said["note"])
    return "\n".join(told)
