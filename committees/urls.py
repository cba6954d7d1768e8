"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import appointments, bodies, cadence, capacities, formation, rosters, seats

COMMITTEES = "mechanisms/<slug:slug>/committees/"
BODY = f"{COMMITTEES}<slug:body_slug>/"
SEAT = f"{BODY}seats/<int:pk>/"

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
]
