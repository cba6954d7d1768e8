"""Anonymising a person, after saying plainly what goes and what stays."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.forms.anonymisation import AnonymisationForm
from coordination.models import User
from coordination.permissions import can_anonymise_person, require
from coordination.services.anonymisation import anonymise_person, identity_of
from coordination.services.mentions import count_frozen, count_mentions
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person_anonymise(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask why and whether it is meant, and anonymise the person."""
    require(can_anonymise_person(request.user))
    person = get_object_or_404(User, pk=pk)
    known = identity_of(person)
    back = reverse("admin:coordination_user_change", args=[person.pk])
    typed = request.POST if request.method == "POST" else None
    form = AnonymisationForm(typed, names=known.names, counted=count_mentions(known.names))
    if typed and form.is_valid():
        reason, names = form.cleaned_data["reason"], form.cleaned_data["names"]
        try:
            person = anonymise_person(person, by=request.user, reason=reason, names=names)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Anonymised: %(name)s.") % {"name": person})
            return redirect(back)
    context = {
        "person": person,
        "form": form,
        "frozen": count_frozen(known.names | known.addresses),
        "back": back,
    }
    return render(request, "coordination/person_anonymise.html", context)
