"""How the events of `committees` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.services.event_changes import register_labels
from coordination.services.event_sentences import register_entries
from coordination.services.events import register_sentences

# What an administrator enters in the administration.
ENTERED = ("body", "meeting")

SENTENCES = {
    # bodies
    "committees.body_proposed": _("%(who)s proposed a body: %(what)s"),
    "committees.body_edited": _("%(who)s edited what is told of %(what)s"),
    "committees.body_moved": _("%(who)s recorded the new state of %(what)s"),
    # seats and whoever holds them
    "committees.seat_created": _("%(who)s set up the seat %(what)s"),
    "committees.seat_edited": _("%(who)s edited the seat %(what)s"),
    "committees.seat_closed": _("%(who)s closed the seat %(what)s"),
    "committees.seat_nominated": _("%(who)s recorded a nomination: %(what)s"),
    "committees.nomination_withdrawn": _("%(who)s withdrew a nomination: %(what)s"),
    "committees.seat_offered": _("%(who)s sent the invitation to a seat: %(what)s"),
    "committees.appointment_confirmed": _("%(who)s confirmed the appointment: %(what)s"),
    "committees.appointment_ended": _("%(who)s ended the appointment: %(what)s"),
    "committees.roster_confirmed": _("%(who)s confirmed the roster of %(what)s"),
    "committees.capacity_assessed": _("%(who)s assessed a capacity: %(what)s"),
    "committees.capacity_supported": _("%(who)s recorded that support was given: %(what)s"),
    "committees.dialogue_set": _("%(who)s said with which groups %(what)s keeps dialogue"),
    "committees.consultation_recorded": _("%(who)s recorded a consultation: %(what)s"),
    "committees.consultation_withdrawn": _("%(who)s withdrew a consultation: %(what)s"),
    "committees.duty_logged": _("%(who)s wrote down what was done for a duty: %(what)s"),
    # whether bodies meet
    "committees.alarm_raised": _("%(who)s raised the alarm of a missed meeting: %(what)s"),
    "committees.alarm_reddened": _("%(who)s raised the alarm to red: %(what)s"),
    "committees.alarm_lifted": _("%(who)s lifted the alarm of a missed meeting: %(what)s"),
    "committees.gap_explained": _("%(who)s gave the reason of a gap: %(what)s"),
    "committees.attendance_noted": _("%(who)s noted the attendance of %(what)s"),
    "committees.guests_added": _("%(who)s added guests to %(what)s"),
    "committees.guests_removed": _("%(who)s took guests off %(what)s"),
    "committees.decision_taken": _("%(who)s recorded the decision %(what)s"),
    "committees.decision_ratified": _("%(who)s recorded that %(what)s was ratified"),
    "committees.decision_replaced": _("%(who)s recorded that %(what)s was replaced"),
    "committees.meeting_opened": _("%(who)s opened %(what)s"),
    "committees.meeting_closed": _("%(who)s closed %(what)s"),
    "committees.minutes_written": _("%(who)s wrote in the minutes of %(what)s"),
    "committees.record_typed_in": _("%(who)s typed in the record of %(what)s from paper"),
    "committees.decision_corrected": _("%(who)s corrected the decision %(what)s as on paper"),
    "committees.minutes_circulated": _("%(who)s circulated the minutes of %(what)s"),
    "committees.correction_asked": _("%(who)s asked for a correction of the minutes of %(what)s"),
    "committees.correction_answered": _("%(who)s answered a correction of the minutes of %(what)s"),
    "committees.printout_requested": _("%(who)s asked for a PDF: %(what)s"),
    "committees.printout_made": _("%(who)s made a PDF: %(what)s"),
    "committees.printout_failed": _("%(who)s could not make a PDF: %(what)s"),
    "committees.minutes_confirmed": _("%(who)s recorded the minutes of %(what)s as confirmed"),
    # action items, escalations, alerts
    "committees.action_set": _("%(who)s set the action item %(what)s"),
    "committees.action_edited": _("%(who)s edited the action item %(what)s"),
    "committees.action_noted": _("%(who)s noted progress on %(what)s"),
    "committees.action_done": _("%(who)s said that %(what)s is done"),
    "committees.action_confirmed": _("%(who)s recorded that %(what)s is confirmed"),
    "committees.action_returned": _("%(who)s returned %(what)s to its owner"),
    "committees.action_cancelled": _("%(who)s cancelled %(what)s"),
    # reviews of performance, and grants
    "committees.criteria_set": _("%(who)s set the criteria of reviews: %(what)s"),
    "committees.performance_reviewed": _("%(who)s recorded the %(what)s"),
    "committees.performance_corrected": _("%(who)s corrected the %(what)s"),
    "committees.grant_proposed": _("%(who)s recorded that a grant is proposed: %(what)s"),
    "committees.grant_decided": _("%(who)s recorded what was decided: %(what)s"),
    "committees.grant_paid": _("%(who)s recorded that it was paid: %(what)s"),
    "committees.grant_withdrawn": _("%(who)s recorded that it was withdrawn: %(what)s"),
    "committees.grant_corrected": _("%(who)s corrected the %(what)s"),
    # the library
    "committees.document_added": _("%(who)s added a document: %(what)s"),
    "committees.document_edited": _("%(who)s edited what is told of %(what)s"),
    "committees.document_renewed": _("%(who)s added a version of %(what)s"),
    # terms of reference, notifications
    "committees.terms_drafted": _("%(who)s drafted terms of reference: %(what)s"),
    "committees.terms_edited": _("%(who)s edited the terms of reference %(what)s"),
    "committees.terms_tabled": _("%(who)s tabled the terms of reference %(what)s"),
    "committees.terms_approved": _("%(who)s recorded that %(what)s was approved"),
    "committees.terms_sent_back": _("%(who)s recorded that %(what)s was sent back"),
    "committees.terms_notified": _("%(who)s recorded that %(what)s was notified"),
    "committees.terms_put_in_force": _("%(who)s recorded that %(what)s is in force"),
    "committees.terms_superseded": _("%(who)s recorded that %(what)s is replaced"),
    "committees.terms_adopted": _("%(who)s recorded how far a body has come: %(what)s"),
    "committees.terms_unnotified": _("%(who)s recorded that %(what)s was not notified after all"),
    "committees.notification_recorded": _("%(who)s recorded the notification %(what)s"),
    "committees.notification_corrected": _("%(who)s corrected what was recorded of %(what)s"),
    "committees.notification_withdrawn": _("%(who)s withdrew the record of %(what)s"),
    "committees.meeting_scheduled": _("%(who)s scheduled %(what)s"),
    "committees.meeting_edited": _("%(who)s edited the meeting %(what)s"),
    "committees.meeting_moved": _("%(who)s moved %(what)s"),
    "committees.meeting_postponed": _("%(who)s postponed %(what)s"),
    "committees.meeting_cancelled": _("%(who)s cancelled %(what)s"),
    "committees.meeting_recorded": _("%(who)s recorded that %(what)s was held"),
    "committees.meeting_called": _("%(who)s sent the invitations to %(what)s"),
    "committees.meeting_answered": _("%(who)s took an answer to %(what)s"),
    "committees.feed_opened": _("%(who)s opened a calendar of %(what)s"),
    "committees.feed_revoked": _("%(who)s revoked a calendar of %(what)s"),
    "committees.agenda_item_added": _("%(who)s put an item on the agenda: %(what)s"),
    "committees.agenda_item_parked": _("%(who)s put an item on the parking lot: %(what)s"),
    "committees.agenda_item_edited": _("%(who)s edited the agenda item %(what)s"),
    "committees.agenda_item_removed": _("%(who)s took an item off the agenda of %(what)s"),
    "committees.agenda_ordered": _("%(who)s put the agenda of %(what)s in order"),
    "committees.escalation_raised": _("%(who)s raised %(what)s"),
    "committees.escalation_acknowledged": _("%(who)s acknowledged %(what)s"),
    "committees.escalation_in_hand": _("%(who)s took in hand %(what)s"),
    "committees.escalation_noted": _("%(who)s noted what the body says of %(what)s"),
    "committees.escalation_passed_up": _("%(who)s passed up %(what)s"),
    "committees.escalation_sent_down": _("%(who)s answered the body below about %(what)s"),
    "committees.escalation_answered": _("%(who)s answered %(what)s"),
    "committees.escalation_closed": _("%(who)s closed %(what)s"),
    "committees.alert_raised": _("%(who)s raised the alert %(what)s"),
    "committees.alert_updated": _("%(who)s told of the alert %(what)s"),
    "committees.alert_edited": _("%(who)s edited the alert %(what)s"),
    "committees.memo_drafted": _("%(who)s drafted the memo %(what)s"),
    "committees.memo_edited": _("%(who)s edited the memo %(what)s"),
    "committees.memo_ready": _("%(who)s said that the memo %(what)s is ready"),
    "committees.memo_circulated": _("%(who)s sent for comment the memo %(what)s"),
    "committees.memo_commented": _("%(who)s commented on a memo: %(what)s"),
    "committees.memo_comment_answered": _("%(who)s answered a comment: %(what)s"),
    "committees.memo_resolved": _("%(who)s recorded what a body resolved on the memo %(what)s"),
    "committees.memo_implemented": _("%(who)s recorded that %(what)s is implemented"),
    "committees.escalation_reopened": _("%(who)s asked again about %(what)s"),
}


# How fields are called that no model calls so itself.
LABELS = {
    "amount": _("amount"),
    "body": _("body"),
    "capacity": _("capacity"),
    "criteria": _("criteria"),
    "first_day": _("first day"),
    "groups": _("groups"),
    "items": _("items"),
    "meeting_due_on": _("meeting due on"),
    "scores": _("scores"),
    "seats": _("seats"),
    "support_planned": _("support planned"),
}


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
    register_entries("committees", ENTERED)
    register_labels(LABELS)
    register_labels({"body": _("body"), "when": _("when"), "papers": _("papers")})
