"""Who may do what in `workplans`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from committees.models import Body, bodies_chaired_by
from coordination.models import (
    Mechanism,
    Membership,
    Organisation,
    Role,
    Standing,
    StoredFile,
    User,
    takes_part_in,
)
from coordination.permissions import register_reader

from .models import (
    Activity,
    GatePass,
    Indicator,
    JointWorkPlan,
    Obligation,
    Result,
    ResultsFramework,
    Signature,
)

# --- Plans and activities ---


def can_see_work(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Read what is not for the public: internal activities, drafts of indicators, who did what."""
    return mechanism.pk in takes_part_in(user)


def can_create_plan(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat begins a plan, together with the county (domain 1.10)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_edit_plan(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat keeps the frame of a plan; its lines are the lead organisations' (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_validate_plan(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Validate and close a plan: its government, and who chairs its review committee."""
    if Standing.of(user).verifies(plan.place, plan.mechanism_id):
        return True
    reviewing = Body.objects.filter(mechanism=plan.mechanism_id, kind=Body.Kind.REVIEW).filter(
        Q(place=None) | Q(place__path__in=plan.place.path_and_above)
    )
    return reviewing.filter(pk__in=bodies_chaired_by(user)).exists()


def can_advance_plan(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat leads the process, and records what others decide; they decide (R25)."""
    if plan.mechanism_id in Standing.of(user).secretariat_of:
        return True
    return can_validate_plan(user, plan)


def can_freeze_version(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat lays a plan before its signatories, and records what they sign on paper."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_sign(user: User | AnonymousUser, signature: Signature) -> bool:
    """Each side for itself: the focal point, a partner's signatory, the donor's officer (R25)."""
    standing, plan = Standing.of(user), signature.version.plan
    if signature.side == Signature.Side.COUNTY:
        return standing.verifies(plan.place, plan.mechanism_id)
    if signature.side == Signature.Side.DONOR:
        return signature.organisation_id in standing.donors
    signing = standing.holding(Role.PARTNER_SIGNATORY)
    return signature.organisation_id in {office.organisation for office in signing}


@register_reader
def can_open_signed_paper(user: User | AnonymousUser, file: StoredFile) -> bool:
    """The signed paper names people: it is open to who takes part in the mechanism (R24)."""
    return Signature.objects.filter(
        file=file, version__plan__mechanism__in=takes_part_in(user)
    ).exists()


def can_publish_plan(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat makes a plan public; what is in it is the lead organisations' (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_move_planning_step(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Say that the place holds an official step on another day: its government, the secretariat."""
    standing = Standing.of(user)
    return plan.mechanism_id in standing.secretariat_of or standing.verifies(
        plan.place, plan.mechanism_id
    )


def can_record_participation(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Note who took part in an official step: officials and leads of the county, secretariat."""
    standing = Standing.of(user)
    here = any(
        office.counts_at(plan.place, plan.mechanism_id) for office in standing.county_offices
    )
    return here or plan.mechanism_id in standing.secretariat_of


def can_keep_phases(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat runs the process (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_work_on_phase(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Settle points and ask for the gate: the secretariat, officials and leads of the county."""
    return can_record_participation(user, plan)


def gate_sides_of(user: User | AnonymousUser, plan: JointWorkPlan) -> list[str]:
    """For which sides the user decides on a gate: the county's, the secretariat's, or none."""
    standing = Standing.of(user)
    sides: list[str] = []
    if standing.verifies(plan.place, plan.mechanism_id):
        sides.append(GatePass.Side.FOCAL_POINT)
    if plan.mechanism_id in standing.secretariat_of:
        sides.append(GatePass.Side.SECRETARIAT)
    return sides


def can_decide_on_gate(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    return bool(gate_sides_of(user, plan))


def can_create_activity(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    return organisations_led_by(user, plan).exists()


def organisations_led_by(
    user: User | AnonymousUser, plan: JointWorkPlan
) -> models.QuerySet[Organisation]:
    """Organisations of the plan's mechanism for which the user may write activities."""
    standing = Standing.of(user)
    members = Membership.objects.current(on=standing.on).filter(mechanism=plan.mechanism_id)
    return Organisation.objects.filter(
        Q(pk__in=members.values("organisation")) | Q(pk=plan.lead_department_id),
        pk__in=standing.reports_for,
    )


def can_edit_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Each organisation writes its own activities; nobody writes another's (domain 1.33)."""
    return activity.lead_id in Standing.of(user).reports_for


def can_link_action(user: User | AnonymousUser, activity: Activity) -> bool:
    """Say which action item it serves: its lead, and the secretariat that follows actions up."""
    if activity.plan.mechanism_id in Standing.of(user).secretariat_of:
        return True
    return can_edit_activity(user, activity)


def can_update_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    return activity.lead_id in Standing.of(user).reports_for


@register_reader
def can_open_update_evidence(user: User | AnonymousUser, file: StoredFile) -> bool:
    """What is attached to an update is open to whoever sees the activity."""
    return Activity.objects.visible_to(user).filter(updates__evidence__file=file).exists()


# --- Frameworks and indicators ---


def can_edit_framework(user: User | AnonymousUser, framework: ResultsFramework) -> bool:
    """The secretariat records what the parties agreed; an administrator enters the tree (R25)."""
    return framework.mechanism_id in Standing.of(user).secretariat_of


def can_create_indicator(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    return mechanism.pk in Standing.of(user).secretariat_of


def can_edit_indicator(user: User | AnonymousUser, indicator: Indicator) -> bool:
    """The secretariat keeps reference sheets, baselines and targets (R25)."""
    return indicator.mechanism_id in Standing.of(user).secretariat_of


# --- Reports and results ---


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
