"""The regular dialogue of a body: by group and quarter, with the log of what was said (P40)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.consultations import (
    ConsultationForm,
    ConsultationWithdrawForm,
    DialogueForm,
)
from committees.models import Body, Consultation
from committees.permissions import (
    can_keep_body,
    can_record_consultation,
    can_see_committee_work,
    can_withdraw_consultation,
)
from committees.services.consultations import (
    dialogue_of,
    record_consultation,
    set_dialogue,
    withdraw_consultation,
)
from coordination.models import Event, Period
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body

LOG_SHOWN = 100
EVENTS_SHOWN = 30
DEEDS = (
    "committees.dialogue_set",
    "committees.consultation_recorded",
    "committees.consultation_withdrawn",
)


@login_required
@require_safe
def body_dialogue(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """Whom the body spoke with, quarter by quarter, and what was said."""
    body = find_inside(request, slug, body_slug)
    calendar, today = body.mechanism.calendar, body.mechanism.today()
    begun = Period.objects.filter(starts_on__lte=today)
    until = begun.filter(code=request.GET.get("until", "")[:8]).first()
    log = dialogue_of(body, on=today, until=until)
    earlier = begun.filter(ends_before__lte=log.periods[0].starts_on if log.periods else today)
    entries = Consultation.objects.visible_to(request.user).filter(body=body).newest_first()
    this = Body.objects.filter(pk=body.pk)
    events = Event.objects.about_any(this, entries).filter(verb__in=DEEDS)
    context = {
        "body": body,
        "mechanism": body.mechanism,
        "log": log,
        "before": earlier.order_by("-starts_on").first(),
        "is_newest": until is None,
        "labels": [calendar.label(period) for period in log.periods],
        "without": [(calendar.label(period), groups) for period, groups in log.without],
        "entries": [
            (entry, can_withdraw_consultation(request.user, entry))
            for entry in entries.select_related("body")[:LOG_SHOWN]
        ],
        "can_record": can_record_consultation(request.user, body),
        "can_keep": can_keep_body(request.user, body),
        "events": events[:EVENTS_SHOWN],
    }
    return render(request, "committees/body_dialogue.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dialogue_set(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """With which groups the body is to speak every quarter."""
    body = find_inside(request, slug, body_slug)
    require(can_keep_body(request.user, body))
    form = DialogueForm(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            set_dialogue(body, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("body-dialogue", slug, body.slug)
    heading = _("Groups in dialogue")
    lead = _("A group that is owed a quarter’s dialogue and got none is named once it is over.")
    return _show(request, form, body, heading=heading, lead=lead, submit=_("Save"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consultation_record(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """Write a consultation into the log."""
    body = find_inside(request, slug, body_slug)
    require(can_record_consultation(request.user, body))
    form = ConsultationForm(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            record_consultation(body, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is on record."))
            return redirect("body-dialogue", slug, body.slug)
    heading = _("Record a consultation")
    lead = _("What the body heard outside of its meetings; a meeting counts by who was there.")
    return _show(request, form, body, heading=heading, lead=lead, submit=_("Record it"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consultation_withdraw(
    request: SignedInRequest, slug: str, body_slug: str, pk: int
) -> HttpResponse:
    """Take back one that was recorded by mistake."""
    body = find_inside(request, slug, body_slug)
    seen = Consultation.objects.visible_to(request.user).filter(body=body)
    consultation = get_object_or_404(seen.select_related("body"), pk=pk)
    require(can_withdraw_consultation(request.user, consultation))
    form = ConsultationWithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_consultation(consultation, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It no longer counts; what it said stays on record."))
            return redirect("body-dialogue", slug, body.slug)
    heading = _("Withdraw the consultation")
    return _show(
        request, form, body, heading=heading, lead=str(consultation), submit=_("Withdraw it")
    )


def find_inside(request: SignedInRequest, slug: str, body_slug: str) -> Body:
    """The body at this address for whoever takes part in its mechanism, else 404."""
    body = find_body(request, slug, body_slug)
    if not can_see_committee_work(request.user, body.mechanism):
        raise Http404
    return body


def _show(
    request: SignedInRequest,
    form: DialogueForm | ConsultationForm | ConsultationWithdrawForm,
    body: Body,
    **words: str,
) -> HttpResponse:
    context = {
        "form": form,
        "body": body,
        "mechanism": body.mechanism,
        "back": reverse("body-dialogue", args=[body.mechanism.slug, body.slug]),
        **words,
    }
    return render(request, "committees/consultation_form.html", context)
