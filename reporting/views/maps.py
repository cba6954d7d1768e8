"""A country's parts on a map: where activities are, and where their money is not sure."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.models import Place
from coordination.permissions import can_administer
from reporting.services.maps import Show, map_of
from workplans.models import Activity


@require_safe
def place_map(request: HttpRequest, country: str) -> HttpResponse:
    """The map of tiles, the map of boundaries where there are some, and the table behind both."""
    place = get_object_or_404(Place.objects.countries().select_related("level"), slug=country)
    asked = request.GET.get("show", "")
    show = Show(asked) if asked in Show.values else Show.ACTIVITIES
    seen = Activity.objects.visible_to(request.user).within(place)
    context = {
        "country": place,
        "map": map_of(place, seen, show),
        "shows": [(each.value, each.label, each == show) for each in Show],
        "can_import": can_administer(request.user),
    }
    return render(request, "reporting/place_map.html", context)
