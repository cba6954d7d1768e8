"""Inviting people, withdrawing an invitation, and accepting one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.invitations import InvitationForm
from coordination.models import Invitation, Mechanism, User
from coordination.permissions import (
    can_administer,
    can_manage_people,
    can_see_people,
    can_withdraw_invitation,
    require,
)
from coordination.services.invitations import (
    accept_invitation,
    appointment_of,
    guard_live,
    held_invitation,
    hold_invitation,
    invite_person,
    withdraw_invitation,
)
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Invite someone into an office of the mechanism."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_manage_people(request.user, mechanism))
    form = InvitationForm(
        request.POST if request.method == "POST" else None,
        mechanism=mechanism,
        with_administrator=can_administer(request.user),
    )
    if request.method == "POST" and form.is_valid():
        name, email = form.cleaned_data["name"], form.cleaned_data["email"]
        try:
            invite_person(name, email, form.appointment(), by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Invitation sent to %(email)s.") % {"email": email})
            return redirect("person-list", mechanism.slug)
    context = {"mechanism": mechanism, "form": form}
    return render(request, "coordination/invitation_form.html", context)


@login_required
@require_POST
def invitation_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make an invitation's link worthless."""
    invitation = get_object_or_404(Invitation.objects.select_related("mechanism"), pk=pk)
    mechanism = invitation.mechanism
    if mechanism and not can_see_people(request.user, mechanism):
        raise Http404
    require(can_withdraw_invitation(request.user, invitation))
    try:
        withdraw_invitation(invitation, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Invitation withdrawn."))
    if mechanism:
        return redirect("person-list", mechanism.slug)
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_safe
@never_cache
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Remember the invitation of a letter's link, and go on without the secret in the address."""
    invitation = get_object_or_404(Invitation.objects.with_token(token))
    try:
        guard_live(invitation)
    except Refusal as refusal:
        return render(request, "coordination/invitation_over.html", {"reason": str(refusal)})
    hold_invitation(request.session, invitation)
    return redirect("invitation-pending")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation_pending(request: HttpRequest) -> HttpResponse:
    """Say what the invitation gives, and lead to the account that it is for."""
    invitation = held_invitation(request.session)
    if invitation is None:
        reason = _("You hold no open invitation here. Open the link of your letter again.")
        return render(request, "coordination/invitation_over.html", {"reason": reason})
    user = request.user
    is_for_me = user.is_authenticated and user.email.lower() == invitation.email
    if request.method == "POST" and user.is_authenticated and is_for_me:
        try:
            office = accept_invitation(invitation, by=user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("You are in office: %(office)s.") % {"office": office})
            return redirect(settings.LOGIN_REDIRECT_URL)
    context = {
        "invitation": invitation,
        "post": appointment_of(invitation).post,
        "is_for_me": is_for_me,
        "has_account": User.objects.filter(email=invitation.email).exists(),
    }
    return render(request, "coordination/invitation_pending.html", context)
