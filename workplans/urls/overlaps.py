"""Addresses of possible overlaps: of activities, and of bodies that may be for the same."""

from django.urls import URLPattern, path

from workplans.views import overlaps

from .plans import PLAN

urlpatterns: list[URLPattern] = [
    path(f"{PLAN}overlaps/", overlaps.overlap_list, name="overlap-list"),
    path(f"{PLAN}overlaps/check/", overlaps.overlap_check, name="overlap-check"),
    path("overlaps/<int:pk>/", overlaps.overlap_detail, name="overlap-detail"),
    path("overlaps/<int:pk>/decide/", overlaps.overlap_decide, name="overlap-decide"),
    path("overlaps/<int:pk>/resolve/", overlaps.overlap_resolve, name="overlap-resolve"),
    path(
        "mechanisms/<slug:slug>/role-overlaps/",
        overlaps.role_overlap_list,
        name="role-overlap-list",
    ),
    path(
        "mechanisms/<slug:slug>/role-overlaps/new/",
        overlaps.role_overlap_raise,
        name="role-overlap-raise",
    ),
    path("role-overlaps/<int:pk>/", overlaps.role_overlap_detail, name="role-overlap-detail"),
    path(
        "role-overlaps/<int:pk>/decide/", overlaps.role_overlap_decide, name="role-overlap-decide"
    ),
    path(
        "role-overlaps/<int:pk>/resolve/",
        overlaps.role_overlap_resolve,
        name="role-overlap-resolve",
    ),
]
