"""Who may do what in `reporting`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from coordination.models import Mechanism, Standing, Visitor, takes_part_in
from reporting.models import Edition, Report


def can_edit_report(user: Visitor, report: Report) -> bool:
    """Write, compile and publish: the mechanism's secretariat."""
    return report.mechanism_id in Standing.of(user).secretariat_of


def can_consent_to(user: Visitor, edition: Edition) -> bool:
    """The focal point of a place that the report covers; never the secretariat itself (R25)."""
    return Report.objects.consented_by(user).filter(pk=edition.report_id).exists()


def can_see_figures(user: Visitor, mechanism: Mechanism) -> bool:
    """Running and provisional figures: who takes part. Everyone else reads what is published."""
    return mechanism.pk in takes_part_in(user)
