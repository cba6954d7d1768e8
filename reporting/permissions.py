"""Who may do what in `reporting`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from coordination.models import Mechanism, Standing, Visitor, takes_part_in
from reporting.models import Edition, Report, Review
from workplans.models import JointWorkPlan


def can_edit_report(user: Visitor, report: Report) -> bool:
    """Write, compile and publish: the mechanism's secretariat."""
    return report.mechanism_id in Standing.of(user).secretariat_of


def can_consent_to(user: Visitor, edition: Edition) -> bool:
    """The focal point of a place that the report covers; never the secretariat itself (R25)."""
    return Report.objects.consented_by(user).filter(pk=edition.report_id).exists()


def can_see_figures(user: Visitor, mechanism: Mechanism) -> bool:
    """Running and provisional figures: who takes part. Everyone else reads what is published."""
    return mechanism.pk in takes_part_in(user)


def can_open_review(user: Visitor, plan: JointWorkPlan) -> bool:
    """Begin the review of a quarter: the secretariat serves the review committee (P24)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_prepare_review(user: Visitor, review: Review) -> bool:
    """Have its pack made, ask for decisions, publish: the mechanism's secretariat."""
    return review.plan.mechanism_id in Standing.of(user).secretariat_of


def can_ask_decision(user: Visitor, review: Review) -> bool:
    """Ask the committee to decide: the secretariat, and the officials of the plan's place."""
    standing, plan = Standing.of(user), review.plan
    return can_prepare_review(user, review) or standing.verifies(plan.place, plan.mechanism_id)


def can_consent_to_review(user: Visitor, review: Review) -> bool:
    """A focal point of the plan's place; never the secretariat itself (R25)."""
    return Review.objects.consented_by(user).filter(pk=review.pk).exists()
