"""Who is expected to report what, where and when (R4, R5): the other side of what was received."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from django.db.models import Q

from coordination.models import Mechanism, Organisation, Period, Place
from workplans.models import IndicatorVersion, Obligation, Stream
from workplans.models.stream import frequencies_due_in
from workplans.services.membership_terms import Term, Terms, terms_of, was_member


class Expected(Enum):
    """What is expected of a stream for a period."""

    DUE = "due"
    EXEMPT = "exempt"
    NOT_DUE = "not_due"


class KnownStream(NamedTuple):
    """A stream as figures ask for it, its version, organisation and place at hand.

    A page reads thousands of them: as rows they are made in a tenth of the time.
    """

    pk: int
    mechanism: int
    version: IndicatorVersion
    organisation_id: int
    organisation: Organisation
    place_id: int
    place: Place
    starts_on: dt.date
    ends_before: dt.date | None


class Duty(NamedTuple):
    """What an organisation's report of a place on a period hangs on, whatever the indicator."""

    is_member: bool  # who never was one reports all the same
    excuse: str | None  # why it is exempt; None when it is not
    obligation: Obligation | None
    last_day: dt.date
    end: dt.datetime  # of the last day, in the mechanism's zone
    frequencies: Collection[str]  # those that ask for a value at the period's end


@dataclass(frozen=True)
class Expectations:
    """All streams of some indicator versions, and what excuses them, read in six queries."""

    mechanisms: dict[int, Mechanism]
    streams: dict[int, list[KnownStream]]
    obligations: dict[tuple[int, int, int], Obligation]
    terms: Terms
    # Thousands of streams share a few duties, by mechanism, organisation, place and period.
    duties: dict[tuple[int, int, int, int], Duty] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        versions: Collection[IndicatorVersion],
        periods: Collection[Period],
        mechanisms: dict[int, Mechanism] | None = None,
    ) -> Expectations:
        """The expectations for ``versions``, which come with their indicator, in ``periods``.

        The last of these is the one that reports are still owed for. Of the earlier ones only
        exemptions are asked about.
        One query less where their ``mechanisms`` are at hand, with their calendars.
        """
        mechanisms = mechanisms or Mechanism.objects.select_related("calendar").in_bulk(
            {version.indicator.mechanism_id for version in versions}
        )
        return cls(
            mechanisms,
            streams_of(versions),
            obligations_of(mechanisms, periods),
            terms_of(mechanisms),
        )

    @property
    def places(self) -> list[Place]:
        """The places of the streams, each once."""
        streams = (stream for streams in self.streams.values() for stream in streams)
        return list({stream.place_id: stream.place for stream in streams}.values())

    def streams_in(
        self, version: IndicatorVersion, place: Place, organisation: Organisation | None = None
    ) -> list[KnownStream]:
        """The version's streams at or below the place, of the organisation or of all."""
        return [
            stream
            for stream in self.streams.get(version.pk, [])
            if place.contains(stream.place)
            and (organisation is None or stream.organisation_id == organisation.pk)
        ]

    def running_for(self, version: IndicatorVersion, period: Period) -> list[KnownStream]:
        """What `StreamQuerySet.running_for` finds of the version's streams."""
        if version.state == IndicatorVersion.State.DRAFT:
            return []
        return [
            stream
            for stream in self.streams.get(version.pk, [])
            if is_running(stream, period) and was_member(self.terms_of(stream), period)
        ]

    def expected(self, stream: KnownStream, period: Period) -> Expected:
        """Whether the stream owes a value for the period, is excused, or owes none."""
        if not is_running(stream, period):
            return Expected.NOT_DUE
        duty = self.duty(stream, period)
        # Streams stay open when a membership ends.
        if stream.version.frequency not in duty.frequencies or not duty.is_member:
            return Expected.NOT_DUE
        return Expected.DUE if duty.excuse is None else Expected.EXEMPT

    def duty(self, stream: KnownStream, period: Period) -> Duty:
        """What the stream's value for the period hangs on besides the indicator."""
        key = (stream.mechanism, stream.organisation_id, stream.place_id, period.pk)
        if key not in self.duties:
            self.duties[key] = self._duty(stream, period)
        return self.duties[key]

    def _duty(self, stream: KnownStream, period: Period) -> Duty:
        mechanism = self.mechanisms[stream.mechanism]
        obligation = self.obligations.get((mechanism.pk, stream.organisation_id, period.pk))
        terms = self.terms_of(stream)
        last_day = (
            obligation.last_day
            if obligation
            else period.ends_on + dt.timedelta(days=mechanism.report_due_days)
        )
        return Duty(
            was_member(terms, period),
            obligation.exemption_reason
            if obligation and obligation.is_exempt
            else excuse_among(terms, stream.place, period),
            obligation,
            last_day,
            mechanism.end_of_day(last_day),
            frequencies_due_in(period, mechanism.calendar),
        )

    def terms_of(self, stream: KnownStream) -> list[Term]:
        """The times at which the stream's organisation was a member of its mechanism."""
        return self.terms.get((stream.mechanism, stream.organisation_id), [])


def excuse_among(terms: Collection[Term], place: Place, period: Period) -> str | None:
    """Why the place is exempt by one of the terms in the period; None when it is not."""
    for term in terms:
        if term.path in place.path_and_above and term.holds_in(period):
            return term.reason
    return None


def is_running(stream: KnownStream, period: Period) -> bool:
    """Whether the stream reports for some time of the period."""
    return stream.starts_on < period.ends_before and (
        stream.ends_before is None or stream.ends_before > period.starts_on
    )


def streams_of(versions: Collection[IndicatorVersion]) -> dict[int, list[KnownStream]]:
    """The streams of the versions by version, in the order of organisations and places.

    Thousands of streams share a few organisations and places: each of those is made once.
    """
    known = {version.pk: version for version in versions}
    rows = Stream.objects.filter(version__in=known).values_list(
        "pk", "version", "organisation", "place", "starts_on", "ends_before"
    )
    organisations = Organisation.objects.in_bulk({row[2] for row in rows})
    places = Place.objects.in_bulk({row[3] for row in rows})
    found: dict[int, list[KnownStream]] = defaultdict(list)
    for pk, key, organisation, place, starts_on, ends_before in rows:
        version = known[key]
        found[key].append(
            KnownStream(
                pk,
                version.indicator.mechanism_id,
                version,
                organisation,
                organisations[organisation],
                place,
                places[place],
                starts_on,
                ends_before,
            )
        )
    for streams in found.values():
        streams.sort(key=lambda stream: (stream.organisation.short_name, stream.place.path))
    return found


def obligations_of(
    mechanisms: Collection[int], periods: Collection[Period]
) -> dict[tuple[int, int, int], Obligation]:
    """The obligations to the mechanisms, by mechanism, organisation and period.

    All for the last of the periods; of the earlier ones those that are exempt.
    """
    last = max(periods, key=lambda period: period.starts_on, default=None)
    rows = Obligation.objects.filter(
        Q(period=last) | Q(exempted_on__isnull=False),
        mechanism__in=mechanisms,
        period__in=periods,
    )
    return {(row.mechanism_id, row.organisation_id, row.period_id): row for row in rows}
