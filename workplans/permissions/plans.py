"""What a person may do with a joint work plan, its versions, phases and calendar."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from committees.models import Appointment, Body, bodies_chaired_by
from coordination.models import Mechanism, Role, Standing, StoredFile, User, takes_part_in
from coordination.permissions import register_reader
from workplans.models import GatePass, JointWorkPlan, Signature

from .activities import can_create_activity


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


def can_take_next_step(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Offered the next step of a plan: those who decide it, and the secretariat for all others."""
    if plan.next_state in (*plan.DECIDED, plan.State.SIGNED):
        return can_advance_plan(user, plan)
    return can_edit_plan(user, plan)


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


def can_decide_lines(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Say which lines go over: the secretariat of all, an organisation of its own (R25)."""
    return can_edit_plan(user, plan) or can_create_activity(user, plan)


def can_nudge_departments(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Whoever holds a champion's seat in the plan's place, or stands in there (P9)."""
    standing = Standing.of(user)
    if not standing.offices:
        return False
    held = Appointment.objects.championing(plan.place, plan.mechanism_id, on=standing.on)
    return held.filter(holder=user.pk).exists()
