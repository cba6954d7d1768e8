"""The entry grid: what one organisation reports for one period, row by row, as people see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Q

from coordination.models import Event, Mechanism, Organisation, User
from workplans.models import (
    Disaggregation,
    IndicatorVersion,
    Obligation,
    Result,
    ResultDecision,
    Stream,
)

from .deviations import Due, dues_of
from .results import last_results
from .verifying_posts import with_verifiers


@dataclass(frozen=True)
class Row:
    """One indicator in one place: what stands there, what stood there, and what is due."""

    stream: Stream
    result: Result | None = None
    # The verified value that counts while its restatement is open.
    standing: Result | None = None
    last: Result | None = None
    due: Due | None = None
    # That a draft exists, for someone who may know that but not read it.
    has_hidden_draft: bool = False

    @property
    def version(self) -> IndicatorVersion:
        return self.stream.version

    @property
    def name(self) -> str:
        """What people call the row: "SEK-1, Kitui"."""
        return f"{self.version.indicator.code}, {self.stream.place}"

    @property
    def breakdowns(self) -> list[Disaggregation]:
        return list(self.version.disaggregations.all())

    @property
    def is_editable(self) -> bool:
        return self.result is None or self.result.is_editable

    @property
    def is_filled(self) -> bool:
        return self.result is not None and self.result.numerator is not None

    @property
    def returns(self) -> list[ResultDecision]:
        """Why the value was returned, each time, the last first, until it is submitted again."""
        if self.result is None or not self.result.is_editable:
            return []
        kind = ResultDecision.Kind.RETURNED
        returned = [row for row in self.result.decisions.all() if row.kind == kind]
        return sorted(returned, key=lambda row: row.at, reverse=True)

    @property
    def state(self) -> str:
        if self.result is not None:
            return self.result.state
        return Result.State.DRAFT if self.has_hidden_draft else "missing"


@dataclass(frozen=True)
class Progress:
    """How far a report has come, as far as its reader may know."""

    filled: int
    total: int
    missing: list[Row] = field(default_factory=list)
    hidden_drafts: int = 0


def rows_of(
    obligation: Obligation, *, reader: User | AnonymousUser, knows_of_drafts: bool = False
) -> list[Row]:
    """The rows of a report as the reader may see them, in a fixed number of queries.

    Rows are those that the period asks for, and any other for which a value exists. Who
    ``knows_of_drafts`` learns that they exist, but not what they say (domain 1.33).
    """
    own = Stream.objects.of_mechanism(obligation.mechanism).filter(
        organisation=obligation.organisation
    )
    period = obligation.period
    owed = own.owed_to(obligation.mechanism, period)
    reported = Result.objects.filter(period=period, stream__in=own)
    shown = Q(pk__in=owed.values("pk")) | Q(pk__in=reported.values("stream"))
    streams = list(own.filter(shown).in_full().in_order())
    open_rows, standing = _results_of(obligation, reader)
    dues = dues_of(streams, period, obligation.mechanism.calendar)
    lasts = last_results(streams, period)
    drafts = set(reported.filter(state=Result.State.DRAFT).values_list("stream", flat=True))
    return [
        Row(
            row,
            open_rows.get(row.pk) or standing.get(row.pk),
            standing.get(row.pk) if row.pk in open_rows else None,
            lasts.get(row.pk),
            dues.get(row.pk),
            knows_of_drafts and row.pk in drafts and row.pk not in open_rows,
        )
        for row in streams
    ]


def progress_of(rows: list[Row]) -> Progress:
    """How many of the rows have a value, and which do not."""
    missing = [row for row in rows if not row.is_filled]
    hidden = sum(row.has_hidden_draft for row in rows)
    return Progress(len(rows) - len(missing), len(rows), missing, hidden)


def last_drafted_at(obligation: Obligation) -> dt.datetime | None:
    """When the report's drafts were last edited: all that who chases it may know of them."""
    drafts = Result.objects.of_mechanism(obligation.mechanism).filter(
        stream__organisation=obligation.organisation,
        period=obligation.period,
        state=Result.State.DRAFT,
    )
    events = Event.objects.filter(
        subject_type=ContentType.objects.get_for_model(Result),
        subject_id__in=drafts.values("pk"),
    )
    newest: dt.datetime | None = events.aggregate(at=Max("at"))["at"]
    return newest


def _results_of(
    obligation: Obligation, reader: User | AnonymousUser
) -> tuple[dict[int, Result], dict[int, Result]]:
    """Of each stream the open result that the reader may see, and the verified one."""
    rows = (
        Result.objects.visible_to(reader)
        .of_mechanism(obligation.mechanism)
        .filter(
            stream__organisation=obligation.organisation,
            period=obligation.period,
            state__in=[*Result.OPEN_STATES, Result.State.VERIFIED],
        )
        .in_full()
    )
    open_rows: dict[int, Result] = {}
    standing: dict[int, Result] = {}
    for row in rows:
        target = standing if row.state == Result.State.VERIFIED else open_rows
        target[row.stream_id] = row
    return open_rows, standing


@dataclass(frozen=True)
class Waiting:
    """How many values wait to be verified, since when, and whose focal points verify them."""

    count: int
    since: dt.datetime
    verifiers: list[Organisation]


def waiting_of(rows: Sequence[Row], mechanism: Mechanism, *, on: dt.date) -> Waiting | None:
    """What of the report waits for a verdict; None where nothing does. One query."""
    waiting = [
        (row.stream, row.result.submitted_at)
        for row in rows
        if row.result and row.result.state == Result.State.SUBMITTED and row.result.submitted_at
    ]
    if not waiting:
        return None
    told = with_verifiers([stream for stream, _at in waiting], mechanism, on=on)
    verifiers = dict.fromkeys(each for _stream, found in told for each in found)
    return Waiting(len(waiting), min(at for _stream, at in waiting), list(verifiers))
