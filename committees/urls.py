"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import (
    actions,
    alerts,
    appointments,
    bodies,
    cadence,
    capacities,
    decisions,
    escalations,
    formation,
    memos,
    minutes,
    rosters,
    seats,
    sessions,
)

MECHANISM = "mechanisms/<slug:slug>/"
COMMITTEES = f"{MECHANISM}committees/"
BODY = f"{COMMITTEES}<slug:body_slug>/"
SEAT = f"{BODY}seats/<int:pk>/"
ACTION = "actions/<int:pk>/"
MEETING = "meetings/<int:pk>/"
ITEM = f"{MEETING}minutes/items/<int:item>/"
ALERT = "alerts/<int:pk>/"
MEMO = f"{MECHANISM}memos/<str:code>/"
ESCALATION = "escalations/<int:pk>/"

urlpatterns: list[URLPattern | URLResolver] = [
    # Bodies
    path(COMMITTEES, bodies.mechanism_committees, name="mechanism-committees"),
    path(f"{COMMITTEES}new/", formation.body_create, name="body-create"),
    path(BODY, bodies.body_detail, name="body-detail"),
    path(f"{BODY}edit/", formation.body_edit, name="body-edit"),
    path(f"{BODY}state/", formation.body_move, name="body-move"),
    # Seats and whoever holds them
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
    # Decisions: the register of a mechanism and of a body, one of them, and how it is recorded.
    path(f"{MECHANISM}decisions/", decisions.decision_list, name="decision-list"),
    path(
        f"{MECHANISM}decisions.<slug:kind>",
        decisions.decision_export,
        name="decision-export",
    ),
    path(f"{BODY}decisions/", decisions.decision_list, name="body-decisions"),
    path("decisions/<int:pk>/", decisions.decision_detail, name="decision-detail"),
    path(f"{MEETING}decisions/new/", decisions.decision_create, name="decision-create"),
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
]
