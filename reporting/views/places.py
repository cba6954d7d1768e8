"""Places: the tree, and each place with who does what in it, its figures and its reports."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from committees.models import Alert
from coordination.models import Mechanism, Organisation, Place, takes_part_in, within_path
from coordination.services.spreadsheets import to_xlsx
from coordination.templatetags.looks import look_of
from coordination.views.composed import composed_once
from reporting.forms.places import PresenceFilter
from reporting.models import Report
from reporting.services.place_figures import figures_in, mechanisms_of, published_figures_in
from reporting.services.presence import Presence, offered_in, presence_in, work_in
from reporting.services.presence_exports import presence_table
from reporting.views.figures import XLSX
from reporting.views.library import in_full
from workplans.models import Activity

ACTIVITIES_A_PAGE = 25
NEWEST = 5


@dataclass(frozen=True)
class PlaceLine:
    """A county, district or province, with what is known of it."""

    place: Place
    mechanisms: list[Mechanism]
    activity_count: int

    @property
    def is_covered(self) -> bool:
        return bool(self.mechanisms or self.activity_count)


@dataclass(frozen=True)
class Country:
    """A country with the places next below it: those where something is coordinated, and others."""

    place: Place
    lines: list[PlaceLine]

    @property
    def covered(self) -> list[PlaceLine]:
        return [line for line in self.lines if line.is_covered]

    @property
    def others(self) -> list[PlaceLine]:
        return [line for line in self.lines if not line.is_covered]


@require_safe
@composed_once
def place_list(request: HttpRequest) -> HttpResponse:
    """Every country with its counties, districts or provinces: where something is coordinated."""
    by_place: dict[str, list[Mechanism]] = defaultdict(list)
    mechanisms = Mechanism.objects.visible_to(request.user).order_by("short_name")
    for mechanism in mechanisms.prefetch_related("places"):
        for path in {area_of(place.path) for place in mechanism.places.all()}:
            by_place[path].append(mechanism)
    counts = activity_counts(request)
    below: dict[int, list[PlaceLine]] = defaultdict(list)
    for place in Place.objects.filter(parent__parent=None, parent__isnull=False).order_by("name"):
        line = PlaceLine(place, by_place[place.path], counts[place.path])
        below[place.parent_id or 0].append(line)
    countries = [
        Country(place, below[place.pk]) for place in Place.objects.countries().order_by("name")
    ]
    return render(request, "reporting/place_list.html", {"countries": countries})


def area_of(path: str) -> str:
    """The path of the county, district or province that a place lies in."""
    return "/".join(path.split("/")[:2])


def activity_counts(request: HttpRequest) -> Counter[str]:
    """How many activities there are in each county, district or province."""
    seen = Activity.objects.visible_to(request.user)
    pairs = seen.standing().values_list("pk", "places__path")
    return Counter(path for _pk, path in {(pk, area_of(path)) for pk, path in pairs if path})


@require_safe
@composed_once
def place_detail(request: HttpRequest, path: str) -> HttpResponse:
    """Who works there on what, what came of it, and what is published of it."""
    place = get_object_or_404(Place.objects.select_related("level", "parent"), path=path)
    seen = Activity.objects.visible_to(request.user)
    if is_filtered := PresenceFilter.is_asked(request.GET):
        found = PresenceFilter(request.GET, seen, offered_in(place, seen))
        work = work_in(place, found.qs)
    else:
        work = work_in(place, seen)
        found = PresenceFilter(request.GET, seen, work.offered)
    presence = presence_in(place, work)
    mechanisms = mechanisms_of(place, request.user)
    visible = list(Mechanism.objects.visible_to(request.user).values_list("pk", flat=True))
    inside = takes_part_in(request.user)
    running = figures_in(place, [each for each in mechanisms if each.pk in inside])
    outside = [each for each in mechanisms if each.pk not in inside]
    # Of thousands only those of the page are read in full.
    page = Paginator(work.activities, ACTIVITIES_A_PAGE).get_page(request.GET.get("page"))
    activities = Activity.objects.in_full().in_bulk(page.object_list)
    alerts = Alert.objects.visible_to(request.user).live().about(place)
    context = {
        "place": place,
        "above": Place.objects.above(place).exclude(pk=place.pk),
        "filter": found,
        "is_filtered": is_filtered,
        "presence": presence,
        "statuses": status_rows(presence),
        "sub_places": sub_place_rows(presence),
        "page": page,
        "activities": [activities[pk] for pk in page],
        "mechanisms": mechanisms,
        "organisations": Organisation.objects.seated_in(place, visible).order_by("name"),
        "alerts": alerts.prefetch_related("places").newest_first(),
        "running": running,
        "published": published_figures_in(place, outside, request.user),
        "reports": reports_about(place, request),
        "exports": [{"url": export_url(request), "kind": "xlsx"}],
    }
    return render(request, "reporting/place_detail.html", context)


def export_url(request: HttpRequest) -> str:
    query = request.GET.urlencode()
    return f"{request.path[:-1]}.xlsx" + (f"?{query}" if query else "")


def status_rows(presence: Presence) -> list[dict[str, Any]]:
    """How many activities stand in each status, for the status bar."""
    return [
        {
            "label": status.label,
            "count": presence.statuses[status.value],
            "tone": look_of(status.value).tone,
        }
        for status in Activity.Status
    ]


def sub_place_rows(presence: Presence) -> list[dict[str, Any]]:
    """How many activities there are in each place next below, the busiest first."""
    busy = [(place, count) for place, count in presence.places if count]
    return [
        {
            "label": place.name,
            "value": count,
            "text": str(count),
            "url": place.get_absolute_url(),
        }
        for place, count in sorted(busy, key=lambda pair: (-pair[1], pair[0].name))
    ]


def reports_about(place: Place, request: HttpRequest):
    """Published reports on the place or a part of it, and of the mechanisms that cover it."""
    covering = Mechanism.objects.filter(places__path__in=place.path_and_above)
    about = within_path(place.path, "place") | Q(place=None, mechanism__in=covering.values("pk"))
    reports = Report.objects.visible_to(request.user).published().filter(about)
    return in_full(reports).order_by("-period__starts_on", "mechanism__short_name")[:NEWEST]


@require_safe
def place_export(request: HttpRequest, path: str) -> HttpResponse:
    """Who does what where as a workbook: one row for each activity and place."""
    place = get_object_or_404(Place, path=path)
    seen = Activity.objects.visible_to(request.user)
    found = PresenceFilter(request.GET, seen.within(place), offered_in(place, seen))
    table = presence_table(place, found.qs, request.user)
    response = HttpResponse(to_xlsx(table), content_type=XLSX)
    name = slugify(f"{place.path.replace('/', ' ')} {_('who does what where')}")
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
