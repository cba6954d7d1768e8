"""Who may do what in `workplans`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from committees.models import Appointment, Body, bodies_chaired_by
from coordination.models import (
    Mechanism,
    Membership,
    Organisation,
    Place,
    Role,
    Standing,
    StoredFile,
    User,
    lead_departments,
    serves_in,
    takes_part_in,
    within_path,
)
from coordination.permissions import register_reader

from .models import (
    Activity,
    ActivityEvent,
    Bottleneck,
    Commitment,
    EventFollowUp,
    GatePass,
    Indicator,
    JointWorkPlan,
    Obligation,
    Overlap,
    PlanningDocument,
    Result,
    ResultsFramework,
    RoleOverlap,
    Signature,
    ValueForMoneyAudit,
)
from .models.commitment import COUNTY_TYPES

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


def can_move_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Each organisation says what becomes of its own activities (domain 1.13)."""
    return can_edit_activity(user, activity)


def can_end_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Cancel or merge it: its lead, and the secretariat on the word of the committee (R25)."""
    return _serves(user, activity.plan.mechanism_id) or can_move_activity(user, activity)


def can_comment_on_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Whoever takes part in the mechanism says what he or she thinks of it (P37)."""
    return can_see_work(user, activity.plan.mechanism)


def can_answer_comment(user: User | AnonymousUser, activity: Activity) -> bool:
    """Its lead accepts or declines what others say of it."""
    return can_edit_activity(user, activity)


def can_confirm_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """The county's sector lead confirms what the lead has said (domain 1.13).

    An official of the department that leads the sector, or of its government; where no department
    is named, any focal point of the place. Nobody for a partner of one's own (R25).
    """
    return confirms_activities(user)(activity)


def confirms_activities(user: User | AnonymousUser) -> Callable[[Activity], bool]:
    """``can_confirm_activity`` for many activities, asking once a place and sector who leads it."""
    standing = Standing.of(user)
    known: dict[tuple[int, int], list[Organisation]] = {}

    def departments_for(activity: Activity) -> list[Organisation]:
        if activity.sector_id is None:
            return []
        place, sector = activity.plan.place, activity.sector_id
        if (place.pk, sector) not in known:
            known[place.pk, sector] = lead_departments([sector], place).get(sector, [])
        return known[place.pk, sector]

    def may_confirm(activity: Activity) -> bool:
        plan = activity.plan
        offices = {
            office.organisation
            for office in standing.focal_point_offices
            if office.counts_at(plan.place, plan.mechanism_id)
        }
        if not offices or activity.lead_id in standing.reports_for:
            return False
        departments = departments_for(activity)
        leading = {each for one in departments for each in (one.pk, one.parent_id)}
        return not departments or bool(leading & offices)

    return may_confirm


def can_link_action(user: User | AnonymousUser, activity: Activity) -> bool:
    """Say which action item it serves: its lead, and the secretariat that follows actions up."""
    return _serves(user, activity.plan.mechanism_id) or can_edit_activity(user, activity)


def can_update_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    return activity.lead_id in Standing.of(user).reports_for


@register_reader
def can_open_update_evidence(user: User | AnonymousUser, file: StoredFile) -> bool:
    """What is attached to an update is open to whoever sees the activity."""
    return Activity.objects.visible_to(user).filter(updates__evidence__file=file).exists()


# --- Overlaps ---


def can_see_overlaps(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Whoever takes part; what is only possible is not for the public (domain 1.15)."""
    return can_see_work(user, mechanism)


def can_decide_overlap(user: User | AnonymousUser, overlap: Overlap) -> bool:
    """The place's focal point, or the department that leads the sector (domain 1.15).

    Nobody who works for one of the two leads decides, nor the secretariat (R25).
    """
    standing, mechanism = Standing.of(user), overlap.first.plan.mechanism_id
    if {overlap.first.lead_id, overlap.second.lead_id} & standing.organisations:
        return False
    if standing.verifies(overlap.place, mechanism):
        return True
    sector = overlap.first.sector_id
    leading = lead_departments([sector], overlap.place).get(sector, []) if sector else []
    return bool({department.pk for department in leading} & standing.reports_for)


def can_raise_role_overlap(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Whoever takes part sees two bodies do the same first (domain 1.33: comment)."""
    return can_see_work(user, mechanism)


def can_decide_role_overlap(user: User | AnonymousUser, overlap: RoleOverlap) -> bool:
    """A focal point of the mechanism: bodies are the government's to order (domain 1.15)."""
    standing = Standing.of(user)
    places = overlap.mechanism.places.all()
    return any(standing.verifies(place, overlap.mechanism_id) for place in places)


# --- Implementation ---


def can_record_event(user: User | AnonymousUser, activity: Activity) -> bool:
    """Record a training or visit: the activity's lead, and the secretariat of joint visits."""
    return _serves(user, activity.plan.mechanism_id) or can_update_activity(user, activity)


def can_finish_follow_up(user: User | AnonymousUser, follow_up: EventFollowUp) -> bool:
    """Say that it is done: who owns it, and who recorded the event that asked for it."""
    if follow_up.owner_id in Standing.of(user).reports_for:
        return True
    return can_record_event(user, follow_up.event.activity)


def can_decide_lines(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Say which lines go over: the secretariat of all, an organisation of its own (R25)."""
    return can_edit_plan(user, plan) or can_create_activity(user, plan)


def organisations_raising(
    user: User | AnonymousUser, plan: JointWorkPlan
) -> models.QuerySet[Organisation]:
    """Those for which the user says what holds the plan up: own ones, and the backbone."""
    led = organisations_led_by(user, plan)
    if plan.mechanism_id not in Standing.of(user).secretariat_of:
        return led
    backbone = plan.served_by
    return led | Organisation.objects.filter(pk=backbone.pk) if backbone else led


def can_raise_bottleneck(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    return organisations_raising(user, plan).exists()


def can_edit_bottleneck(user: User | AnonymousUser, bottleneck: Bottleneck) -> bool:
    """Who raised it follows it up; the secretariat chases it."""
    standing = Standing.of(user)
    is_secretariat = bottleneck.plan.mechanism_id in standing.secretariat_of
    return is_secretariat or bottleneck.raised_by_id in standing.reports_for


def can_chase_updates(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat asks for updates that are missing; it writes none (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_record_audit(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat records what an auditor found; the auditor is a post, and never its own."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_follow_up_audit(user: User | AnonymousUser, audit: ValueForMoneyAudit) -> bool:
    """Say what was done about it: who is to follow it up, and the secretariat."""
    standing = Standing.of(user)
    is_owner = audit.owner_id is not None and audit.owner_id in standing.reports_for
    return is_owner or audit.mechanism_id in standing.secretariat_of


def can_reflect(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Write the words of a review: the place's officials for their sectors, and the secretariat."""
    standing = Standing.of(user)
    is_secretariat = plan.mechanism_id in standing.secretariat_of
    return is_secretariat or standing.verifies(plan.place, plan.mechanism_id)


@register_reader
def can_open_event_evidence(user: User | AnonymousUser, file: StoredFile) -> bool:
    """What is marked public is open to whoever sees the event; a list of names to no one else."""
    events = ActivityEvent.objects.visible_to(user)
    inside = Q(activity__plan__mechanism__in=takes_part_in(user), evidence__file=file)
    return events.filter(Q(evidence__file=file, evidence__is_public=True) | inside).exists()


# --- Posts behind a plan ---


def can_nudge_departments(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Whoever holds a champion's seat in the plan's place, or stands in there (P9)."""
    standing = Standing.of(user)
    if not standing.offices:
        return False
    held = Appointment.objects.championing(plan.place, plan.mechanism_id, on=standing.on)
    return held.filter(holder=user.pk).exists()


# --- Guiding principles ---


def can_open_assessment(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat opens a year's self-assessment; it sees no organisation's scores (R25)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def organisations_assessing(
    user: User | AnonymousUser, mechanism: Mechanism
) -> models.QuerySet[Organisation]:
    """Those for which the user answers: by its officers, a government by its focal point.

    And the backbone by the mechanism's secretariat.
    """
    standing = Standing.of(user)
    answered = Q(pk__in=standing.reports_for)
    if mechanism.pk in standing.secretariat_of:
        answered |= Q(backbone_of=mechanism)
    for office in standing.focal_point_offices:
        if office.mechanism in {None, mechanism.pk}:
            county = Organisation.Type.COUNTY_GOVERNMENT
            answered |= Q(type=county, place__path=office.place_path)
    return Organisation.objects.filter(answered).distinct()


# --- Planning documents ---


def can_create_planning_document(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat, and whoever speaks for a government of the mechanism's places."""
    return bool(places_planned_by(user, mechanism)) or _serves(user, mechanism.pk)


def places_planned_by(user: User | AnonymousUser, mechanism: Mechanism) -> models.QuerySet[Place]:
    """The places whose documents the user keeps there: all, for the secretariat."""
    places = Place.objects.filter(mechanisms=mechanism)
    if _serves(user, mechanism.pk):
        country = Place.objects.filter(pk=mechanism.country_id)
        return Place.objects.filter(pk__in=(places | country).values("pk"))
    paths = [
        office.place_path
        for office in Standing.of(user).focal_point_offices
        if office.mechanism in {None, mechanism.pk} and office.place_path
    ]
    condition = Q(pk__in=[])
    for path in paths:
        condition |= within_path(path)
    return places.filter(condition).distinct()


def can_keep_planning_document(user: User | AnonymousUser, document: PlanningDocument) -> bool:
    """Describe it, enter its lines, record its steps: its government, and the secretariat (R25)."""
    if _serves(user, document.mechanism_id):
        return True
    return Standing.of(user).verifies(document.place, document.mechanism_id)


@register_reader
def can_open_planning_document(user: User | AnonymousUser, file: StoredFile) -> bool:
    """The file of a document is open to whoever sees the document."""
    return PlanningDocument.objects.visible_to(user).filter(file=file).exists()


def _serves(user: User | AnonymousUser, mechanism: int) -> bool:
    return mechanism in Standing.of(user).secretariat_of


# --- Money ---


def can_see_commitments(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Whose money it is; the public, and a donor of other awards, reads totals (domain 1.33)."""
    return mechanism.pk in serves_in(user)


def organisations_paying(
    user: User | AnonymousUser, activity: Activity
) -> models.QuerySet[Organisation]:
    """Organisations for which the user may enter what they put into the activity."""
    standing = Standing.of(user)
    members = Membership.objects.current(on=standing.on).filter(mechanism=activity.plan.mechanism)
    concerned = (
        Q(pk__in=members.values("organisation"))
        | Q(pk=activity.plan.lead_department_id)
        | Q(pk=activity.lead_id)
        | Q(pk__in=activity.partners.values("organisation"))
    )
    own = Q(pk__in=standing.reports_for) & concerned
    place = activity.plan.place
    for office in standing.focal_point_offices:
        path = office.place_path or ""
        is_near = path in place.path_and_above or path.startswith(f"{place.path}/")
        if is_near and office.mechanism in {None, activity.plan.mechanism_id}:
            own |= Q(place__path=path, type__in=COUNTY_TYPES)
    return Organisation.objects.filter(own)


def can_enter_commitment(user: User | AnonymousUser, activity: Activity) -> bool:
    return organisations_paying(user, activity).exists()


def can_edit_commitment(user: User | AnonymousUser, commitment: Commitment) -> bool:
    """Its organisation's data officer or signatory; of a county's, the focal point."""
    organisation = commitment.organisation
    standing = Standing.of(user)
    return organisation.pk in standing.reports_for or _answers_for(
        standing, organisation, commitment.activity.plan.mechanism_id
    )


def can_confirm_commitment(user: User | AnonymousUser, commitment: Commitment) -> bool:
    """Only the organisation's authorised signatory, or who answers for the county's money (R14).

    Whoever is of the mechanism's secretariat never does, whatever else the person holds (R25).
    """
    standing, mechanism = Standing.of(user), commitment.activity.plan.mechanism_id
    if mechanism in standing.secretariat_of:
        return False
    organisation = commitment.organisation
    signs_for = {office.organisation for office in standing.holding(Role.PARTNER_SIGNATORY)}
    return organisation.pk in signs_for or _answers_for(standing, organisation, mechanism)


def can_set_rates(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat keeps the rates: they are facts with a source, and approve nothing (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_begin_travel_policy(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat records what county and partners agreed on (R25)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def _answers_for(standing: Standing, organisation: Organisation, mechanism: int) -> bool:
    """Whether the person is focal point of the very place that the organisation governs."""
    return organisation.type in COUNTY_TYPES and any(
        organisation.place is not None
        and office.place_path == organisation.place.path
        and office.mechanism in {None, mechanism}
        for office in standing.focal_point_offices
    )


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
