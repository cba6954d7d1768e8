"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import bodies, formation

COMMITTEES = "mechanisms/<slug:slug>/committees/"
BODY = f"{COMMITTEES}<slug:body_slug>/"

urlpatterns: list[URLPattern | URLResolver] = [
    # bodies
    path(COMMITTEES, bodies.mechanism_committees, name="mechanism-committees"),
    path(f"{COMMITTEES}new/", formation.body_create, name="body-create"),
    path(BODY, bodies.body_detail, name="body-detail"),
    path(f"{BODY}edit/", formation.body_edit, name="body-edit"),
    path(f"{BODY}state/", formation.body_move, name="body-move"),
]
