"""The page of one deed on a thing: what it is about, its form, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from committees.models import Body
from coordination.forms.conflicts import SeenForm
from coordination.models import Mechanism
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest


@dataclass(frozen=True)
class DeedPage:
    """A deed on ``thing``: the service that does it, how its page words it, where it stands."""

    thing: Any
    about: str
    service: Callable[..., Any]
    heading: str
    submit: str
    said: str
    mechanism: Mechanism
    room: str
    room_url: str
    body: Body | None = None
    # What whoever does it should know first.
    told: str = ""


def show_deed(request: SignedInRequest, form: forms.Form, deed: DeedPage) -> HttpResponse:
    """The form of the deed, with why it cannot be done now; once it is done, the thing."""
    if request.method == "POST" and form.is_valid():
        try:
            deed.service(deed.thing, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            if isinstance(form, SeenForm):
                form.refuse(refusal)
            else:
                form.add_error(None, str(refusal))
        else:
            messages.success(request, deed.said)
            return redirect(deed.thing)
    return render(request, "committees/deed.html", {"form": form, "deed": deed})
