"""Drafts: what a reporter has typed and not submitted, one row or a whole report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from coordination.models import Period, User, written
from coordination.services.events import changes_between, record
from coordination.services.refusals import Refusal
from workplans.models import Category, Obligation, Result, ResultCell, Stream

from .checks import Entry, Part, entry_of, tidy
from .refusals import (
    CategoryUnknown,
    DraftsRefused,
    NotMemberThen,
    PartWithoutNumerator,
    ReportExempt,
    ResultEditedMeanwhile,
    ReturnedValueMissing,
    StreamNotRunning,
    refusal_for,
)
from .streams import lock_streams

State = Result.State


@dataclass(frozen=True)
class Draft:
    """What someone typed into one row, and the version that they had before them."""

    stream: Stream
    entry: Entry
    seen_version: int | None = None


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

    ``seen_version`` is the version that the person had before them, None if there was no result.
    Saving what already stands there changes nothing. Raises ResultEditedMeanwhile, or a refusal
    that says why the result cannot be edited.
    """
    entry = Entry(numerator, denominator, dict(cells or {}), tidy(deviation), tidy(note))
    locked = lock_streams(Stream.objects.filter(pk=stream.pk).select_related("version"))
    if not locked:
        raise StreamNotRunning  # it ended with its indicator before anything was reported in it
    (stream,) = locked
    result = _open_for_editing(stream, period)
    if result is not None and same_entry(entry_of(result), entry):
        return result
    if (result.version if result else None) != seen_version:
        raise ResultEditedMeanwhile(stream, result)
    guard_entry(stream, period, entry)
    if result is None:
        revision = next_revision(stream, period)
        result = Result(stream=stream, period=period, revision=revision, version=0)
    elif result.state == State.RETURNED and entry.numerator is None:
        raise ReturnedValueMissing
    before = as_said(result)
    write_entry(result, entry, by=by)
    # A draft's figures are nobody else's business; those of a returned result are known.
    known = result.state == State.RETURNED
    changes = changes_between(before, as_said(result)) if known else None
    record("workplans.result_drafted", result, by=by, changes=changes, at=at)
    return result


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
        write_entry(result, Entry(), by=by)
    else:
        result.delete()
    record("workplans.draft_cleared", stream, by=by, note=str(period), at=at)


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


def write_entry(result: Result, entry: Entry, *, by: User) -> None:
    """Put the entry into the row and its cells."""
    result.numerator = entry.numerator
    result.denominator = entry.denominator if result.stream.version.is_quotient else None
    result.deviation, result.note = entry.deviation, entry.note
    result.entered_by = by
    result.version += 1
    # The stream is locked and the row found under that lock: a query for each constraint, of each
    # of sixty rows, would ask the database what it enforces anyway.
    result.full_clean(validate_unique=False, validate_constraints=False)
    result.save()
    result.cells.all().delete()
    cells = [
        ResultCell(result=result, category=category, **part._asdict())
        for category, part in entry.filled_cells.items()
    ]
    for cell in cells:
        cell.clean_fields(exclude=["result"])
    ResultCell.objects.bulk_create(cells)


def guard_entry(stream: Stream, period: Period, entry: Entry) -> None:
    """Raise StreamNotRunning, CategoryUnknown or PartWithoutNumerator for what cannot be kept."""
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


def lock_writable(obligation: Obligation) -> Obligation:
    """The obligation locked, if something may be entered in it.

    Raises ReportExempt or NotMemberThen (R5).
    """
    rows = Obligation.objects.in_full().select_for_update(of=("self",), no_key=True)
    obligation = rows.get(pk=obligation.pk)
    if obligation.is_exempt:
        raise ReportExempt
    if not Obligation.objects.of_members().filter(pk=obligation.pk).exists():
        raise NotMemberThen
    return obligation


def next_revision(stream: Stream, period: Period) -> int:
    """The number of the next row for this stream and period."""
    newest = stream.results.filter(period=period).aggregate(newest=Max("revision"))["newest"]
    return (newest or 0) + 1


def same_entry(one: Entry, other: Entry) -> bool:
    """Whether both say the same; a part that is missing is a part that is not there."""
    return (
        (one.numerator, one.denominator) == (other.numerator, other.denominator)
        and one.filled_cells == other.filled_cells
        and (one.deviation, one.note) == (other.deviation, other.note)
    )


def shown(result: Result) -> str:
    """The value as the event record keeps it: exact, a quotient by its two numbers."""
    if result.numerator is None:
        return ""
    number = written(result.numerator)
    return number if result.denominator is None else f"{number} / {written(result.denominator)}"


def as_said(result: Result) -> dict[str, str]:
    """What the event record compares of a returned value: its figure, and the words with it."""
    return {"value": shown(result), "deviation": result.deviation, "note": result.note}


def _save_each(
    obligation: Obligation, drafts: Iterable[Draft], *, by: User, at: dt.datetime | None
) -> tuple[dict[int, Refusal], int]:
    """Save each row that differs from what stands there; return refusals, and how many differed."""
    lock_writable(obligation)
    drafts, period = list(drafts), obligation.period
    streams = lock_streams(Stream.objects.filter(pk__in=[draft.stream.pk for draft in drafts]))
    rows = Result.objects.filter(
        stream__in=streams, period=period, state__in=Result.OPEN_STATES
    ).prefetch_related("cells__category")
    stored = {row.stream_id: entry_of(row) for row in rows}
    refusals: dict[int, Refusal] = {}
    count = 0
    for draft in drafts:
        if same_entry(stored.get(draft.stream.pk, Entry()), draft.entry.tidied()):
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
