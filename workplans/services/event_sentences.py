"""How the events of `workplans` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism
from coordination.services.event_changes import register_labels, register_parts
from coordination.services.event_sentences import register_entries
from coordination.services.events import register_sentences
from workplans.models import (
    Activity,
    ActivityEvent,
    ActivityUpdate,
    EventFollowUp,
    EventMove,
    Indicator,
    IndicatorVersion,
    JointWorkPlan,
    Narrative,
    Obligation,
    Participation,
    PlanningDocument,
    PlanningLine,
    Stream,
)

# What an administrator enters in the administration.
ENTERED = (
    "category", "disaggregation", "intendedresult", "jointworkplan", "learningquestion",
    "planningcalendar", "planningevent", "resultsframework",
)  # fmt: skip

SENTENCES = {
    "workplans.plan_created": _("%(who)s began the plan %(what)s"),
    "workplans.plan_edited": _("%(who)s edited the plan %(what)s"),
    "workplans.plan_signed": _("%(who)s recorded that %(what)s is signed"),
    "workplans.plan_started": _("%(who)s recorded that %(what)s is in implementation"),
    "workplans.plan_closed": _("%(who)s recorded that %(what)s is closed"),
    "workplans.plan_published": _("%(who)s published %(what)s"),
    "workplans.planning_step_moved": _("%(who)s moved a step of the official calendar of %(what)s"),
    "workplans.participation_recorded": _("%(who)s noted who took part in a step: %(what)s"),
    "workplans.participation_withdrawn": _("%(who)s withdrew a note of who took part in %(what)s"),
    "workplans.feed_opened": _("%(who)s opened a calendar of %(what)s"),
    "workplans.feed_revoked": _("%(who)s revoked a calendar of %(what)s"),
    "workplans.activity_created": _("%(who)s added %(what)s to its plan"),
    "workplans.activity_edited": _("%(who)s edited %(what)s"),
    "workplans.activity_negotiated": _("%(who)s recorded that %(what)s is being negotiated"),
    "workplans.activity_put_forward": _("%(who)s put %(what)s forward as agreed"),
    "workplans.activity_agreed": _("%(who)s confirmed for the county that %(what)s is agreed"),
    "workplans.completion_confirmed": _(
        "%(who)s confirmed for the county that %(what)s is completed"
    ),
    "workplans.activity_sent_back": _("%(who)s sent %(what)s back for the county"),
    "workplans.activity_postponed": _("%(who)s postponed %(what)s"),
    "workplans.activity_suspended": _("%(who)s suspended %(what)s"),
    "workplans.activity_resumed": _("%(who)s took %(what)s up again"),
    "workplans.activity_cancelled": _("%(who)s cancelled %(what)s"),
    "workplans.activity_merged": _("%(who)s merged %(what)s into another activity"),
    "workplans.action_linked": _("%(who)s tied an action item to %(what)s"),
    "workplans.action_unlinked": _("%(who)s took an action item off %(what)s"),
    "workplans.activity_updated": _("%(who)s told the progress of %(what)s"),
    "workplans.activity_event_added": _("%(who)s recorded the event %(what)s"),
    "workplans.activity_event_edited": _("%(who)s edited the event %(what)s"),
    "workplans.activity_event_postponed": _("%(who)s put off the event %(what)s"),
    "workplans.follow_up_asked": _("%(who)s asked for a follow-up of %(what)s"),
    "workplans.follow_up_finished": _("%(who)s recorded a follow-up of %(what)s as done"),
    "workplans.bottleneck_raised": _("%(who)s recorded the bottleneck %(what)s"),
    "workplans.bottleneck_edited": _("%(who)s followed the bottleneck %(what)s up"),
    "workplans.bottleneck_resolved": _("%(who)s recorded that %(what)s is resolved"),
    "workplans.updates_chased": _("%(who)s asked for the missing updates of %(what)s"),
    "workplans.document_created": _("%(who)s added the planning document %(what)s"),
    "workplans.document_edited": _("%(who)s edited the planning document %(what)s"),
    "workplans.document_moved": _("%(who)s recorded a step of %(what)s"),
    "workplans.document_renewed": _("%(who)s began the next version: %(what)s"),
    "workplans.document_replaced": _("%(who)s replaced %(what)s by its next version"),
    "workplans.line_saved": _("%(who)s edited a line of %(what)s"),
    "workplans.line_dropped": _("%(who)s took a line off %(what)s"),
    "workplans.lines_imported": _("%(who)s brought lines of %(what)s in from a spreadsheet"),
    "workplans.commitment_entered": _("%(who)s entered the commitment %(what)s"),
    "workplans.commitment_edited": _("%(who)s edited the commitment %(what)s"),
    "workplans.commitment_confirmed": _("%(who)s confirmed of the commitment %(what)s"),
    "workplans.commitment_released": _("%(who)s recorded a release of %(what)s"),
    "workplans.spending_recorded": _("%(who)s recorded what was spent of %(what)s"),
    "workplans.commitment_withdrawn": _("%(who)s withdrew the commitment %(what)s"),
    "workplans.commitment_closed": _("%(who)s closed the commitment %(what)s"),
    "workplans.plan_rate_set": _("%(who)s set a rate of %(what)s"),
    "workplans.monthly_rate_set": _("%(who)s entered a monthly rate of %(what)s"),
    "workplans.travel_policy_begun": _("%(who)s recorded the travel policy %(what)s"),
    "workplans.travel_rate_declared": _("%(who)s declared a travel rate of %(what)s"),
    "workplans.travel_rate_dropped": _("%(who)s took a travel rate off %(what)s"),
    "workplans.audit_recorded": _("%(who)s recorded the audit %(what)s"),
    "workplans.audit_edited": _("%(who)s edited the audit %(what)s"),
    "workplans.audit_followed_up": _("%(who)s recorded what was done about %(what)s"),
    "workplans.learning_answered": _("%(who)s answered the learning question %(what)s"),
    "workplans.sector_narrative_told": _("%(who)s wrote for the review of %(what)s"),
    "workplans.plan_rolled_over": _("%(who)s carried lines over into %(what)s"),
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
    "lines": _("lines"),
    "last_period": _("last period that is reported"),
    "lead": _("lead organisation"),
    "lead_department": _("lead department"),
    "organisations": _("who took part"),
    "participants": _("participants"),
    "partners": _("co-implementers"),
    "planning_step": _("step of the official calendar"),
    "reporter": _("reporter"),
    "reporters": _("reporters"),
    "target": _("target"),
    "amount": _("amount"),
    "confirmed": _("confirmed"),
    "released": _("released"),
    "spent": _("spent"),
    "spent_in_period": _("spent in the period"),
    "monthly_rate": _("monthly rate"),
    "rate": _("rate"),
    "travel_rate": _("travel rate"),
    "travel_rates": _("travel rates"),
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
    register_parts(JointWorkPlan, [EventMove, Participation])
    register_parts(Mechanism, [Indicator, IndicatorVersion])
    register_parts(Activity, [ActivityUpdate])
    register_parts(ActivityEvent, [EventFollowUp])
    register_parts(PlanningDocument, [PlanningLine])
