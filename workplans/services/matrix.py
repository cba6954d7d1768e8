"""Who has reported on which period: organisations by periods, with how each report stands (R5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from coordination.models import Mechanism, Organisation, Period
from workplans.models import Obligation, Result

from .reminders import posts_of


@dataclass(frozen=True)
class ReportStanding:
    """How one organisation's report on one period stands."""

    obligation: Obligation
    status: str
    waiting: int = 0
    returned: int = 0
    verified: int = 0

    @property
    def is_open(self) -> bool:
        return self.status in {"due", "extended", "overdue"}


@dataclass(frozen=True)
class Line:
    """One organisation's reports in the order of the periods; None where none is owed."""

    organisation: Organisation
    periods: Sequence[Period]
    standings: list[ReportStanding | None]
    posts: Sequence[str] = ()

    @property
    def is_open(self) -> bool:
        """Whether one of the reports is still to come."""
        return any(standing.is_open for standing in self.standings if standing)

    @property
    def labelled(self) -> list[tuple[ReportStanding | None, str]]:
        """Each standing with the period that it is about, for cards that have no heads."""
        return list(zip(self.standings, map(str, self.periods), strict=True))


def lines_of(mechanism: Mechanism, periods: Sequence[Period], *, at: dt.datetime) -> list[Line]:
    """A line for each organisation that owes a report on one of the periods, in three queries.

    Names the posts that fill it in, whom a secretariat asks for.
    """
    obligations = (
        Obligation.objects.of_members()
        .filter(mechanism=mechanism, period__in=periods)
        .in_full()
        .order_by("organisation__short_name")
    )
    counts = _counts(mechanism, periods)
    found: dict[Organisation, dict[int, ReportStanding]] = {}
    for row in obligations:
        standing = ReportStanding(
            row, row.status(at=at), *counts.get((row.organisation_id, row.period_id), ())
        )
        found.setdefault(row.organisation, {})[row.period_id] = standing
    posts = posts_of(list(found), on=timezone.localdate(at))
    return [
        Line(
            organisation,
            periods,
            [standings.get(period.pk) for period in periods],
            posts.get(organisation.pk, ()),
        )
        for organisation, standings in found.items()
    ]


def _counts(
    mechanism: Mechanism, periods: Sequence[Period]
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Of each report how many values wait, were returned, and are verified."""
    states = (Result.State.SUBMITTED, Result.State.RETURNED, Result.State.VERIFIED)
    counts = {state.value: Count("pk", filter=Q(state=state)) for state in states}
    rows = (
        Result.objects.of_mechanism(mechanism)
        .filter(period__in=periods)
        .order_by()
        .values_list("stream__organisation", "period")
        .annotate(**counts)
    )
    return {(organisation, period): tuple(rest) for organisation, period, *rest in rows}
