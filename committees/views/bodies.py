"""The committees and other bodies of a mechanism."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from committees.models import Body
from committees.services.bodies import records_of, with_meetings
from coordination.models import Mechanism


@require_safe
def mechanism_committees(request: HttpRequest, slug: str) -> HttpResponse:
    """The tree of a mechanism's bodies, with what each was set up for and when it met."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    bodies = Body.objects.visible_to(request.user).filter(mechanism=mechanism)
    today = timezone.localdate(timezone=mechanism.zone)
    # Of a mechanism that has ended nothing is due any more.
    on = min(today, mechanism.ends_on) if mechanism.ends_on else today
    records = records_of(with_meetings(bodies.select_related("place")), on=on)
    context = {"mechanism": mechanism, "records": records, "on": on, "has_ended": on < today}
    return render(request, "committees/body_list.html", context)


@require_safe
def body_detail(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """One body: what it is for, who notified it, when it met, and the bodies under it."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    bodies = Body.objects.visible_to(request.user).filter(mechanism=mechanism)
    body = get_object_or_404(bodies.select_related("mechanism"), slug=body_slug)
    records = records_of(
        with_meetings(bodies.filter(pk=body.pk).select_related("place", "mechanism")),
        on=timezone.localdate(timezone=mechanism.zone),
    )
    context = {"mechanism": mechanism, "body": body, "record": records[0]}
    return render(request, "committees/body_detail.html", context)
