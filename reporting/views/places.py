"""Places: who does what where, what was achieved, and what is published about it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.models import Mechanism, Place
from reporting.forms.figures import latest_of, periods_of
from reporting.forms.places import PresenceFilter
from reporting.models import Report
from reporting.services.completeness import completeness_of
from reporting.services.presence import presence_by_sector, sub_places
from reporting.services.result_tables import Question, read_rows, versions_in
from reporting.views.library import in_full
from workplans.models import Activity

ACTIVITIES_A_PAGE = 50
INDICATORS = 12
NEWEST = 4


@require_safe
def place_list(request: HttpRequest) -> HttpResponse:
    """The countries, and in each the places that a mechanism covers."""
    mechanisms = Mechanism.objects.visible_to(request.user)
    covered = (
        Place.objects.filter(mechanisms__in=mechanisms)
        .annotate(
            mechanism_count=Count("mechanisms", filter=Q(mechanisms__in=mechanisms), distinct=True)
        )
        .order_by("path")
    )
    by_country: dict[str, list[Place]] = {}
    for place in covered:
        by_country.setdefault(place.path.split("/")[0], []).append(place)
    countries = Place.objects.countries().filter(path__in=by_country).order_by("name")
    context = {"countries": [(country, by_country[country.path]) for country in countries]}
    return render(request, "reporting/place_list.html", context)


@require_safe
def place_detail(request: HttpRequest, path: str) -> HttpResponse:
    """Who works here on what, with which results, and what is published (3W)."""
    place = get_object_or_404(Place.objects.select_related("level"), path=path)
    activities = Activity.objects.visible_to(request.user).within(place)
    presence = PresenceFilter(request.GET, activities)
    found = presence.qs.in_full().order_by("sector__name", "lead__short_name", "code")
    page = Paginator(found, ACTIVITIES_A_PAGE).get_page(request.GET.get("page"))
    mechanisms = mechanisms_in(request, place)
    reports = Report.objects.visible_to(request.user).published().filter(mechanism__in=mechanisms)
    context = {
        "place": place,
        "above": Place.objects.above(place).exclude(pk=place.pk),
        "filter": presence,
        "page": page,
        "by_sector": presence_by_sector(activities.select_related("sector", "lead")),
        "parts": sub_places(place, activities),
        "mechanisms": mechanisms,
        "results": results_in(request, place),
        "reports": in_full(
            reports.filter(Q(place=None) | Q(place__path__in=place.path_and_above))
        ).order_by("-period__starts_on")[:NEWEST],
    }
    return render(request, "reporting/place_detail.html", context)


def mechanisms_in(request: HttpRequest, place: Place):
    """The visible mechanisms that cover the place, or a part of it."""
    inside = Q(places__path__in=place.path_and_above) | Q(places__in=Place.objects.within(place))
    visible = Mechanism.objects.visible_to(request.user)
    return visible.filter(pk__in=Mechanism.objects.filter(inside).values("pk")).order_by("name")


def results_in(request: HttpRequest, place: Place) -> dict[str, object] | None:
    """The first indicators of a mechanism that the visitor takes part in, for this place."""
    taking_part = Mechanism.objects.taking_part(request.user).filter(
        pk__in=mechanisms_in(request, place).values("pk"),
        indicators__versions__streams__isnull=False,
    )
    mechanisms = taking_part.select_related("calendar", "country").distinct().order_by("name")
    mechanism = mechanisms.filter(slug=request.GET.get("mechanism")).first() or mechanisms.first()
    if mechanism is None:
        return None
    period = latest_of(mechanism, periods_of(mechanism, on=timezone.localdate()))
    if period is None:
        return None
    question = Question(mechanism, period, place, mechanism.calendar)
    rows = read_rows(question, versions_in(question)[:INDICATORS])
    return {
        "question": question,
        "rows": [row for row in rows if row.to_date.absence != "not_due"],
        "completeness": completeness_of(mechanism, period, place=place),
    }
