"""Confirming once a year that a body's roster is as it stands."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from committees.forms.rosters import RosterForm
from committees.permissions import can_keep_body
from committees.services.rosters import confirm_roster
from committees.services.seats import holders_on
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roster_confirm(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """Show every seat with its holder, and have it confirmed."""
    body = find_body(request, slug, body_slug)
    require(can_keep_body(request.user, body))
    form = RosterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            confirm_roster(body, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The roster is confirmed."))
            return redirect("seat-list", body.mechanism.slug, body.slug)
    context = {
        "form": form,
        "body": body,
        "mechanism": body.mechanism,
        "holdings": holders_on(body, body.mechanism.today()),
    }
    return render(request, "committees/roster_confirm.html", context)
