"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import appointments, bodies, cadence, capacities, rosters, seats

BODY = "mechanisms/<slug:slug>/committees/<slug:body_slug>/"
SEAT = f"{BODY}seats/<int:pk>/"
from committees.views import actions

BODY = "mechanisms/<slug:slug>/committees/<slug:body_slug>/"
ACTION = "actions/<int:pk>/"

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
]
