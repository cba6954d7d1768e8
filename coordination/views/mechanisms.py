"""The mechanisms, who takes part in one (posts, no people: R24), and what its chair decided."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.mechanisms import BackboneForm, MechanismFilter, MechanismMoveForm
from coordination.models import (
    COUNTY_ROLES,
    BackboneTerm,
    Event,
    Mechanism,
    Membership,
    Office,
)
from coordination.permissions import (
    can_hand_over_backbone,
    can_keep_members,
    can_move_mechanism,
    can_see_people,
    can_see_support,
    require,
)
from coordination.services.backbones import hand_over_backbone
from coordination.services.mechanisms import move_mechanism
from coordination.services.memberships import balance_of
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

EVENTS_SHOWN = 12


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
    # Members come and go at the midnight of the mechanism, offices at that of the portal.
    today = mechanism.today()
    memberships = (
        mechanism.memberships.select_related("organisation")
        .with_exempt_places()
        .order_by("-is_founding", "organisation__short_name")
    )
    members = list(memberships.current(on=today))
    offices = Office.objects.giving_rights_in(mechanism)
    leads = offices.of(*COUNTY_ROLES).held(on=timezone.localdate())
    sees_people = can_see_people(request.user, mechanism)
    context = {
        "mechanism": mechanism,
        "sees_support": can_see_support(request.user, mechanism),
        "conveners": mechanism.conveners.order_by("short_name"),
        "awards": mechanism.awards.select_related("donor", "prime").order_by("title"),
        "members": members,
        "balance": balance_of(members),
        "former": memberships.filter(left_on__lt=today),
        "leads": leads.select_related("place", "organisation").order_by(
            "place__path", "role", "organisation__short_name"
        ),
        "terms": BackboneTerm.objects.filter(mechanism=mechanism).newest_first(),
        "hands_over": can_hand_over_backbone(request.user, mechanism),
        "sees_people": sees_people,
        "keeps_members": can_keep_members(request.user, mechanism),
        "events": Event.objects.about_any(
            Mechanism.objects.filter(pk=mechanism.pk),
            Membership.objects.filter(mechanism=mechanism).in_full(),
            offices.in_full(),
        )[:EVENTS_SHOWN]
        if sees_people
        else None,
    }
    return render(request, "coordination/mechanism_members.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mechanism_move(request: SignedInRequest, slug: str) -> HttpResponse:
    """Record that the chair launched it, or declared it operating, dormant or closed."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_move_mechanism(request.user, mechanism))
    form = MechanismMoveForm(mechanism, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            mechanism = move_mechanism(mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("On record: %(mechanism)s is “%(state)s”.")
            words = {"mechanism": mechanism, "state": mechanism.get_state_display()}
            messages.success(request, said % words)
            return redirect(mechanism)
    context = {"mechanism": mechanism, "form": form}
    return render(request, "coordination/mechanism_move.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def backbone_hand_over(request: SignedInRequest, slug: str) -> HttpResponse:
    """Record that another organisation takes over as backbone."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_hand_over_backbone(request.user, mechanism))
    form = BackboneForm(mechanism, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            term = hand_over_backbone(mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("On record: %(backbone)s is the backbone of %(mechanism)s.")
            words = {"backbone": term.organisation, "mechanism": mechanism}
            messages.success(request, said % words)
            return redirect("mechanism-members", slug)
    context = {"mechanism": mechanism, "form": form}
    return render(request, "coordination/backbone_hand_over.html", context)
