"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import (
    actions,
    alerts,
    appointments,
    bodies,
    cadence,
    capacities,
    escalations,
    formation,
    rosters,
    seats,
)

MECHANISM = "mechanisms/<slug:slug>/"
COMMITTEES = f"{MECHANISM}committees/"
BODY = f"{COMMITTEES}<slug:body_slug>/"
SEAT = f"{BODY}seats/<int:pk>/"
ACTION = "actions/<int:pk>/"
ALERT = "alerts/<int:pk>/"
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
]
