"""The parts of a place on a map: activities, those without sure money, and who was trained."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.models import Place
from coordination.permissions import can_administer
from reporting.forms.places import LeastForm
from reporting.services.maps import CRITICAL_MASS, Show, map_of, trained_in
from workplans.models import Activity, ActivityEvent


@require_safe
def place_map(request: HttpRequest, path: str) -> HttpResponse:
    """The map of tiles, the map of boundaries where there are some, and the table behind both."""
    places = Place.objects.filter(children__isnull=False).select_related("level").distinct()
    place = get_object_or_404(places, path=path)
    asked = request.GET.get("show", "")
    show = Show(asked) if asked in Show.values else Show.ACTIVITIES
    form = LeastForm(request.GET)
    least = (form.is_valid() and form.cleaned_data["least"]) or CRITICAL_MASS
    seen = Activity.objects.visible_to(request.user).within(place)
    trained = None
    if show == Show.TRAINED:
        events = ActivityEvent.objects.visible_to(request.user)
        trained = trained_in(place, events.filter(activity__in=seen.values("pk")))
    drawn = map_of(place, seen, show, trained=trained, least=least)
    context = {
        "country": place,
        "map": drawn,
        "shows": [(each.value, each.label, each == show) for each in Show],
        "trained": trained,
        "least": least,
        "reached": [each for each in drawn.places if each.shade],
        "can_import": place.parent_id is None and can_administer(request.user),
    }
    return render(request, "reporting/place_map.html", context)
