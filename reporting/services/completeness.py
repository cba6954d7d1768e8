"""Completeness: received n of m, with the missing, late and exempt named (R5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Count, Min, Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Organisation, Period, Place
from workplans.models import IndicatorVersion, Obligation, Result
from workplans.services.membership_terms import Terms, terms_of, was_member, who_owes

from .expectations import Expectations, Expected, KnownStream


class Reception(TextChoices):
    """How a report stands; the words of the interface's status marks."""

    ON_TIME = "on_time", _("On time")
    LATE = "late", _("Late")
    MISSING = "missing", _("Missing")
    AWAITED = "due", _("Due")
    EXEMPT = "exempt", _("Exempt")


@dataclass(frozen=True)
class Reporter:
    """Who owes a report or a value, and how it stands.

    ``place`` is set where a single stream is meant; ``reason`` is that of an exemption or an
    extension.
    """

    organisation: Organisation
    reception: Reception
    last_day: dt.date | None = None
    reason: str = ""
    place: Place | None = None
    is_verified: bool = False
    is_extended: bool = False
    obligation: Obligation | None = None

    def __str__(self) -> str:
        return f"{self.organisation} ({self.place})" if self.place else str(self.organisation)


@dataclass(frozen=True)
class Completeness:
    """Everyone concerned, in the order of their names."""

    reporters: tuple[Reporter, ...]

    @cached_property
    def by_reception(self) -> dict[Reception, list[Reporter]]:
        """The reporters by how they stand; sorted once, for a page asks for each kind."""
        found: dict[Reception, list[Reporter]] = {reception: [] for reception in Reception}
        for reporter in self.reporters:
            found[reporter.reception].append(reporter)
        return found

    @property
    def due(self) -> int:
        """m: all but the exempt."""
        return len(self.reporters) - len(self.exempt)

    @property
    def received(self) -> int:
        """n: those that came, in time or late."""
        return len(self.by_reception[Reception.ON_TIME]) + len(self.late)

    @property
    def verified(self) -> int:
        return sum(reporter.is_verified for reporter in self.reporters)

    @property
    def missing(self) -> list[Reporter]:
        """Those that did not come although their last day is over."""
        return self.by_reception[Reception.MISSING]

    @property
    def awaited(self) -> list[Reporter]:
        """Those that did not come and have still time."""
        return self.by_reception[Reception.AWAITED]

    @property
    def late(self) -> list[Reporter]:
        return self.by_reception[Reception.LATE]

    @property
    def exempt(self) -> list[Reporter]:
        return self.by_reception[Reception.EXEMPT]

    @property
    def extended(self) -> list[Reporter]:
        return [reporter for reporter in self.reporters if reporter.is_extended]

    def as_row(self) -> dict[str, Any]:
        """Received n of m, with the names, as a snapshot keeps it."""
        named = ("missing", "awaited", "late", "exempt")
        return {
            "received": self.received,
            "due": self.due,
            **{key: [str(each) for each in getattr(self, key)] for key in named},
        }


# --- Reports of organisations ---


def completeness_of(
    mechanism: Mechanism,
    period: Period,
    *,
    place: Place | None = None,
    at: dt.datetime | None = None,
) -> Completeness:
    """Whose reports the mechanism received for the period, from everyone or for one place.

    For a place those count who owe a value there, or whose value came. Members whom their
    membership exempts from the place, or from all places, are named as exempt and are never
    missing; those that have left owe nothing for later quarters.
    """
    return completeness_of_each([mechanism], period, place=place, at=at)[mechanism.pk]


def completeness_of_each(
    mechanisms: Collection[Mechanism],
    period: Period,
    *,
    place: Place | None = None,
    at: dt.datetime | None = None,
) -> dict[int, Completeness]:
    """The same of several mechanisms, by their keys, in as many queries."""
    at = at or timezone.now()
    known = {mechanism.pk: mechanism for mechanism in mechanisms}
    terms = terms_of(known)
    reporters: dict[int, list[Reporter]] = {key: [] for key in known}
    for obligation in obligations_for(mechanisms, period, place, terms):
        obligation.mechanism, obligation.period = known[obligation.mechanism_id], period
        reporters[obligation.mechanism_id].append(reporter_of(obligation, at))
    owing = {(key, each.organisation.pk) for key, found in reporters.items() for each in found}
    exempt = [each for each in exempt_members(known, period, place, terms) if each[0] not in owing]
    organisations = Organisation.objects.in_bulk({of for (_key, of), _reason in exempt})
    for (key, of), reason in exempt:
        reporters[key].append(Reporter(organisations[of], Reception.EXEMPT, reason=reason))
    return {key: Completeness(tuple(sorted(found, key=str))) for key, found in reporters.items()}


def obligations_for(
    mechanisms: Collection[Mechanism], period: Period, place: Place | None, terms: Terms
) -> list[Obligation]:
    """The mechanisms' reports on the period, as `ObligationQuerySet.of_members` finds them.

    For a place, of those who owe a value there, or whose value came.
    """
    rows = Obligation.objects.filter(mechanism__in=mechanisms, period=period)
    found = {
        (row.mechanism_id, row.organisation_id): row for row in rows.select_related("organisation")
    }
    found = {
        key: row
        for key, row in found.items()
        if row.is_submitted or was_member(terms.get(key, []), period)
    }
    if place is None:
        return list(found.values())
    there = who_owes(terms, mechanisms, period, place)
    others = {organisation for _mechanism, organisation in found.keys() - there}
    if others:
        came = (
            Result.objects.counted()
            .within(place)
            .filter(
                period=period,
                stream__organisation__in=others,
                stream__version__indicator__mechanism__in=mechanisms,
            )
        )
        there |= set(
            came.values_list(
                "stream__version__indicator__mechanism", "stream__organisation"
            ).distinct()
        )
    return [row for key, row in found.items() if key in there]


def reporter_of(obligation: Obligation, at: dt.datetime) -> Reporter:
    """How one organisation's report stands; its mechanism tells when a day is over."""
    if obligation.is_exempt:
        reception = Reception.EXEMPT
    elif obligation.first_submitted_at is not None:
        reception = Reception.ON_TIME if obligation.was_on_time else Reception.LATE
    else:
        overdue = obligation.is_overdue(at=at)
        reception = Reception.MISSING if overdue else Reception.AWAITED
    return Reporter(
        obligation.organisation,
        reception,
        obligation.last_day,
        obligation.exemption_reason or obligation.extension_reason,
        is_extended=obligation.extended_to is not None,
        obligation=obligation,
    )


def exempt_members(
    mechanisms: dict[int, Mechanism], period: Period, place: Place | None, terms: Terms
) -> Iterator[tuple[tuple[int, int], str]]:
    """Members in the period who report nothing for the place, and why; without one, for any place.

    Each by the keys of mechanism and organisation.
    """
    for member, held in terms.items():
        exempt = [term for term in held if term.path is not None and term.holds_in(period)]
        if not exempt:
            continue
        asked = [place] if place else list(mechanisms[member[0]].places.all())
        for _membership, rows in groupby(exempt, key=lambda term: term.membership):
            of_one = list(rows)
            paths = {term.path for term in of_one}
            if all(not paths.isdisjoint(each.path_and_above) for each in asked):
                yield member, of_one[0].reason


# --- Values of indicators ---


def completeness_of_indicators(
    versions: Collection[IndicatorVersion],
    period: Period,
    place: Place,
    *,
    organisation: Organisation | None = None,
    at: dt.datetime | None = None,
    expectations: Expectations | None = None,
) -> dict[int, Completeness]:
    """Whose values came for the period, by version; each reporter is a stream due in it.

    A value has come when it counts, submitted or verified; being on time is decided by the first
    submission of all. Takes seven queries, whatever the number of versions; one where the
    ``expectations`` are at hand.
    """
    at = at or timezone.now()
    expectations = expectations or Expectations.of(versions, [period])
    arrivals = arrivals_of(versions, period)
    return {
        version.pk: Completeness(
            tuple(
                reporter
                for stream in expectations.streams_in(version, place, organisation)
                if (
                    reporter := reporter_of_stream(
                        stream,
                        period,
                        expectations=expectations,
                        arrival=arrivals.get(stream.pk),
                        at=at,
                    )
                )
            )
        )
        for version in versions
    }


@dataclass(frozen=True)
class Arrival:
    """What came of a stream for a period."""

    first_submitted_at: dt.datetime | None
    is_verified: bool


def arrivals_of(versions: Collection[IndicatorVersion], period: Period) -> dict[int, Arrival]:
    """By stream, what came of those that have a counted value for the period."""
    rows = (
        Result.objects.filter(stream__version__in=versions, period=period)
        .values_list("stream")
        .annotate(
            first=Min("first_submitted_at"),
            counted=Count("pk", filter=Q(state__in=Result.COUNTED_STATES)),
            verified=Count("pk", filter=Q(state=Result.State.VERIFIED)),
        )
    )
    return {
        stream: Arrival(first, bool(verified))
        for stream, first, counted, verified in rows
        if counted
    }


def reporter_of_stream(
    stream: KnownStream,
    period: Period,
    *,
    expectations: Expectations,
    arrival: Arrival | None,
    at: dt.datetime,
) -> Reporter | None:
    """How a stream's value stands; None when none was due and none came."""
    expected = expectations.expected(stream, period)
    if expected == Expected.NOT_DUE and arrival is None:
        return None
    duty = expectations.duty(stream, period)
    obligation = duty.obligation
    if arrival is not None:
        first = arrival.first_submitted_at
        is_late = first is not None and first >= duty.end
        reception = Reception.LATE if is_late else Reception.ON_TIME
    elif expected == Expected.EXEMPT:
        reception = Reception.EXEMPT
    else:
        reception = Reception.MISSING if at >= duty.end else Reception.AWAITED
    return Reporter(
        stream.organisation,
        reception,
        duty.last_day,
        duty.excuse or (obligation.extension_reason if obligation else ""),
        stream.place,
        is_verified=arrival is not None and arrival.is_verified,
        is_extended=obligation is not None and obligation.extended_to is not None,
        obligation=obligation,
    )
