"""The mechanisms, and who takes part in one: public pages, which name posts and no people (R24)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.forms.mechanisms import MechanismFilter
from coordination.models import COUNTY_ROLES, Mechanism, Office
from coordination.permissions import can_see_people


@require_safe
def mechanism_list(request: HttpRequest) -> HttpResponse:
    """What is coordinated where."""
    mechanisms = (
        Mechanism.objects.visible_to(request.user)
        .with_member_count(on=timezone.localdate())
        .select_related("country")
        .prefetch_related("places")
        .order_by("kind", "country__name", "name")
    )
    found = MechanismFilter(request.GET, mechanisms)
    context = {"filter": found, "mechanisms": found.qs}
    return render(request, "coordination/mechanism_list.html", context)


@require_safe
def mechanism_members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who convenes, serves, and belongs to a mechanism, and which posts lead in its places."""
    visible = Mechanism.objects.visible_to(request.user).select_related("backbone", "country")
    mechanism = get_object_or_404(visible, slug=slug)
    today = timezone.localdate()
    memberships = (
        mechanism.memberships.select_related("organisation")
        .with_exempt_places()
        .order_by("-is_founding", "organisation__short_name")
    )
    leads = Office.objects.giving_rights_in(mechanism).of(*COUNTY_ROLES).held(on=today)
    context = {
        "mechanism": mechanism,
        "conveners": mechanism.conveners.order_by("short_name"),
        "awards": mechanism.awards.select_related("donor", "prime").order_by("title"),
        "members": memberships.current(on=today),
        "former": memberships.filter(left_on__lt=today),
        "leads": leads.select_related("place", "organisation").order_by(
            "place__path", "role", "organisation__short_name"
        ),
        "sees_people": can_see_people(request.user, mechanism),
    }
    return render(request, "coordination/mechanism_members.html", context)
