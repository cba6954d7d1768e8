"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import (
    actions,
    agenda,
    alerts,
    appointments,
    attendance,
    bodies,
    cadence,
    calendars,
    capacities,
    comparison,
    consultations,
    decisions,
    duties,
    escalations,
    formation,
    grants,
    library,
    meetings,
    memos,
    minutes,
    notifying,
    past_records,
    performance,
    printouts,
    replies,
    rosters,
    seats,
    sessions,
    terms,
)

MECHANISM = "mechanisms/<slug:slug>/"
COMMITTEES = f"{MECHANISM}committees/"
BODY = f"{COMMITTEES}<slug:body_slug>/"
SEAT = f"{BODY}seats/<int:pk>/"
ACTION = "actions/<int:pk>/"
MEETING = "meetings/<int:pk>/"
ITEM = f"{MEETING}minutes/items/<int:item>/"
ALERT = "alerts/<int:pk>/"
PLACE = f"{BODY}performance/<int:pk>/"
MEMO = f"{MECHANISM}memos/<str:code>/"
AGENDA_ITEM = "agenda-items/<int:pk>/"
ESCALATION = "escalations/<int:pk>/"

urlpatterns: list[URLPattern | URLResolver] = [
    # Bodies
    path(COMMITTEES, bodies.mechanism_committees, name="mechanism-committees"),
    path(f"{COMMITTEES}new/", formation.body_create, name="body-create"),
    path(BODY, bodies.body_detail, name="body-detail"),
    path(f"{BODY}edit/", formation.body_edit, name="body-edit"),
    path(f"{BODY}state/", formation.body_move, name="body-move"),
    # Its regular dialogue with stakeholder groups
    path(f"{BODY}dialogue/", consultations.body_dialogue, name="body-dialogue"),
    path(f"{BODY}dialogue/groups/", consultations.dialogue_set, name="dialogue-set"),
    path(f"{BODY}dialogue/new/", consultations.consultation_record, name="consultation-record"),
    path(
        f"{BODY}dialogue/<int:pk>/withdraw/",
        consultations.consultation_withdraw,
        name="consultation-withdraw",
    ),
    # Seats and whoever holds them
    path("mechanisms/<slug:slug>/seats/", seats.mechanism_seats, name="mechanism-seats"),
    path(f"{BODY}seats/", seats.seat_list, name="seat-list"),
    path(f"{BODY}seats/new/", seats.seat_create, name="seat-create"),
    path(SEAT, seats.seat_detail, name="seat-detail"),
    path(f"{SEAT}edit/", seats.seat_edit, name="seat-edit"),
    path(f"{SEAT}close/", seats.seat_close, name="seat-close"),
    path(f"{SEAT}nominate/", appointments.appointment_nominate, name="appointment-nominate"),
    path(
        "appointments/<int:pk>/confirm/",
        appointments.appointment_confirm,
        name="appointment-confirm",
    ),
    path(
        "appointments/<int:pk>/withdraw/",
        appointments.appointment_withdraw,
        name="appointment-withdraw",
    ),
    path("appointments/<int:pk>/end/", appointments.appointment_end, name="appointment-end"),
    path(f"{BODY}seats/confirm/", rosters.roster_confirm, name="roster-confirm"),
    path(f"{BODY}capacities/", capacities.body_capacities, name="body-capacities"),
    path(f"{SEAT}duties/", duties.seat_duties, name="seat-duties"),
    path(f"{SEAT}capacity/", capacities.capacity_assess, name="capacity-assess"),
    path("capacities/<int:pk>/support/", capacities.capacity_support, name="capacity-support"),
    # Whether it meets as it promised
    path(f"{BODY}cadence/", cadence.body_cadence, name="body-cadence"),
    path("cadence/<int:pk>/reason/", cadence.alarm_explain, name="alarm-explain"),
    path("meetings/<int:pk>/gap/", cadence.gap_explain, name="gap-explain"),
    # Action items: of a mechanism, of a body, one of them and what becomes of it.
    path(f"{MECHANISM}actions/", actions.action_list, name="action-list"),
    path(f"{BODY}actions/", actions.action_list, name="body-actions"),
    path(f"{BODY}actions/new/", actions.action_create, name="action-create"),
    path(ACTION, actions.action_detail, name="action-detail"),
    path(f"{ACTION}edit/", actions.action_edit, name="action-edit"),
    path(f"{ACTION}note/", actions.action_note, name="action-note"),
    path(f"{ACTION}done/", actions.action_done, name="action-done"),
    path(f"{ACTION}confirm/", actions.action_confirm, name="action-confirm"),
    path(f"{ACTION}return/", actions.action_return, name="action-return"),
    path(f"{ACTION}cancel/", actions.action_cancel, name="action-cancel"),
    # Minutes: read, written item by item, closed, circulated, corrected, confirmed.
    path(f"{MEETING}minutes/", minutes.minutes_detail, name="minutes-detail"),
    path(f"{MEETING}minutes/from-paper/", past_records.record_type_in, name="record-type-in"),
    path(f"{MEETING}minutes/as-signed/", past_records.minutes_as_signed, name="minutes-as-signed"),
    path(f"{MEETING}minutes/open/", sessions.minutes_open, name="minutes-open"),
    path(f"{MEETING}minutes/write/", sessions.minutes_write, name="minutes-write"),
    path(ITEM, sessions.item_write, name="item-write"),
    path(f"{ITEM}draft/", sessions.item_draft, name="item-draft"),
    path(f"{ITEM}action/", sessions.item_action, name="item-action"),
    path(f"{MEETING}minutes/close/", sessions.minutes_close, name="minutes-close"),
    path(f"{MEETING}minutes/circulate/", minutes.minutes_circulate, name="minutes-circulate"),
    path(f"{MEETING}minutes/corrections/", minutes.correction_ask, name="correction-ask"),
    path("corrections/<int:pk>/", minutes.correction_answer, name="correction-answer"),
    path(f"{MEETING}minutes/confirm/", minutes.minutes_confirm, name="minutes-confirm"),
    # What is printed: minutes, and the guide of a mechanism's bodies.
    path(f"{MEETING}minutes/pdf/", printouts.minutes_print, name="minutes-print"),
    path(f"{MECHANISM}committee-guide/", printouts.committee_guide, name="committee-guide"),
    path(f"{MECHANISM}committee-guide/pdf/", printouts.guide_print, name="guide-print"),
    path("printouts/<int:pk>/", printouts.printout_file, name="printout-file"),
    path("printouts/<int:pk>/progress/", printouts.printout_progress, name="printout-progress"),
    # Decisions: the register of a mechanism and of a body, one of them, and how it is recorded.
    path(f"{MECHANISM}decisions/", decisions.decision_list, name="decision-list"),
    path(
        f"{MECHANISM}decisions.<slug:kind>",
        decisions.decision_export,
        name="decision-export",
    ),
    path(f"{BODY}decisions/", decisions.decision_list, name="body-decisions"),
    path("decisions/<int:pk>/", decisions.decision_detail, name="decision-detail"),
    path("decisions/<int:pk>/correct/", past_records.decision_correct, name="decision-correct"),
    path(f"{MEETING}decisions/new/", decisions.decision_create, name="decision-create"),
    # How communes perform, and what they were granted.
    path(f"{BODY}performance/", performance.performance_list, name="performance-list"),
    path(
        f"{BODY}performance.<slug:kind>",
        performance.performance_export,
        name="performance-export",
    ),
    path(f"{BODY}performance/criteria/", performance.criteria_edit, name="criteria-edit"),
    path(PLACE, performance.performance_detail, name="performance-detail"),
    path(f"{PLACE}review/", performance.performance_create, name="performance-create"),
    path(f"{PLACE}grant/", grants.grant_create, name="grant-create"),
    path(
        "performance-reviews/<int:pk>/correct/",
        performance.performance_correct,
        name="performance-correct",
    ),
    path("grants/<int:pk>/correct/", grants.grant_correct, name="grant-correct"),
    path("grants/<int:pk>/decide/", grants.grant_decide, name="grant-decide"),
    path("grants/<int:pk>/pay/", grants.grant_pay, name="grant-pay"),
    path("grants/<int:pk>/withdraw/", grants.grant_withdraw, name="grant-withdraw"),
    path(f"{MECHANISM}bodies/compare/", comparison.body_compare, name="body-compare"),
    # terms of reference
    path(f"{MECHANISM}terms/", terms.terms_list, name="terms-list"),
    path(f"{MECHANISM}terms/new/", terms.terms_create, name="terms-create"),
    path(f"{MECHANISM}terms/compare/", terms.terms_compare, name="terms-compare"),
    path(f"{BODY}terms/new/", terms.body_terms_create, name="body-terms-create"),
    path("terms/<int:pk>/", terms.terms_detail, name="terms-detail"),
    path("terms/<int:pk>/edit/", terms.terms_edit, name="terms-edit"),
    path("terms/<int:pk>/table/", terms.terms_table, name="terms-table"),
    path("terms/<int:pk>/state/", terms.terms_move, name="terms-move"),
    path("terms/<int:pk>/adoptions/<int:body_pk>/", terms.terms_adopt, name="terms-adopt"),
    # notifications
    path(f"{MECHANISM}notifications/", notifying.notification_list, name="notification-list"),
    path(
        f"{MECHANISM}notifications/new/", notifying.notification_create, name="notification-create"
    ),
    path("notifications/<int:pk>/", notifying.notification_detail, name="notification-detail"),
    path("notifications/<int:pk>/edit/", notifying.notification_edit, name="notification-edit"),
    path(
        "notifications/<int:pk>/withdraw/",
        notifying.notification_withdraw,
        name="notification-withdraw",
    ),
    # Meetings: of a mechanism, of a body, one of them and what becomes of it.
    path(f"{MECHANISM}meetings/", meetings.meeting_list, name="meeting-list"),
    path(f"{BODY}meetings/", meetings.body_meetings, name="body-meetings"),
    path(f"{BODY}meetings/new/", meetings.meeting_create, name="meeting-create"),
    path(f"{BODY}meetings/series/", meetings.series_create, name="series-create"),
    path(f"{BODY}meetings/past/", meetings.meeting_record, name="meeting-record"),
    path(f"{BODY}turnout/", attendance.body_turnout, name="body-turnout"),
    path(f"{BODY}parking-lot/", agenda.body_parking, name="body-parking"),
    path(MEETING, meetings.meeting_detail, name="meeting-detail"),
    path(f"{MEETING}edit/", meetings.meeting_edit, name="meeting-edit"),
    path(f"{MEETING}move/", meetings.meeting_move, name="meeting-move"),
    path(f"{MEETING}cancel/", meetings.meeting_cancel, name="meeting-cancel"),
    # Its agenda.
    path(f"{MEETING}agenda/", agenda.meeting_agenda, name="meeting-agenda"),
    path(f"{MEETING}agenda/template/", agenda.agenda_template, name="agenda-template"),
    path(f"{MEETING}agenda/order/", agenda.agenda_order, name="agenda-order"),
    path(
        f"{MEETING}agenda/<slug:kind>/<int:thing_pk>/",
        agenda.agenda_take_up,
        name="agenda-take-up",
    ),
    path(f"{AGENDA_ITEM}edit/", agenda.item_edit, name="item-edit"),
    path(f"{AGENDA_ITEM}move/", agenda.item_move, name="item-move"),
    path(f"{AGENDA_ITEM}remove/", agenda.item_remove, name="item-remove"),
    # Its people: who is asked, who answers, who came.
    path(f"{MEETING}people/", attendance.meeting_people, name="meeting-people"),
    path(f"{MEETING}call/", attendance.meeting_call, name="meeting-call"),
    path(f"{MEETING}guests/<int:row_pk>/remove/", attendance.guest_remove, name="guest-remove"),
    path(f"{MEETING}attendance/", attendance.meeting_attendance, name="meeting-attendance"),
    path(f"{MEETING}attendance/count/", attendance.attendance_count, name="attendance-count"),
    path(f"{MEETING}sign-in-sheet/", attendance.sign_in_sheet, name="sign-in-sheet"),
    path(f"{MEETING}reply/<int:row_pk>/", replies.meeting_reply, name="meeting-reply"),
    path("reply/<str:token>/", replies.reply_by_link, name="reply-by-link"),
    # Calendars.
    path(f"{MEETING}calendar.ics", calendars.meeting_file, name="meeting-file"),
    path("calendars/", calendars.feed_list, name="feed-list"),
    path("calendars/<int:pk>/revoke/", calendars.feed_revoke, name="feed-revoke"),
    path("calendars/<str:token>.ics", calendars.calendar_feed, name="calendar-feed"),
    # Escalations: what was raised to whom, and the way of its answer.
    path(f"{MECHANISM}escalations/", escalations.escalation_list, name="escalation-list"),
    path(
        f"{MECHANISM}escalations/new/",
        escalations.escalation_raise,
        name="escalation-raise",
    ),
    path(ESCALATION, escalations.escalation_detail, name="escalation-detail"),
    path(
        f"{ESCALATION}acknowledge/",
        escalations.escalation_acknowledge,
        name="escalation-acknowledge",
    ),
    path(f"{ESCALATION}take/", escalations.escalation_take, name="escalation-take"),
    path(f"{ESCALATION}note/", escalations.escalation_note, name="escalation-note"),
    path(f"{ESCALATION}pass-up/", escalations.escalation_pass_up, name="escalation-pass-up"),
    path(f"{ESCALATION}answer/", escalations.escalation_answer, name="escalation-answer"),
    path(f"{ESCALATION}close/", escalations.escalation_close, name="escalation-close"),
    path(f"{ESCALATION}reopen/", escalations.escalation_reopen, name="escalation-reopen"),
    # Alerts of shocks and stresses.
    path(f"{MECHANISM}alerts/", alerts.alert_list, name="alert-list"),
    path(f"{MECHANISM}alerts/new/", alerts.alert_raise, name="alert-raise"),
    path(ALERT, alerts.alert_detail, name="alert-detail"),
    path(f"{ALERT}edit/", alerts.alert_edit, name="alert-edit"),
    path(f"{ALERT}update/", alerts.alert_update, name="alert-update"),
    # Action memos; their codes are numbers or letters that a document gave them.
    path(f"{MECHANISM}memos/", memos.memo_list, name="memo-list"),
    path(f"{MECHANISM}memos/new/", memos.memo_create, name="memo-create"),
    path(MEMO, memos.memo_detail, name="memo-detail"),
    path(f"{MEMO}edit/", memos.memo_edit, name="memo-edit"),
    path(f"{MEMO}ready/", memos.memo_ready, name="memo-ready"),
    path(f"{MEMO}circulate/", memos.memo_circulate, name="memo-circulate"),
    path(f"{MEMO}comments/<int:pk>/", memos.memo_comment, name="memo-comment"),
    path(f"{MEMO}comments/<int:pk>/answer/", memos.comment_answer, name="memo-comment-answer"),
    path(f"{MEMO}outcomes/<slug:body_slug>/", memos.memo_resolve, name="memo-resolve"),
    path(f"{MEMO}implement/", memos.memo_implement, name="memo-implement"),
    # The library and the search
    path(f"{MECHANISM}library/", library.document_list, name="document-list"),
    path(f"{MECHANISM}library/new/", library.document_create, name="document-create"),
    path(f"{BODY}documents/", library.body_documents, name="body-documents"),
    path("documents/", library.library, name="library"),
    path("documents/<int:pk>/", library.document_detail, name="document-detail"),
    path("documents/<int:pk>/edit/", library.document_edit, name="document-edit"),
    path("documents/<int:pk>/renew/", library.document_renew, name="document-renew"),
    path("search/", library.search, name="search"),
]

# Old links go on leading to a body that was renamed, and to everything below it.
for pattern in urlpatterns:
    if isinstance(pattern, URLPattern) and str(pattern.pattern).startswith(BODY):
        pattern.callback = bodies.follows_renames(pattern.callback)
