"""Who is expected to report what, where and when (R4, R5): the other side of what was received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from coordination.models import Mechanism, Organisation, Period, Place
from workplans.models import IndicatorVersion, Obligation, Stream
from workplans.models.stream import frequencies_due_in
from workplans.services.membership_terms import Term, Terms, terms_of, was_member


class Expected(Enum):
    """What is expected of a stream for a period."""

    DUE = "due"
    EXEMPT = "exempt"
    NOT_DUE = "not_due"


@dataclass(frozen=True)
class Expectations:
    """All streams of some indicator versions, and what excuses them, read in six queries."""

    mechanisms: dict[int, Mechanism]
    streams: dict[int, list[Stream]]
    obligations: dict[tuple[int, int, int], Obligation]
    terms: Terms

    @classmethod
    def of(
        cls,
        versions: Collection[IndicatorVersion],
        periods: Collection[Period],
        mechanisms: dict[int, Mechanism] | None = None,
    ) -> Expectations:
        """The expectations for ``versions``, which come with their indicator, in ``periods``.

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
    ) -> list[Stream]:
        """The version's streams at or below the place, of the organisation or of all."""
        return [
            stream
            for stream in self.streams.get(version.pk, [])
            if place.contains(stream.place)
            and (organisation is None or stream.organisation_id == organisation.pk)
        ]

    def obligation_of(self, stream: Stream, period: Period) -> Obligation | None:
        """The obligation that the stream's value for the period belongs to."""
        mechanism = stream.version.indicator.mechanism_id
        return self.obligations.get((mechanism, stream.organisation_id, period.pk))

    def expected(self, stream: Stream, period: Period) -> Expected:
        """Whether the stream owes a value for the period, is excused, or owes none."""
        mechanism = self.mechanisms[stream.version.indicator.mechanism_id]
        running = stream.starts_on < period.ends_before and (
            stream.ends_before is None or stream.ends_before > period.starts_on
        )
        due = frequencies_due_in(period, mechanism.calendar)
        if not running or stream.version.frequency not in due:
            return Expected.NOT_DUE
        # Streams stay open when a membership ends. Who never was a member reports all the same.
        if not was_member(self.terms_of(stream), period):
            return Expected.NOT_DUE
        return Expected.DUE if self.excuse(stream, period) is None else Expected.EXEMPT

    def excuse(self, stream: Stream, period: Period) -> str | None:
        """Why the stream is exempt in the period; None when it is not."""
        obligation = self.obligation_of(stream, period)
        if obligation and obligation.is_exempt:
            return obligation.exemption_reason
        for term in self.terms_of(stream):
            if term.path in stream.place.path_and_above and term.holds_in(period):
                return term.reason
        return None

    def terms_of(self, stream: Stream) -> list[Term]:
        """The times at which the stream's organisation was a member of its mechanism."""
        key = (stream.version.indicator.mechanism_id, stream.organisation_id)
        return self.terms.get(key, [])


def streams_of(versions: Collection[IndicatorVersion]) -> dict[int, list[Stream]]:
    """The streams of the versions by version, in the order of organisations and places.

    Thousands of streams share a few organisations and places: each of those is made once.
    """
    known = {version.pk: version for version in versions}
    streams = list(Stream.objects.filter(version__in=known))
    organisations = Organisation.objects.in_bulk({each.organisation_id for each in streams})
    places = Place.objects.in_bulk({each.place_id for each in streams})
    found: dict[int, list[Stream]] = defaultdict(list)
    for stream in streams:
        stream.version = known[stream.version_id]
        stream.organisation = organisations[stream.organisation_id]
        stream.place = places[stream.place_id]
        found[stream.version_id].append(stream)
    for rows in found.values():
        rows.sort(key=lambda stream: (stream.organisation.short_name, stream.place.path))
    return found


def obligations_of(
    mechanisms: Collection[int], periods: Iterable[Period]
) -> dict[tuple[int, int, int], Obligation]:
    """The obligations to the mechanisms, by mechanism, organisation and period."""
    rows = Obligation.objects.filter(mechanism__in=mechanisms, period__in=list(periods))
    return {(row.mechanism_id, row.organisation_id, row.period_id): row for row in rows}
