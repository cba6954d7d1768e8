"""Who may do what in `reporting`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from coordination.models import Mechanism, Standing, Visitor, takes_part_in
from reporting.models import Edition, Report


def can_edit_report(user: Visitor, report: Report) -> bool:
    """Write, compile and publish: the mechanism's secretariat."""
    return report.mechanism_id in Standing.of(user).secretariat_of


def can_consent_to(user: Visitor, edition: Edition) -> bool:
    """A county official of a place that the report covers; never the secretariat itself (R25)."""
    report = edition.report
    standing = Standing.of(user)
    if report.mechanism_id in standing.secretariat_of:
        return False
    covered = [report.place] if report.place else list(report.mechanism.places.all())
    return any(
        office.counts_at(place, report.mechanism_id)
        for office in standing.county_offices
        for place in covered
    )


def can_see_figures(user: Visitor, mechanism: Mechanism) -> bool:
    """Running and provisional figures: who takes part. Everyone else reads what is published."""
    return mechanism.pk in takes_part_in(user)
