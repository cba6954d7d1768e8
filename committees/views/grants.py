"""Grants of a body to communes: proposed, decided, paid, withdrawn, corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from committees.forms.grants import DecideForm, GrantForm, PayForm, WithdrawForm
from committees.models import Grant
from committees.permissions import can_record_grant
from committees.services.grants import (
    DecisionGivesNothing,
    PaidBeforeDecided,
    correct_grant,
    decide_grant,
    pay_grant,
    propose_grant,
    withdraw_grant,
)
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .deeds import DeedPage, show_deed
from .performance import find_place, find_reviewing, page_of

# The fields that refusals are about, where a form has them.
FIELDS: dict[type[Refusal], str] = {
    DecisionGivesNothing: "decision",
    PaidBeforeDecided: "paid_on",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant_create(request: SignedInRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """Propose a grant to one commune."""
    body = find_reviewing(request, slug, body_slug)
    require(can_record_grant(request.user, body))
    place = find_place(body, pk)
    form = GrantForm(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            grant = propose_grant(body, place, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("On record. It rests on a decision of the body."))
            return redirect(grant)
    context = {"form": form, "place": place, **page_of(body)}
    return render(request, "committees/grant_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """A grant as it is right; the second of two editors is shown both versions."""
    grant = find_grant(request, pk)
    body = grant.body
    require(can_record_grant(request.user, body))
    form, conflict = GrantForm(request.POST or None, body=body, grant=grant), None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            correct_grant(
                grant, by=request.user, seen_version=typed["seen_version"],
                reason=typed["reason"], **form.correction(),
            )  # fmt: skip
        except EditedMeanwhile:
            form, conflict = correct_conflict(request, form, grant)
        except Refusal as refusal:
            field = FIELDS.get(type(refusal))
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Corrected. What it said before stays on record."))
            return redirect(grant)
    context = {
        "form": form, "conflict": conflict, "grant": grant, "place": grant.place, **page_of(body),
    }  # fmt: skip
    return render(request, "committees/grant_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record which decision of the body gives it."""
    grant = find_grant(request, pk)
    require(can_record_grant(request.user, grant.body))
    form = DecideForm(request.POST or None, grant=grant)
    words = (_("Record what was decided"), _("It is decided"), _("Decided."))
    return show_deed(request, form, deed_on(grant, decide_grant, words))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant_pay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record on which day it was paid."""
    grant = find_grant(request, pk)
    require(can_record_grant(request.user, grant.body))
    form = PayForm(request.POST or None)
    words = (_("Record the payment"), _("It was paid"), _("Paid."))
    return show_deed(request, form, deed_on(grant, pay_grant, words))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def grant_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """It comes to nothing, for a reason; it stays on record."""
    grant = find_grant(request, pk)
    require(can_record_grant(request.user, grant.body))
    form = WithdrawForm(request.POST or None)
    words = (_("Withdraw the grant"), _("Withdraw it"), _("Withdrawn; it stays on record."))
    return show_deed(request, form, deed_on(grant, withdraw_grant, words))


def find_grant(request: HttpRequest, pk: int) -> Grant:
    """The grant as far as the visitor may read it, else 404."""
    seen = Grant.objects.visible_to(request.user).in_full()
    return get_object_or_404(seen.select_related("body__place", "body__reviews_level"), pk=pk)


def deed_on(grant: Grant, service: Callable[..., Any], words: tuple[str, str, str]) -> DeedPage:
    """The page of a deed; ``words`` are its heading, its button, and what is said afterwards."""
    body = grant.body
    return DeedPage(
        grant,
        f"{grant.place}: {grant.purpose}, {grant.amount}",
        service,
        *words,
        mechanism=body.mechanism,
        body=body,
        room=_("Reviews and grants"),
        room_url=reverse("performance-list", args=[body.mechanism.slug, body.slug]),
    )


def correct_conflict(
    request: SignedInRequest, mine: GrantForm, grant: Grant
) -> tuple[GrantForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = find_grant(request, grant.pk)
    theirs = GrantForm(body=current.body, grant=current)
    fields = [each for each in differences(mine, theirs) if each.label != mine["reason"].label]
    saved = Event.objects.about(current).order_by("-pk").first()
    data = merged(mine, theirs, current.version)
    return GrantForm(data, body=current.body, grant=current), Conflict.since(saved, fields)
