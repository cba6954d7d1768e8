"""Addresses of `workplans`, by noun as the views are."""

from django.urls import URLPattern

from . import (
    activities,
    indicators,
    learning,
    money,
    overlaps,
    planning_documents,
    plans,
    process,
    results,
)

urlpatterns: list[URLPattern] = [
    *plans.urlpatterns,
    *process.urlpatterns,
    *money.urlpatterns,
    *overlaps.urlpatterns,
    *learning.urlpatterns,
    # The code of an activity has a figure, so that it is none of the words above.
    *activities.urlpatterns,
    *planning_documents.urlpatterns,
    *indicators.urlpatterns,
    *results.urlpatterns,
]
