"""How the reports of one's own organisations stand, and who writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from coordination.models import PARTNER_ROLES, Office, Standing, User
from workplans.models import Obligation, Result
from workplans.services.grid import missing_counts

NEWEST = 4


@dataclass(frozen=True)
class OwnReport:
    """A report of one's organisation, and how many of its values stand where."""

    obligation: Obligation
    status: str
    waiting: int = 0
    returned: int = 0
    verified: int = 0
    missing: int = 0


def own_reports(
    user: User, *, apart_from: Collection[Obligation], at: dt.datetime
) -> list[OwnReport]:
    """The newest reports of the organisations that the user reports for, in a few queries.

    Those ``apart_from`` stand elsewhere on the page already.
    """
    if not Standing.of(user).reports_for:
        return []
    obligations = Obligation.objects.reported_by(user).of_members().in_full()
    obligations = obligations.exclude(pk__in=[each.pk for each in apart_from])
    newest = list(obligations.order_by("-period__starts_on", "mechanism__short_name")[:NEWEST])
    counts = counts_of(newest)
    missing = missing_counts([row for row in newest if not row.is_exempt])
    return [
        OwnReport(
            row, row.status(at=at), *counts.get(key_of(row), (0, 0, 0)), missing.get(row.pk, 0)
        )
        for row in newest
    ]


def reporters_of(standing: Standing) -> list[Office]:
    """Who holds an office that reports for the same organisations."""
    if not standing.reports_for:
        return []
    offices = Office.objects.held(on=standing.on).of(*PARTNER_ROLES)
    return list(offices.filter(organisation__in=standing.reports_for).in_full().in_order())


def key_of(obligation: Obligation) -> tuple[int, int, int]:
    return obligation.mechanism_id, obligation.organisation_id, obligation.period_id


def counts_of(obligations: list[Obligation]) -> dict[tuple[int, int, int], tuple[int, int, int]]:
    """Of each report how many values wait, came back and are verified."""
    states = (Result.State.SUBMITTED, Result.State.RETURNED, Result.State.VERIFIED)
    rows = (
        Result.objects.filter(
            stream__organisation__in={row.organisation_id for row in obligations},
            period__in={row.period_id for row in obligations},
        )
        .order_by()
        .values_list("stream__version__indicator__mechanism", "stream__organisation", "period")
        .annotate(**{state.value: Count("pk", filter=Q(state=state)) for state in states})
    )
    return {
        (mechanism, organisation, period): tuple(counts)
        for mechanism, organisation, period, *counts in rows
    }
