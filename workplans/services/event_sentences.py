"""How the events of `workplans` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism
from coordination.services.event_changes import register_labels, register_parts
from coordination.services.event_sentences import register_entries
from coordination.services.events import register_sentences
from workplans.models import (
    Activity,
    ActivityUpdate,
    EventMove,
    GatePass,
    Indicator,
    IndicatorVersion,
    JointWorkPlan,
    Narrative,
    Obligation,
    Participation,
    Phase,
    PhaseSession,
    PlanVersion,
    Signature,
    Stream,
)

# What an administrator enters in the administration.
ENTERED = (
    "category", "disaggregation", "intendedresult", "jointworkplan", "planningcalendar",
    "planningevent", "resultsframework",
)  # fmt: skip

SENTENCES = {
    "workplans.plan_created": _("%(who)s began the plan %(what)s"),
    "workplans.plan_edited": _("%(who)s edited the plan %(what)s"),
    "workplans.plan_drafted": _("%(who)s recorded that %(what)s is being drafted"),
    "workplans.plan_consolidated": _("%(who)s recorded that %(what)s is consolidated"),
    "workplans.plan_validated": _("%(who)s recorded that %(what)s is validated"),
    "workplans.plan_returned": _("%(who)s sent %(what)s back to be drafted on"),
    "workplans.version_frozen": _("%(who)s froze a version of %(what)s to be signed"),
    "workplans.version_withdrawn": _("%(who)s withdrew a version of %(what)s"),
    "workplans.version_signed": _("%(who)s signed %(what)s"),
    "workplans.signature_recorded": _("%(who)s recorded a signature on paper under %(what)s"),
    "workplans.plan_signed": _("%(what)s is signed by all sides"),
    "workplans.plan_amended": _("The changes of %(what)s are signed by all whom they concern"),
    "workplans.plan_started": _("%(who)s recorded that %(what)s is in implementation"),
    "workplans.plan_closed": _("%(who)s recorded that %(what)s is closed"),
    "workplans.plan_evaluated": _("%(who)s recorded that %(what)s is evaluated"),
    "workplans.plan_published": _("%(who)s published %(what)s"),
    "workplans.planning_step_moved": _("%(who)s moved a step of the official calendar of %(what)s"),
    "workplans.participation_recorded": _("%(who)s noted who took part in a step: %(what)s"),
    "workplans.participation_withdrawn": _("%(who)s withdrew a note of who took part in %(what)s"),
    "workplans.phases_laid_out": _("%(who)s laid out the phases of %(what)s"),
    "workplans.phase_added": _("%(who)s added the phase %(what)s"),
    "workplans.phase_edited": _("%(who)s edited the phase %(what)s"),
    "workplans.phase_removed": _("%(who)s took a phase out of %(what)s"),
    "workplans.phase_begun": _("%(who)s recorded that %(what)s has begun"),
    "workplans.phase_point_added": _("%(who)s added a point to %(what)s"),
    "workplans.phase_point_settled": _("%(who)s said how a point of %(what)s stands"),
    "workplans.phase_point_dropped": _("%(who)s took a point off %(what)s"),
    "workplans.participant_required": _("%(who)s named who is required at %(what)s"),
    "workplans.requirement_dropped": _("%(who)s no longer requires somebody at %(what)s"),
    "workplans.session_linked": _("%(who)s made a meeting a session of %(what)s"),
    "workplans.session_unlinked": _("%(who)s took a session off %(what)s"),
    "workplans.leaders_noted": _("%(who)s noted whether leaders were at a session of %(what)s"),
    "workplans.gate_requested": _("%(who)s asked for the gate of %(what)s"),
    "workplans.gate_passed_by_side": _("%(who)s let %(what)s pass, for one side"),
    "workplans.gate_sent_back": _("%(who)s sent %(what)s back"),
    "workplans.phase_passed": _("%(what)s passed its gate"),
    "workplans.feed_opened": _("%(who)s opened a calendar of %(what)s"),
    "workplans.feed_revoked": _("%(who)s revoked a calendar of %(what)s"),
    "workplans.activity_created": _("%(who)s added %(what)s to its plan"),
    "workplans.activity_edited": _("%(who)s edited %(what)s"),
    "workplans.action_linked": _("%(who)s tied an action item to %(what)s"),
    "workplans.action_unlinked": _("%(who)s took an action item off %(what)s"),
    "workplans.activity_updated": _("%(who)s told the progress of %(what)s"),
    "workplans.framework_reviewed": _("%(who)s recorded that %(what)s is reviewed"),
    "workplans.framework_endorsed": _("%(who)s recorded that %(what)s is endorsed"),
    "workplans.framework_put_in_force": _("%(who)s recorded that %(what)s is in force"),
    "workplans.framework_replaced": _("%(who)s recorded that %(what)s is replaced"),
    "workplans.intended_result_edited": _("%(who)s edited the intended result %(what)s"),
    "workplans.indicator_created": _("%(who)s drafted the indicator %(what)s"),
    "workplans.indicator_edited": _("%(who)s edited the reference sheet of %(what)s"),
    "workplans.indicator_put_in_use": _("%(who)s put %(what)s in use"),
    "workplans.indicator_revised": _("%(who)s replaced the reference sheet of %(what)s"),
    "workplans.indicator_discarded": _("%(who)s discarded the draft of an indicator of %(what)s"),
    "workplans.indicator_retired": _("%(who)s retired %(what)s"),
    "workplans.reporter_assigned": _("%(who)s named a reporter of %(what)s"),
    "workplans.reporter_released": _("%(who)s ended the duty of a reporter of %(what)s"),
    "workplans.evidence_dropped": _("%(who)s took evidence off %(what)s"),
    "workplans.target_set": _("%(who)s set the target %(what)s"),
    "workplans.target_revised": _("%(who)s revised the target %(what)s"),
    "workplans.baseline_set": _("%(who)s set the baseline %(what)s"),
    "workplans.target_withdrawn": _("%(who)s withdrew a target of %(what)s"),
    "workplans.baseline_withdrawn": _("%(who)s withdrew a baseline of %(what)s"),
    "workplans.obligation_opened": _("%(who)s opened the report %(what)s"),
    "workplans.obligation_extended": _("%(who)s extended the report %(what)s"),
    "workplans.obligation_exempted": _("%(who)s exempted the report %(what)s"),
    "workplans.exemption_lifted": _("%(who)s lifted the exemption of the report %(what)s"),
    "workplans.reporter_reminded": _("%(who)s reminded the reporters of %(what)s"),
    "workplans.report_submitted": _("%(who)s submitted the report %(what)s"),
    "workplans.report_resubmitted": _("%(who)s submitted more of the report %(what)s"),
    "workplans.narrative_edited": _("%(who)s edited a text of the report %(what)s"),
    "workplans.result_drafted": _("%(who)s drafted the value %(what)s"),
    "workplans.draft_cleared": _("%(who)s cleared a draft of %(what)s"),
    "workplans.result_submitted": _("%(who)s submitted the value %(what)s"),
    "workplans.result_resubmitted": _("%(who)s submitted again the value %(what)s"),
    "workplans.result_verified": _("%(who)s verified the value %(what)s"),
    "workplans.result_returned": _("%(who)s returned the value %(what)s"),
    "workplans.result_restated": _("%(who)s restated the value %(what)s"),
    "workplans.result_withdrawn": _("%(who)s withdrew the value %(what)s"),
    "workplans.evidence_added": _("%(who)s attached evidence to the value %(what)s"),
}

# What no model calls by its name, or only by one that cannot be translated.
LABELS = {
    "baseline": _("baseline"),
    "budget": _("budget"),
    "disaggregation": _("disaggregation"),
    "disaggregations": _("disaggregated by"),
    "evidence": _("evidence"),
    "framework": _("results framework"),
    "intended_result": _("intended result"),
    "last_day": _("last day"),
    "last_period": _("last period that is reported"),
    "lead": _("lead organisation"),
    "lead_department": _("lead department"),
    "organisations": _("who took part"),
    "partners": _("co-implementers"),
    "participant": _("required participant"),
    "point": _("point"),
    "session": _("session"),
    "planning_step": _("step of the official calendar"),
    "reporter": _("reporter"),
    "reporters": _("reporters"),
    "target": _("target"),
    "value": _("value"),
    "year": _("year"),
}


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
    register_entries("workplans", ENTERED)
    register_labels(LABELS)
    register_labels(dict(Narrative.Section.choices), of=Obligation)
    register_parts(Indicator, [IndicatorVersion, Stream])
    register_parts(JointWorkPlan, [EventMove, Participation, PlanVersion, Signature])
    register_parts(Phase, [GatePass, PhaseSession])
    register_parts(Mechanism, [Indicator, IndicatorVersion])
    register_parts(Activity, [ActivityUpdate])
