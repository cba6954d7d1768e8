"""Organisations that join a mechanism, and those that leave it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.forms.memberships import MembershipEndForm, MembershipForm
from coordination.models import Mechanism, Membership
from coordination.permissions import can_keep_members, require
from coordination.services.memberships import admit_member, end_membership
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def membership_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Enter an organisation that has joined the mechanism."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_keep_members(request.user, mechanism))
    form = MembershipForm(request.POST or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            membership = admit_member(mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            joined = _("%(organisation)s is a member.")
            messages.success(request, joined % {"organisation": membership.organisation})
            return redirect("mechanism-members", mechanism.slug)
    context = {"mechanism": mechanism, "form": form}
    return render(request, "coordination/membership_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def membership_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask when an organisation leaves, and end its membership."""
    visible = Membership.objects.filter(mechanism__in=Mechanism.objects.visible_to(request.user))
    membership = get_object_or_404(visible.in_full(), pk=pk)
    mechanism = membership.mechanism
    require(can_keep_members(request.user, mechanism))
    form = MembershipEndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_membership(membership, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            left = _("The membership ends: %(organisation)s.")
            messages.success(request, left % {"organisation": membership.organisation})
            return redirect("mechanism-members", mechanism.slug)
    context = {"membership": membership, "mechanism": mechanism, "form": form}
    return render(request, "coordination/membership_end.html", context)
