"""Past meetings typed in from paper: who was there, what was said and decided, the signed paper."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from committees.forms.attendance import line_forms
from committees.forms.past_records import (
    AsSignedForm,
    PaperDecisionForm,
    PaperItemFormSet,
    RecordForm,
)
from committees.models import Decision
from committees.permissions import can_take_minutes
from committees.services.attendance import lines_of
from committees.services.minutes_contents import minutes_contents
from committees.services.minutes_guards import is_confirmed
from committees.services.past_records import (
    confirm_as_signed,
    correct_paper_decision,
    type_in_record,
)
from coordination.permissions import require
from coordination.services.events import DoneMeanwhile
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .attendance import in_sight_of
from .deeds import DeedPage, show_deed
from .minutes import Deed, answer_form, find_minutes, find_to_take


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def record_type_in(request: SignedInRequest, pk: int) -> HttpResponse:
    """The record of a past meeting in one form; typed again it adds what is new."""
    meeting = find_to_take(request, pk)
    if not meeting.is_from_before or is_confirmed(meeting):
        messages.warning(request, _("These minutes cannot be typed in from paper."))
        return redirect("minutes-detail", pk)
    typed = request.POST if request.method == "POST" else None
    form = RecordForm(typed, request.FILES if typed is not None else None)
    items = PaperItemFormSet(typed, takes_decisions=meeting.is_counted)
    lines = line_forms(lines_of(meeting), typed)
    bound = [line for line in lines if line.is_bound]
    are_valid = form.is_valid() and items.is_valid() and all(line.is_valid() for line in bound)
    if are_valid:
        notes = {line.line.key: (line.seen(), line.noted()) for line in bound}
        try:
            type_in_record(
                meeting, by=request.user, notes=notes, items=items.items(), **form.cleaned_data
            )
        except DoneMeanwhile as refusal:
            form.refuse(refusal)
        except EditedMeanwhile as refusal:  # somebody noted the same seat otherwise
            form.add_error(None, str(refusal))
            lines = in_sight_of(request, lines)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Typed in. Confirm the minutes once they are whole."))
            return redirect("minutes-detail", pk)
    context = {
        "form": form,
        "items": items,
        "lines": lines,
        "known": meeting.items.in_order(),
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
    }
    return render(request, "committees/record_type_in.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_as_signed(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the body confirmed the minutes then, as the signed paper says."""
    meeting, minutes = find_minutes(request, pk)
    require(can_take_minutes(request.user, meeting))
    if minutes is None:
        raise Http404
    told = minutes_contents(minutes)["meeting"]
    initial = {"chair_post": told["chair"], "secretary_post": told["secretary"]}
    form = AsSignedForm(request.POST or None, initial=initial)

    def confirm() -> str:
        confirm_as_signed(minutes, by=request.user, **form.cleaned_data)
        return _("Confirmed. These minutes do not change any more.")

    lead = _("As the signed paper says. Once confirmed, nothing that they say changes any more.")
    deed = Deed(confirm, _("Confirm as signed"), _("Confirm"), lead=lead)
    return answer_form(request, meeting, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """A decision from paper as the paper has it, until its minutes are confirmed."""
    decision = find_decision(request, pk)
    require(can_take_minutes(request.user, decision.meeting))
    body = decision.body
    deed = DeedPage(
        decision,
        decision.text,
        correct_paper_decision,
        _("Correct the decision"),
        _("Correct it"),
        _("Corrected. What it said before stays on record."),
        mechanism=body.mechanism,
        body=body,
        room=_("Decisions"),
        room_url=reverse("body-decisions", args=[body.mechanism.slug, body.slug]),
    )
    form = PaperDecisionForm(request.POST or None, decision=decision)
    return show_deed(request, form, deed)


def find_decision(request: HttpRequest, pk: int) -> Decision:
    """The decision as far as the visitor reads it, else 404."""
    return get_object_or_404(Decision.objects.visible_to(request.user).in_full(), pk=pk)
