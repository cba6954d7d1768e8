"""What a person may do with reports and the values in them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from coordination.models import Mechanism, Standing, StoredFile, User
from coordination.permissions import register_reader
from workplans.models import Obligation, Result


def can_edit_report(user: User | AnonymousUser, obligation: Obligation) -> bool:
    """Each organisation fills in its own report, by its data officer or its signatory."""
    return obligation.organisation_id in Standing.of(user).reports_for


def can_submit_report(user: User | AnonymousUser, obligation: Obligation) -> bool:
    """Both may: in practice the data officer submits what the signatory has seen (decision 14)."""
    return can_edit_report(user, obligation)


def can_run_reporting(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat runs the process (R25)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_extend_obligation(user: User | AnonymousUser, obligation: Obligation) -> bool:
    return can_run_reporting(user, obligation.mechanism)


def can_exempt_obligation(user: User | AnonymousUser, obligation: Obligation) -> bool:
    return can_run_reporting(user, obligation.mechanism)


def can_chase_report(user: User | AnonymousUser, obligation: Obligation) -> bool:
    """See that a draft exists and who did what when, but no draft's figure (domain 1.33)."""
    return can_run_reporting(user, obligation.mechanism)


def can_remind_reporter(user: User | AnonymousUser, obligation: Obligation) -> bool:
    return can_run_reporting(user, obligation.mechanism)


def can_verify_result(user: User | AnonymousUser, result: Result) -> bool:
    """A focal point of the place in its mechanism, and nobody for the own organisation (R25)."""
    standing, stream = Standing.of(user), result.stream
    return (
        standing.verifies(stream.place, stream.version.indicator.mechanism_id)
        and stream.organisation_id not in standing.organisations
    )


def can_return_result(user: User | AnonymousUser, result: Result) -> bool:
    """The verifier, or the secretariat, which may send back but never verify."""
    mechanism = result.stream.version.indicator.mechanism_id
    return mechanism in Standing.of(user).secretariat_of or can_verify_result(user, result)


def can_restate_result(user: User | AnonymousUser, result: Result) -> bool:
    return result.stream.organisation_id in Standing.of(user).reports_for


def can_withdraw_result(user: User | AnonymousUser, result: Result) -> bool:
    """Its reporter while it is not verified; afterwards it is in the verifier's hands."""
    if result.state == Result.State.VERIFIED:
        return can_verify_result(user, result)
    return can_restate_result(user, result)


def can_add_evidence(user: User | AnonymousUser, result: Result) -> bool:
    return can_restate_result(user, result)


def can_drop_evidence(user: User | AnonymousUser, result: Result) -> bool:
    return can_restate_result(user, result)


@register_reader
def can_open_result_evidence(user: User | AnonymousUser, file: StoredFile) -> bool:
    """What stands behind a result is open to whoever sees the result."""
    return Result.objects.visible_to(user).filter(evidence__file=file).exists()
