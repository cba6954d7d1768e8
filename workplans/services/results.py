"""The reporter's deeds: drafts, submission, restatement, withdrawal (domain 1.19)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.models import Period, User, written
from coordination.services.events import record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import (
    Category,
    Obligation,
    Result,
    ResultCell,
    ResultDecision,
    ResultEvidence,
    Stream,
)
from workplans.notifications import tell_of_restatement, tell_of_submission, tell_of_withdrawal
from workplans.signals import StateChange, results_changed

from .checks import Entry, Fault, Part, entry_of, faults_of, tidy
from .deviations import dues_of
from .streams import lock_streams

State = Result.State


class ResultAlreadySubmitted(Refusal):
    message = _("This value is submitted and waits for verification.")


class ResultAlreadyVerified(Refusal):
    message = _("This value is already verified. Restate it to correct it.")


class ResultAlreadyReturned(Refusal):
    message = _("This value has already been returned to its reporter.")


class ResultAlreadyReplaced(Refusal):
    message = _("This value has been replaced by a restatement.")


class ResultAlreadyWithdrawn(Refusal):
    message = _("This value has been withdrawn.")


class ResultNotSubmitted(Refusal):
    message = _("This value is a draft and has not been submitted.")


class ResultNotVerified(Refusal):
    message = _("Only a verified value is restated; this one can be edited or withdrawn.")


class ReturnedValueMissing(Refusal):
    message = _("A returned value is corrected or withdrawn; it cannot be emptied.")


class RestatementPending(Refusal):
    message = _("A restatement of this value already waits for verification.")


class NothingRestated(Refusal):
    message = _("The restated value is the same as the verified one.")


class ReasonMissing(Refusal):
    message = _("Give a reason.")


class StreamNotRunning(Refusal):
    message = _("This indicator is not reported here in this period.")


class CategoryUnknown(Refusal):
    message = _("This indicator is not broken down in that way.")


class PartWithoutNumerator(Refusal):
    message = _("Enter the numerator of each part.")


class ReportExempt(Refusal):
    message = _("This report is exempt; nothing is due.")


class NothingToSubmit(Refusal):
    message = _("There is nothing new to submit.")


class ResultEditedMeanwhile(EditedMeanwhile):
    """Carries the row as it is now, so that both values can be shown (R27)."""

    def __init__(self, stream: Stream, stored: Result | None) -> None:
        super().__init__()
        self.stream, self.stored = stream, stored


@dataclass(frozen=True)
class RowFault:
    """A fault, and the stream whose row it stands in."""

    stream: Stream
    fault: Fault

    def __str__(self) -> str:
        where = f"{self.stream.version.indicator.code}, {self.stream.place}"
        return f"{where}: {self.fault.message}"


class ValuesAtFault(Refusal):
    """Nothing was submitted; ``rows`` name each fault at its field (R6, R7, R8)."""

    def __init__(self, rows: list[RowFault]) -> None:
        super().__init__(
            ngettext(
                "Nothing was submitted: %(count)d entry needs correcting.",
                "Nothing was submitted: %(count)d entries need correcting.",
                len(rows),
            )
            % {"count": len(rows)}
        )
        self.rows = rows


# What a result in each state answers to a deed that it is not open for.
_REFUSALS: dict[str, type[Refusal]] = {
    State.DRAFT: ResultNotSubmitted,
    State.SUBMITTED: ResultAlreadySubmitted,
    State.RETURNED: ResultAlreadyReturned,
    State.VERIFIED: ResultAlreadyVerified,
    State.RESTATED: ResultAlreadyReplaced,
    State.WITHDRAWN: ResultAlreadyWithdrawn,
}


def refusal_for(result: Result) -> Refusal:
    """The sentence that says what has already become of the result."""
    return _REFUSALS[result.state]()


@transaction.atomic
def save_draft(
    stream: Stream,
    period: Period,
    *,
    by: User,
    numerator: Decimal | None,
    denominator: Decimal | None = None,
    cells: Mapping[Category, Part] | None = None,
    deviation: str = "",
    note: str = "",
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> Result:
    """Write a draft, or edit a draft or returned result, and return it.

    ``seen_version`` is the version that the person had before him, None if there was no result.
    Saving what already stands there changes nothing. Raises ResultEditedMeanwhile, or a refusal
    that says why the result cannot be edited.
    """
    entry = Entry(numerator, denominator, dict(cells or {}), tidy(deviation), tidy(note))
    (stream,) = lock_streams(Stream.objects.filter(pk=stream.pk).select_related("version"))
    result = _open_for_editing(stream, period)
    if result is not None and _same(entry_of(result), entry):
        return result
    if (result.version if result else None) != seen_version:
        raise ResultEditedMeanwhile(stream, result)
    _guard_entry(stream, period, entry)
    if result is None:
        revision = _next_revision(stream, period)
        result = Result(stream=stream, period=period, revision=revision, version=0)
    elif result.state == State.RETURNED and entry.numerator is None:
        raise ReturnedValueMissing
    before = _shown(result)
    _write(result, entry, by=by)
    # A draft's figures are nobody else's business; those of a returned result are known.
    known = result.state == State.RETURNED
    changes = {"value": [before, _shown(result)]} if known else None
    record("workplans.result_drafted", result, by=by, changes=changes, at=at)
    return result


@dataclass(frozen=True)
class Draft:
    """What someone typed into one row, and the version that he had before him."""

    stream: Stream
    entry: Entry
    seen_version: int | None = None


class DraftsRefused(Refusal):
    """Nothing was saved; ``refusals`` say why, by the stream's key."""

    def __init__(self, refusals: dict[int, Refusal]) -> None:
        super().__init__(
            ngettext(
                "Nothing was saved: %(count)d row could not be.",
                "Nothing was saved: %(count)d rows could not be.",
                len(refusals),
            )
            % {"count": len(refusals)}
        )
        self.refusals = refusals


@transaction.atomic
def save_drafts(
    obligation: Obligation, drafts: Iterable[Draft], *, by: User, at: dt.datetime | None = None
) -> int:
    """Save the rows of a report that were changed, all or none, and return how many they were.

    A row that was emptied is cleared. Raises ReportExempt, or DraftsRefused with the refusal of
    each row.
    """
    refusals, count = _save_each(obligation, drafts, by=by, at=at)
    if refusals:
        raise DraftsRefused(refusals)
    return count


@transaction.atomic
def keep_drafts(
    obligation: Obligation, drafts: Iterable[Draft], *, by: User, at: dt.datetime | None = None
) -> dict[int, Refusal]:
    """Save what can be saved while people type; return the refusals, by the stream's key."""
    refusals, _count = _save_each(obligation, drafts, by=by, at=at)
    return refusals


def _save_each(
    obligation: Obligation, drafts: Iterable[Draft], *, by: User, at: dt.datetime | None
) -> tuple[dict[int, Refusal], int]:
    """Save each row that differs from what stands there; return refusals, and how many differed."""
    if _locked(obligation).is_exempt:
        raise ReportExempt
    drafts, period = list(drafts), obligation.period
    streams = lock_streams(Stream.objects.filter(pk__in=[draft.stream.pk for draft in drafts]))
    rows = Result.objects.filter(
        stream__in=streams, period=period, state__in=Result.OPEN_STATES
    ).prefetch_related("cells__category")
    stored = {row.stream_id: entry_of(row) for row in rows}
    refusals: dict[int, Refusal] = {}
    count = 0
    for draft in drafts:
        if _same(stored.get(draft.stream.pk, Entry()), draft.entry.tidied()):
            continue
        try:
            _save(draft, period, by=by, at=at)
        except Refusal as refusal:
            refusals[draft.stream.pk] = refusal
        count += 1
    return refusals, count


def _save(draft: Draft, period: Period, *, by: User, at: dt.datetime | None) -> None:
    entry, seen = draft.entry, draft.seen_version
    if entry.is_empty:
        clear_draft(draft.stream, period, by=by, seen_version=seen, at=at)
    else:
        save_draft(draft.stream, period, by=by, **vars(entry), seen_version=seen, at=at)


@transaction.atomic
def clear_draft(
    stream: Stream,
    period: Period,
    *,
    by: User,
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Remove a draft, so that the value is missing again; without one, do nothing.

    A draft with evidence is emptied and kept. Raises ResultEditedMeanwhile, or
    ReturnedValueMissing for a returned result.
    """
    lock_streams(Stream.objects.filter(pk=stream.pk))
    result = _open_for_editing(stream, period)
    if result is None:
        return
    if result.version != seen_version:
        raise ResultEditedMeanwhile(stream, result)
    if result.state == State.RETURNED:
        raise ReturnedValueMissing
    if result.evidence.exists():
        _write(result, Entry(), by=by)
    else:
        result.delete()
    record("workplans.draft_cleared", stream, by=by, note=str(period), at=at)


@transaction.atomic
def submit_report(
    obligation: Obligation, *, by: User, at: dt.datetime | None = None
) -> list[Result]:
    """Submit every draft and returned result that has a value, all or none; return them.

    A missing value stays missing and can be submitted later. The first submission decides whether
    the report was on time (R5). Raises ReportExempt, NothingToSubmit, or ValuesAtFault with the
    faults of each row.
    """
    now = at or timezone.now()
    obligation = _locked(obligation)
    if obligation.is_exempt:
        raise ReportExempt
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
    if _same(entry_of(result), entry):
        raise NothingRestated
    _guard_entry(stream, result.period, entry)
    _guard_faults(stream, result.period, entry)
    revision = Result(
        stream=stream,
        period=result.period,
        revision=_next_revision(stream, result.period),
        state=State.SUBMITTED,
        restates=result,
        restatement_reason=reason,
        submitted_by=by,
        submitted_at=now,
        first_submitted_at=now,
        origin=result.origin,
        version=0,
    )
    _write(revision, entry, by=by)
    values = [_shown(result), _shown(revision)]
    record(
        "workplans.result_restated", revision, by=by, changes={"value": values}, note=reason, at=now
    )
    results_changed.send(Result, changes=[StateChange(revision, None, State.SUBMITTED)])
    tell_of_restatement(revision, at=now)
    return revision


@transaction.atomic
def withdraw_result(
    result: Result, *, by: User, reason: str, at: dt.datetime | None = None
) -> Result:
    """Take a submitted, returned or verified result back, so that the value is missing.

    Raises ReasonMissing, or a refusal that says what has become of the result.
    """
    now, reason = at or timezone.now(), reason.strip()
    _lock_stream_of(result)
    result.refresh_from_db()
    if result.state not in {State.SUBMITTED, State.RETURNED, State.VERIFIED}:
        raise refusal_for(result)
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
    """Put a document or photograph behind a result that stands; raises a refusal for others."""
    _lock_stream_of(result)
    result.refresh_from_db()
    if result.state in {State.RESTATED, State.WITHDRAWN}:
        raise refusal_for(result)
    stored = store_file(file, by=by, at=at)
    evidence = ResultEvidence(result=result, file=stored, caption=caption.strip())
    evidence.full_clean()
    evidence.save()
    record("workplans.evidence_added", result, by=by, note=evidence.caption, at=at)
    return evidence


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
    rows = Result.objects.filter(stream__in=list(streams)).newest_before(period)
    return {row.stream_id: row for row in rows.select_related("period", "stream__version")}


def move(result: Result, state: str, *fields: str) -> None:
    """Write a result's next state, and ``fields`` with it."""
    result.state = state
    result.version += 1
    result.save(update_fields=["state", "version", *fields])


def decide(
    result: Result, kind: str, *, by: User, reason: str = "", method: str = "", at: dt.datetime
) -> ResultDecision:
    """Keep who decided what on the result, and why."""
    return ResultDecision.objects.create(
        result=result, kind=kind, by=by, reason=reason, method=method, at=at
    )


def _open_for_editing(stream: Stream, period: Period) -> Result | None:
    """The draft or returned result, or None; raises a refusal if a value already stands."""
    rows = stream.results.filter(period=period).prefetch_related("cells__category")
    standing = {row.state: row for row in rows}
    for state in Result.EDITABLE_STATES:
        if state in standing:
            return standing[state]
    for state in Result.COUNTED_STATES:
        if state in standing:
            raise refusal_for(standing[state])
    return None


def _guard_entry(stream: Stream, period: Period, entry: Entry) -> None:
    if not Stream.objects.running_in(period).filter(pk=stream.pk).exists():
        raise StreamNotRunning
    known = set(
        Category.objects.filter(disaggregation__versions=stream.version).values_list(
            "pk", flat=True
        )
    )
    if any(category.pk not in known for category in entry.filled_cells):
        raise CategoryUnknown
    if any(part.numerator is None for part in entry.filled_cells.values()):
        raise PartWithoutNumerator


def _guard_faults(stream: Stream, period: Period, entry: Entry) -> None:
    calendar = stream.version.indicator.mechanism.calendar
    due = dues_of([stream], period, calendar).get(stream.pk)
    last = last_results([stream], period).get(stream.pk)
    faults = faults_of(stream.version, entry, due=due, last=last)
    if faults:
        raise ValuesAtFault([RowFault(stream, fault) for fault in faults])


def _write(result: Result, entry: Entry, *, by: User) -> None:
    """Put the entry into the row and its cells."""
    result.numerator = entry.numerator
    result.denominator = entry.denominator if result.stream.version.is_quotient else None
    result.deviation, result.note = entry.deviation, entry.note
    result.entered_by = by
    result.version += 1
    result.full_clean()
    result.save()
    result.cells.all().delete()
    cells = [
        ResultCell(result=result, category=category, **part._asdict())
        for category, part in entry.filled_cells.items()
    ]
    for cell in cells:
        cell.clean_fields(exclude=["result"])
    ResultCell.objects.bulk_create(cells)


def _submit(result: Result, *, by: User, at: dt.datetime) -> StateChange:
    before = result.state
    result.submitted_by, result.submitted_at = by, at
    result.first_submitted_at = result.first_submitted_at or at
    move(result, State.SUBMITTED, "submitted_by", "submitted_at", "first_submitted_at")
    changes: dict[str, list[str]] = {"state": [before, State.SUBMITTED]}
    if before == State.DRAFT:
        changes["value"] = ["", _shown(result)]
    verb = "submitted" if before == State.DRAFT else "resubmitted"
    record(f"workplans.result_{verb}", result, by=by, changes=changes, at=at)
    return StateChange(result, before, State.SUBMITTED)


def _drafts_of(obligation: Obligation) -> list[Result]:
    """The report's drafts and returned results, their streams locked."""
    streams = Stream.objects.of_mechanism(obligation.mechanism)
    locked = lock_streams(streams.filter(organisation=obligation.organisation))
    rows = Result.objects.filter(
        stream__in=locked, period=obligation.period, state__in=Result.EDITABLE_STATES
    )
    return list(rows.in_full().order_by("pk"))


def _locked(obligation: Obligation) -> Obligation:
    rows = Obligation.objects.select_related("mechanism__calendar", "organisation", "period")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=obligation.pk)


def _lock_stream_of(result: Result) -> Stream:
    streams = Stream.objects.filter(pk=result.stream_id)
    (stream,) = lock_streams(streams.select_related("version__indicator__mechanism__calendar"))
    return stream


def _next_revision(stream: Stream, period: Period) -> int:
    newest = stream.results.filter(period=period).aggregate(newest=Max("revision"))["newest"]
    return (newest or 0) + 1


def _same(one: Entry, other: Entry) -> bool:
    return (
        (one.numerator, one.denominator) == (other.numerator, other.denominator)
        and one.filled_cells == other.filled_cells
        and (one.deviation, one.note) == (other.deviation, other.note)
    )


def _shown(result: Result) -> str:
    """The value as the event record keeps it: exact, a quotient by its two numbers."""
    if result.numerator is None:
        return ""
    number = written(result.numerator)
    return number if result.denominator is None else f"{number} / {written(result.denominator)}"
