"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import (
    actions,
    appointments,
    bodies,
    cadence,
    capacities,
    decisions,
    minutes,
    printouts,
    rosters,
    seats,
    sessions,
)

BODY = "mechanisms/<slug:slug>/committees/<slug:body_slug>/"
SEAT = f"{BODY}seats/<int:pk>/"
ACTION = "actions/<int:pk>/"
MEETING = "meetings/<int:pk>/"
ITEM = f"{MEETING}minutes/items/<int:item>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "mechanisms/<slug:slug>/committees/",
        bodies.mechanism_committees,
        name="mechanism-committees",
    ),
    path(
        "mechanisms/<slug:slug>/committees/<slug:body_slug>/",
        bodies.body_detail,
        name="body-detail",
    ),
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
    path("mechanisms/<slug:slug>/actions/", actions.action_list, name="action-list"),
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
    # What is printed: minutes, and the guide of a mechanism's bodies.
    path(f"{MEETING}minutes/pdf/", printouts.minutes_print, name="minutes-print"),
    path(
        "mechanisms/<slug:slug>/committee-guide/", printouts.committee_guide, name="committee-guide"
    ),
    path("mechanisms/<slug:slug>/committee-guide/pdf/", printouts.guide_print, name="guide-print"),
    path("printouts/<int:pk>/", printouts.printout_file, name="printout-file"),
    path("printouts/<int:pk>/progress/", printouts.printout_progress, name="printout-progress"),
    # Decisions: the register of a mechanism and of a body, one of them, and how it is recorded.
    path("mechanisms/<slug:slug>/decisions/", decisions.decision_list, name="decision-list"),
    path(
        "mechanisms/<slug:slug>/decisions.<slug:kind>",
        decisions.decision_export,
        name="decision-export",
    ),
    path(f"{BODY}decisions/", decisions.decision_list, name="body-decisions"),
    path("decisions/<int:pk>/", decisions.decision_detail, name="decision-detail"),
    path(f"{MEETING}decisions/new/", decisions.decision_create, name="decision-create"),
]
