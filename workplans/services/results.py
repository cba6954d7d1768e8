"""The reporter's deeds on values that others see: submission, restatement, withdrawal, evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from coordination.models import Period, User
from coordination.services.events import guard_seen, record
from coordination.services.files import VettedFile, store_file
from workplans.models import (
    Category,
    Obligation,
    Result,
    ResultDecision,
    ResultEvidence,
    Stream,
)
from workplans.notifications.reports import (
    tell_of_restatement,
    tell_of_submission,
    tell_of_withdrawal,
)
from workplans.signals import StateChange, results_changed

from .checks import Entry, Part, entry_of, faults_of, tidy
from .deviations import dues_of
from .drafts import guard_entry, lock_writable, next_revision, same_entry, shown, write_entry
from .refusals import (
    NothingRestated,
    NothingToSubmit,
    ReasonMissing,
    RestatementPending,
    ResultNotVerified,
    RowFault,
    ValuesAtFault,
    refusal_for,
)
from .streams import lock_streams

State = Result.State


class Said(TypedDict, total=False):
    """What a decision says: why, or how it was checked, on which sample, what was noticed."""

    reason: str
    method: str
    sample: str
    note: str


@transaction.atomic
def submit_report(
    obligation: Obligation, *, by: User, at: dt.datetime | None = None
) -> list[Result]:
    """Submit every draft and returned result that has a value, all or none; return them.

    A missing value stays missing and can be submitted later. The first submission decides whether
    the report was on time (R5). Raises ReportExempt, NotMemberThen, NothingToSubmit, or
    ValuesAtFault with the faults of each row.
    """
    now = at or timezone.now()
    obligation = lock_writable(obligation)
    results = _drafts_of(obligation)
    faults = faults_in(results, obligation)
    if faults:
        raise ValuesAtFault(faults)
    results = [result for result in results if result.numerator is not None]
    if not results:
        raise NothingToSubmit
    changes = [_submit(result, by=by, at=now) for result in results]
    first = obligation.first_submitted_at is None
    if first:
        obligation.first_submitted_at = now
        obligation.save(update_fields=["first_submitted_at"])
    record(
        "workplans.report_submitted" if first else "workplans.report_resubmitted",
        obligation,
        by=by,
        note=ngettext("%(count)d value", "%(count)d values", len(results))
        % {"count": len(results)},
        at=now,
    )
    results_changed.send(Result, changes=changes)
    tell_of_submission(obligation, results, at=now)
    return results


@transaction.atomic
def restate_result(
    result: Result,
    *,
    by: User,
    numerator: Decimal,
    denominator: Decimal | None = None,
    cells: Mapping[Category, Part] | None = None,
    reason: str,
    deviation: str | None = None,
    note: str | None = None,
    at: dt.datetime | None = None,
) -> Result:
    """Submit a correction of a verified result as its next revision, and return that.

    The verified value counts until the correction is verified. Texts that are not given are
    carried over. Raises ResultNotVerified, RestatementPending, NothingRestated, ReasonMissing or
    ValuesAtFault.
    """
    now, reason = at or timezone.now(), reason.strip()
    stream = _lock_stream_of(result)
    result.refresh_from_db()
    if result.state != State.VERIFIED:
        raise ResultNotVerified if result.is_editable else refusal_for(result)
    if stream.results.filter(period=result.period, state__in=Result.OPEN_STATES).exists():
        raise RestatementPending
    entry = Entry(
        numerator,
        denominator,
        dict(cells or {}),
        result.deviation if deviation is None else tidy(deviation),
        result.note if note is None else tidy(note),
    )
    if not reason:
        raise ReasonMissing
    if same_entry(entry_of(result), entry):
        raise NothingRestated
    guard_entry(stream, result.period, entry)
    _guard_faults(stream, result.period, entry)
    revision = Result(
        stream=stream,
        period=result.period,
        revision=next_revision(stream, result.period),
        state=State.SUBMITTED,
        restates=result,
        restatement_reason=reason,
        submitted_by=by,
        submitted_at=now,
        first_submitted_at=now,
        origin=result.origin,
        version=0,
    )
    write_entry(revision, entry, by=by)
    values = [shown(result), shown(revision)]
    record(
        "workplans.result_restated", revision, by=by, changes={"value": values}, note=reason, at=now
    )
    results_changed.send(Result, changes=[StateChange(revision, None, State.SUBMITTED)])
    tell_of_restatement(revision, at=now)
    return revision


@transaction.atomic
def withdraw_result(
    result: Result,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Result:
    """Take a submitted, returned or verified result back, so that the value is missing.

    Raises ReasonMissing, DoneMeanwhile after what was ``seen``, or a refusal that says
    what has become of the result.
    """
    now, reason = at or timezone.now(), reason.strip()
    _lock_stream_of(result)
    result.refresh_from_db()
    if result.state not in {State.SUBMITTED, State.RETURNED, State.VERIFIED}:
        raise refusal_for(result)
    guard_seen(result, seen=seen)
    if not reason:
        raise ReasonMissing
    before = result.state
    move(result, State.WITHDRAWN)
    decision = decide(result, ResultDecision.Kind.WITHDRAWN, by=by, reason=reason, at=now)
    record(
        "workplans.result_withdrawn",
        result,
        by=by,
        changes={"state": [before, State.WITHDRAWN]},
        note=reason,
        at=now,
    )
    results_changed.send(Result, changes=[StateChange(result, before, State.WITHDRAWN)])
    tell_of_withdrawal(decision, at=now)
    return result


@transaction.atomic
def add_evidence(
    result: Result, file: VettedFile, *, caption: str, by: User, at: dt.datetime | None = None
) -> ResultEvidence:
    """Put a document or photograph behind a result that stands; raises a refusal for others.

    The same file with the same caption, sent by a second click, is there already (R27).
    """
    _lock_stream_of(result)
    result.refresh_from_db()
    if result.state in {State.RESTATED, State.WITHDRAWN}:
        raise refusal_for(result)
    caption = caption.strip()
    same = result.evidence.filter(file__sha256=file.sha256, caption=caption).first()
    if same is not None:
        return same
    stored = store_file(file, by=by, at=at)
    evidence = ResultEvidence(result=result, file=stored, caption=caption)
    evidence.full_clean()
    evidence.save()
    record("workplans.evidence_added", result, by=by, note=evidence.caption, at=at)
    return evidence


@transaction.atomic
def drop_evidence(evidence: ResultEvidence, *, by: User, at: dt.datetime | None = None) -> None:
    """Take a document or photograph off a draft or returned result; doing it twice is once.

    What stood behind a submitted value stays where its verifier saw it: raises a refusal. The file
    itself is kept, and opened to nobody any more.
    """
    result = evidence.result
    _lock_stream_of(result)
    result.refresh_from_db()
    if not result.is_editable:
        raise refusal_for(result)
    if not result.evidence.filter(pk=evidence.pk).exists():
        return
    evidence.delete()
    changes = {"file": [evidence.file.name, ""]}
    note = evidence.caption
    record("workplans.evidence_dropped", result, by=by, changes=changes, note=note, at=at)


def faults_in(results: Iterable[Result], obligation: Obligation) -> list[RowFault]:
    """What would keep each of these results of one report from being submitted."""
    results, period = list(results), obligation.period
    streams = [result.stream for result in results]
    dues = dues_of(streams, period, obligation.mechanism.calendar)
    lasts = last_results(streams, period)
    return [
        RowFault(result.stream, fault)
        for result in results
        for fault in faults_of(
            result.stream.version,
            entry_of(result),
            due=dues.get(result.stream_id),
            last=lasts.get(result.stream_id),
        )
    ]


def last_results(streams: Iterable[Stream], period: Period) -> dict[int, Result]:
    """The last counted result of each stream before the period, by the stream's key."""
    known = {stream.pk: stream for stream in streams}
    found = Result.objects.filter(stream__in=known).newest_before(period).select_related("period")
    for row in found:
        row.stream = known[row.stream_id]  # which has its version with it
    return {row.stream_id: row for row in found}


def name_cells(results: Iterable[Result]) -> None:
    """Give each cell of the results, which come with them, its category and disaggregation.

    Hundreds of cells share a few categories: each of those is made once.
    """
    cells = [cell for result in results for cell in result.cells.all()]
    categories = Category.objects.select_related("disaggregation").in_bulk(
        {cell.category_id for cell in cells}
    )
    for cell in cells:
        cell.category = categories[cell.category_id]


def move(result: Result, state: str, *fields: str) -> None:
    """Write a result's next state, and ``fields`` with it."""
    result.state = state
    result.version += 1
    result.save(update_fields=["state", "version", *fields])


def decide(
    result: Result, kind: str, *, by: User, at: dt.datetime, **said: Unpack[Said]
) -> ResultDecision:
    """Keep who decided what on the result, and what was said of it."""
    return ResultDecision.objects.create(result=result, kind=kind, by=by, at=at, **said)


def _guard_faults(stream: Stream, period: Period, entry: Entry) -> None:
    calendar = stream.version.indicator.mechanism.calendar
    due = dues_of([stream], period, calendar).get(stream.pk)
    last = last_results([stream], period).get(stream.pk)
    faults = faults_of(stream.version, entry, due=due, last=last)
    if faults:
        raise ValuesAtFault([RowFault(stream, fault) for fault in faults])


def _submit(result: Result, *, by: User, at: dt.datetime) -> StateChange:
    before = result.state
    result.submitted_by, result.submitted_at = by, at
    result.first_submitted_at = result.first_submitted_at or at
    move(result, State.SUBMITTED, "submitted_by", "submitted_at", "first_submitted_at")
    changes: dict[str, list[str]] = {"state": [before, State.SUBMITTED]}
    verb = "workplans.result_resubmitted"
    if before == State.DRAFT:
        changes["value"] = ["", shown(result)]
        verb = "workplans.result_submitted"
    record(verb, result, by=by, changes=changes, at=at)
    return StateChange(result, before, State.SUBMITTED)


def _drafts_of(obligation: Obligation) -> list[Result]:
    """The report's drafts and returned results, their streams locked."""
    streams = Stream.objects.of_mechanism(obligation.mechanism)
    locked = lock_streams(streams.filter(organisation=obligation.organisation))
    rows = Result.objects.filter(
        stream__in=locked, period=obligation.period, state__in=Result.EDITABLE_STATES
    )
    return list(rows.in_full().order_by("pk"))


def _lock_stream_of(result: Result) -> Stream:
    streams = Stream.objects.filter(pk=result.stream_id)
    (stream,) = lock_streams(streams.select_related("version__indicator__mechanism__calendar"))
    return stream
