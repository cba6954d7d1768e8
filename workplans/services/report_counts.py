"""How many values of some reports stand where: told of all reports at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from coordination.models import Period, path_and_above
from workplans.models import IndicatorVersion, Obligation, Result, Stream
from workplans.models.stream import frequencies_due_in

from .membership_terms import Term, exempt_paths, terms_of, was_member

State = Result.State
# A value stands in a report while it is being written, waits, came back or counts.
STANDING = frozenset({*Result.OPEN_STATES, State.VERIFIED})


class ReportCounts(NamedTuple):
    """Of one report: values that it lacks, that wait for a verdict, came back, are verified."""

    missing: int
    waiting: int
    returned: int
    verified: int


class ReportingStream(NamedTuple):
    """What decides whether a stream owes a value, as a short row: a desk counts hundreds."""

    pk: int
    version_state: str
    frequency: str
    path: str
    starts_on: dt.date
    ends_before: dt.date | None

    def reports_for(self, period: Period, frequencies: Collection[str]) -> bool:
        """Whether it is due in the period, at the end of which these frequencies ask."""
        return (
            self.version_state != IndicatorVersion.State.DRAFT
            and self.frequency in frequencies
            and self.starts_on < period.ends_before
            and (self.ends_before is None or self.ends_before > period.starts_on)
        )


def report_counts(obligations: Collection[Obligation]) -> dict[int, ReportCounts]:
    """The counts of each report, by its key, in three queries. Who is exempt lacks nothing.

    A draft with a value counts as there. It is for those who fill the reports in: whether a draft
    exists is told to nobody else (domain 1.33). What is owed is what `StreamQuerySet.owed_to` says,
    told by the rows of all reports at once: as conditions of the database, one report's streams
    take longer to ask for than all to count.
    """
    if not obligations:
        return {}
    mechanisms = {each.mechanism_id for each in obligations}
    organisations = {each.organisation_id for each in obligations}
    terms, streams = terms_of(mechanisms), streams_of(mechanisms, organisations)
    states = states_of(organisations, {each.period_id for each in obligations})
    found = {}
    for each in obligations:
        own = streams[each.mechanism_id, each.organisation_id]
        held = terms.get((each.mechanism_id, each.organisation_id), [])
        stand = Counter(
            state for stream in own for state in states.get((stream.pk, each.period_id), ())
        )
        lacking = (
            stream for stream in owing(own, each, held) if (stream.pk, each.period_id) not in states
        )
        found[each.pk] = ReportCounts(
            sum(1 for _stream in lacking),
            stand[State.SUBMITTED],
            stand[State.RETURNED],
            stand[State.VERIFIED],
        )
    return found


def owing(
    streams: Iterable[ReportingStream], obligation: Obligation, held: Collection[Term]
) -> Iterator[ReportingStream]:
    """Those of which the report has to have a value, by the terms ``held`` as a member."""
    period = obligation.period
    if obligation.is_exempt or not was_member(held, period):
        return
    exempt = exempt_paths(held, period)
    frequencies = frequencies_due_in(period, obligation.mechanism.calendar)
    for stream in streams:
        if stream.reports_for(period, frequencies) and exempt.isdisjoint(
            path_and_above(stream.path)
        ):
            yield stream


def streams_of(
    mechanisms: Collection[int], organisations: Collection[int]
) -> dict[tuple[int, int], list[ReportingStream]]:
    """The organisations' streams, by the keys of mechanism and organisation."""
    rows = Stream.objects.filter(
        version__indicator__mechanism__in=mechanisms, organisation__in=organisations
    ).values_list(
        *("version__indicator__mechanism", "organisation"),
        *("pk", "version__state", "version__frequency"),
        *("place__path", "starts_on", "ends_before"),
    )
    found = defaultdict(list)
    for mechanism, organisation, *row in rows:
        found[mechanism, organisation].append(ReportingStream(*row))
    return found


def states_of(
    organisations: Collection[int], periods: Collection[int]
) -> dict[tuple[int, int], list[str]]:
    """The states of the organisations' values that stand, by the keys of stream and period.

    There are two where a verified value is being corrected. It takes fewer joins not to ask for
    some mechanisms only.
    """
    rows = Result.objects.exclude(numerator=None).filter(
        state__in=STANDING, period__in=periods, stream__organisation__in=organisations
    )
    found = defaultdict(list)
    for stream, period, state in rows.values_list("stream", "period", "state"):
        found[stream, period].append(state)
    return dict(found)
