"""How the reports of one's own organisations stand, and who writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from coordination.models import PARTNER_ROLES, Office, Period, Standing, User
from workplans.models import Narrative, Obligation, Result
from workplans.services.report_counts import ReportCounts, report_counts

NEWEST = 4
MOST = 12  # owed reports of which the page says what each lacks


@dataclass(frozen=True)
class OwedReport:
    """A report that the person fills in: how it stands, what came back and what it lacks."""

    obligation: Obligation
    status: str
    returned: int
    missing: int = 0
    unwritten: int = 0


@dataclass(frozen=True)
class OwnReport:
    """A report of one's organisation, and how many of its values stand where."""

    obligation: Obligation
    status: str
    counts: ReportCounts


@dataclass(frozen=True)
class Reports:
    """The reports of the organisations that a person reports for."""

    owed: list[OwedReport]
    others: list[OwnReport]  # the newest
    newest_due: Period | None  # the last quarter for which one is due


def reports_of(user: User, *, at: dt.datetime) -> Reports:
    """Own reports that are to be filled in, the oldest first, and how the newest others stand.

    To be filled in are those that were not submitted or have values that came back.
    """
    if not Standing.of(user).reports_for:
        return Reports([], [], None)
    found = list(
        Obligation.objects.reported_by(user).of_members().in_full().order_by("due_on", "pk")
    )
    due = [row for row in found if not row.is_exempt]
    returned = returned_counts(user)
    owed = [row for row in due if key_of(row) in returned or not row.is_submitted]
    newest = newest_of(set(found) - set(owed))
    counts, written = report_counts([*owed[:MOST], *newest]), written_counts(owed)
    sections = len(Narrative.Section)
    return Reports(
        [
            OwedReport(
                row,
                row.status(at=at),
                returned.get(key_of(row), 0),
                counts[row.pk].missing if row.pk in counts else 0,
                sections - written.get(row.pk, 0),
            )
            for row in owed
        ],
        [OwnReport(row, row.status(at=at), counts[row.pk]) for row in newest],
        max((row.period for row in due), key=lambda period: period.starts_on, default=None),
    )


def newest_of(obligations: Iterable[Obligation]) -> list[Obligation]:
    """The newest of them, those of one quarter by their mechanism's name."""
    by_name = sorted(obligations, key=lambda row: (row.mechanism.short_name, row.pk))
    return sorted(by_name, key=lambda row: row.period.starts_on, reverse=True)[:NEWEST]


def reporters_of(standing: Standing) -> list[Office]:
    """Who holds an office that reports for the same organisations."""
    if not standing.reports_for:
        return []
    offices = Office.objects.held(on=standing.on).of(*PARTNER_ROLES)
    found = offices.filter(organisation__in=standing.reports_for).in_order()
    return list(found.select_related("holder", "organisation"))


def key_of(obligation: Obligation) -> tuple[int, int, int]:
    return obligation.mechanism_id, obligation.organisation_id, obligation.period_id


def written_counts(obligations: list[Obligation]) -> dict[int, int]:
    """How many sections of each report are written, by the obligation's key."""
    rows = Narrative.objects.filter(obligation__in=obligations).values_list("obligation")
    return dict(rows.annotate(count=Count("pk")).values_list("obligation", "count"))


def returned_counts(user: User) -> dict[tuple[int, int, int], int]:
    """How many own values wait to be mended, by mechanism, organisation and period."""
    rows = (
        Result.objects.filter(
            state=Result.State.RETURNED, stream__organisation__in=Standing.of(user).reports_for
        )
        .values_list("stream__version__indicator__mechanism", "stream__organisation", "period")
        .annotate(count=Count("pk"))
    )
    return {
        (mechanism, organisation, period): count for mechanism, organisation, period, count in rows
    }
