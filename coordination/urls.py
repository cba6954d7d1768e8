"""Addresses of `coordination`."""

from django.urls import URLPattern, URLResolver, path

from coordination.views import (
    anonymisation,
    boundaries,
    events,
    files,
    gallery,
    invitations,
    mechanisms,
    memberships,
    offices,
    organisations,
    support,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("boundaries/<slug:country>/", boundaries.boundary_import, name="boundary-import"),
    path("boundaries/<slug:country>/drop/", boundaries.boundaries_drop, name="boundaries-drop"),
    path("mechanisms/", mechanisms.mechanism_list, name="mechanism-list"),
    path("mechanisms/<slug:slug>/members/", mechanisms.mechanism_members, name="mechanism-members"),
    path("mechanisms/<slug:slug>/state/", mechanisms.mechanism_move, name="mechanism-move"),
    path(
        "mechanisms/<slug:slug>/backbone/",
        mechanisms.backbone_hand_over,
        name="backbone-hand-over",
    ),
    path(
        "mechanisms/<slug:slug>/members/add/",
        memberships.membership_create,
        name="membership-create",
    ),
    path("mechanisms/<slug:slug>/support/", support.support_log, name="support-log"),
    path("mechanisms/<slug:slug>/support/new/", support.support_record, name="support-record"),
    path(
        "mechanisms/<slug:slug>/support/<int:pk>/withdraw/",
        support.support_withdraw,
        name="support-withdraw",
    ),
    path("memberships/<int:pk>/end/", memberships.membership_end, name="membership-end"),
    path("mechanisms/<slug:slug>/people/", offices.person_list, name="person-list"),
    path(
        "mechanisms/<slug:slug>/people/invite/",
        invitations.invitation_create,
        name="invitation-create",
    ),
    path("people/<int:pk>/anonymise/", anonymisation.person_anonymise, name="person-anonymise"),
    path("offices/<int:pk>/end/", offices.office_end, name="office-end"),
    path(
        "invitations/<int:pk>/withdraw/",
        invitations.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path("invitation/", invitations.invitation_pending, name="invitation-pending"),
    path("invitation/<str:token>/", invitations.invitation_accept, name="invitation-accept"),
    path(
        "organisations/<slug:slug>/", organisations.organisation_detail, name="organisation-detail"
    ),
    path("awards/<slug:slug>/", organisations.award_detail, name="award-detail"),
    path("events/", events.event_list, name="event-list"),
    path("files/<int:pk>/", files.file_download, name="file-download"),
    path("files/<int:pk>/small/", files.file_small, name="file-small"),
    path("components/", gallery.component_gallery, name="component-gallery"),
]
