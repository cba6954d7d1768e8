"""An organisation, and an award: public pages of what visible mechanisms show of them."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.models import Award, Event, Mechanism, Membership, Organisation
from coordination.models.event import EventQuerySet
from coordination.permissions import (
    Visitor,
    can_see_award_record,
    can_see_organisation_record,
)

EVENTS_SHOWN = 12


@require_safe
def organisation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What an organisation is, what it belongs to, and which awards it gives or holds."""
    mechanisms = Mechanism.objects.visible_to(request.user)
    known = Organisation.objects.taking_part_in(mechanisms)
    organisation = get_object_or_404(known.select_related("parent", "place__level"), slug=slug)
    party = Q(donor=organisation) | Q(prime=organisation) | Q(subs=organisation)
    awards = Award.objects.funding(mechanisms)
    context = {
        "organisation": organisation,
        "parent": known.filter(children=organisation).first(),
        "children": known.filter(parent=organisation).order_by("short_name"),
        "memberships": organisation.memberships.filter(mechanism__in=mechanisms)
        .select_related("mechanism")
        .with_exempt_places()
        .order_by("left_on", "joined_on", "mechanism__short_name"),
        "convenes": mechanisms.filter(conveners=organisation).order_by("short_name"),
        "contributions": organisation.contributions.filter(mechanism__in=mechanisms)
        .select_related("mechanism")
        .order_by("mechanism__short_name", "currency"),
        "backbone_of": mechanisms.filter(backbone=organisation).order_by("short_name"),
        "awards": awards.filter(pk__in=awards.filter(party).values("pk"))
        .select_related("donor", "prime")
        .order_by("starts_on", "title"),
        "events": record_of_organisation(organisation, request.user)
        if can_see_organisation_record(request.user, organisation)
        else None,
    }
    return render(request, "coordination/organisation_detail.html", context)


def record_of_organisation(organisation: Organisation, user: Visitor) -> EventQuerySet:
    """What was done to it, and to its memberships in the mechanisms that the user knows within."""
    known = Mechanism.objects.on_record_for(user)
    return Event.objects.about_any(
        Organisation.objects.filter(pk=organisation.pk),
        Membership.objects.filter(organisation=organisation, mechanism__in=known).in_full(),
    )[:EVENTS_SHOWN]


@require_safe
def award_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """From whom to whom, how much, for how long, and what it funds."""
    mechanisms = Mechanism.objects.visible_to(request.user)
    awards = Award.objects.funding(mechanisms).select_related("donor", "prime")
    award = get_object_or_404(awards, slug=slug)
    context = {
        "award": award,
        "subs": award.subs.order_by("short_name"),
        "mechanisms": mechanisms.filter(awards=award).order_by("short_name"),
        "events": Event.objects.about(award).select_related("by")[:EVENTS_SHOWN]
        if can_see_award_record(request.user, award)
        else None,
    }
    return render(request, "coordination/award_detail.html", context)
