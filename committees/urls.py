"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import (
    actions,
    appointments,
    bodies,
    cadence,
    capacities,
    comparison,
    decisions,
    formation,
    library,
    minutes,
    notifying,
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
    # The library and the search
    path(f"{MECHANISM}library/", library.document_list, name="document-list"),
    path(f"{MECHANISM}library/new/", library.document_create, name="document-create"),
    path(f"{BODY}documents/", library.body_documents, name="body-documents"),
    path("documents/<int:pk>/", library.document_detail, name="document-detail"),
    path("documents/<int:pk>/edit/", library.document_edit, name="document-edit"),
    path("documents/<int:pk>/renew/", library.document_renew, name="document-renew"),
    path("search/", library.search, name="search"),
]
