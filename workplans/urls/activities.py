"""Addresses of the activities of a plan, each below its code."""

from django.urls import URLPattern, path

from workplans.views import (
    action_links,
    activities,
    activity_cells,
    activity_events,
    activity_links,
    commitments,
    moves,
    travel,
)

from .plans import PLAN

EVENT = f"{PLAN}<str:code>/events/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(f"{PLAN}new/", activities.activity_create, name="activity-create"),
    path(f"{PLAN}<str:code>/", activities.activity_detail, name="activity-detail"),
    path(f"{PLAN}<str:code>/outputs/", activity_links.activity_outputs, name="activity-outputs"),
    path(f"{PLAN}<str:code>/ties/", activity_links.activity_tie, name="activity-tie"),
    path(
        f"{PLAN}<str:code>/ties/<int:pk>/untie/",
        activity_links.activity_untie,
        name="activity-untie",
    ),
    path(f"{PLAN}<str:code>/comments/", activity_links.activity_comment, name="activity-comment"),
    path(
        f"{PLAN}<str:code>/comments/<int:pk>/answer/",
        activity_links.comment_answer,
        name="comment-answer",
    ),
    path(f"{PLAN}<str:code>/cells/", activity_cells.activity_cells, name="activity-cells"),
    path(f"{PLAN}<str:code>/edit/", activities.activity_edit, name="activity-edit"),
    path(
        f"{PLAN}<str:code>/commitments/new/",
        commitments.commitment_create,
        name="commitment-create",
    ),
    path(f"{PLAN}<str:code>/confirm/", moves.activity_confirm, name="activity-confirm"),
    path(f"{PLAN}<str:code>/move/<slug:move>/", moves.activity_move, name="activity-move"),
    path(f"{PLAN}<str:code>/actions/", action_links.action_link, name="action-link"),
    path(
        f"{PLAN}<str:code>/actions/<int:pk>/unlink/",
        action_links.action_unlink,
        name="action-unlink",
    ),
    path(
        f"{PLAN}<str:code>/updates/<slug:period>/",
        activities.activity_update,
        name="activity-update",
    ),
    path(
        f"{PLAN}<str:code>/events/new/",
        activity_events.activity_event_create,
        name="activity-event-create",
    ),
    path(EVENT, activity_events.activity_event_detail, name="activity-event-detail"),
    path(f"{EVENT}edit/", activity_events.activity_event_edit, name="activity-event-edit"),
    path(
        f"{EVENT}postpone/", activity_events.activity_event_postpone, name="activity-event-postpone"
    ),
    path(f"{EVENT}travel/", travel.travel_rate_declare, name="travel-rate-declare"),
    path(f"{EVENT}travel/<int:rate>/drop/", travel.travel_rate_drop, name="travel-rate-drop"),
    path(f"{EVENT}follow-ups/", activity_events.follow_up_ask, name="follow-up-ask"),
    path(
        f"{EVENT}follow-ups/<int:follow_up>/",
        activity_events.follow_up_finish,
        name="follow-up-finish",
    ),
]
