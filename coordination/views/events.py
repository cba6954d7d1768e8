"""The event record of the whole portal, for administrators."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.forms.events import EventFilter
from coordination.models import Event
from coordination.permissions import can_see_events, require
from coordination.views.signed_in import SignedInRequest

ROWS = 50


@login_required
@require_safe
def event_list(request: SignedInRequest) -> HttpResponse:
    """Who did what, when, from what to what."""
    require(can_see_events(request.user))
    events = Event.objects.select_related("by").prefetch_related("subject")
    found = EventFilter(request.GET, events.order_by("-at", "-pk"))
    page = Paginator(found.qs, ROWS).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page}
    return render(request, "coordination/event_list.html", context)
