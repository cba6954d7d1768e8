"""Addresses of `committees`."""

from django.urls import URLPattern, URLResolver, path

from committees.views import bodies

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
]
