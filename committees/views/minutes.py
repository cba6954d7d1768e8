"""Minutes: read, written in the meeting, circulated, corrected, confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.minutes import AnswerForm, CirculateForm, ConfirmForm, CorrectionForm
from committees.models import Correction, Meeting, Minutes
from committees.permissions import (
    can_ask_for_correction,
    can_confirm_by_circulation,
    can_confirm_minutes,
    can_read_in_full,
    can_take_minutes,
)
from committees.services.minutes import (
    answer_correction,
    ask_for_correction,
    circulate_minutes,
    confirm_minutes,
)
from committees.services.minutes_contents import minutes_contents, open_contents
from coordination.forms.conflicts import SeenForm
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .printing import printing_of

State = Minutes.State


@require_safe
def minutes_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The minutes as far as the visitor may read them, and what comes next with them."""
    meeting, minutes = find_minutes(request, pk, or_agenda=True)
    is_in_full = can_read_in_full(request.user, meeting)
    contents = minutes_contents(minutes) if minutes else None
    if contents and not is_in_full:
        contents = open_contents(contents)
    may_take = can_take_minutes(request.user, meeting)
    state = minutes.state if minutes else ""
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "minutes": minutes,
        "contents": contents,
        "can_open": may_take and meeting.state in {"scheduled", "called"},
        "can_write": may_take and meeting.has_begun and state != State.CONFIRMED,
        "can_circulate": may_take
        and meeting.state == "held"
        and state in {State.DRAFTING, State.CIRCULATED},
        "can_confirm": state == State.CIRCULATED and can_confirm_minutes(request.user, meeting),
        "can_type_in": may_take and meeting.is_from_before and state != State.CONFIRMED,
        "can_sign": may_take
        and minutes is not None
        and minutes.signed_file_id is not None
        and state != State.CONFIRMED,
        "signed_file": minutes.signed_file if minutes and is_in_full else None,
        "can_ask": state == State.CIRCULATED and can_ask_for_correction(request.user, meeting),
        "may_take": may_take,
        "corrections": corrections_of(minutes) if is_in_full else None,
        "events": events_of(meeting) if is_in_full else None,
        **printing_of(request, minutes),
    }
    return render(request, "committees/minutes_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_circulate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the body word that the minutes can be read and corrected."""
    meeting = find_to_take(request, pk)
    seen = Minutes.objects.visible_to(request.user)
    minutes = get_object_or_404(seen, meeting=meeting)
    form = CirculateForm(request.POST or None, meeting=meeting)

    def circulate() -> str:
        circulate_minutes(minutes, by=request.user, **form.cleaned_data)
        return _("Circulated. Each member is told by e-mail.")

    lead = _("Whoever holds a seat is told by e-mail, and can ask for corrections.")
    deed = Deed(circulate, _("Circulate the minutes"), _("Circulate"), lead=lead)
    return answer_form(request, meeting, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correction_ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """A member asks for a correction."""
    meeting, minutes = find_minutes(request, pk)
    require(can_ask_for_correction(request.user, meeting))
    if minutes is None:
        raise Http404
    form = CorrectionForm(request.POST or None, meeting=meeting)

    def ask() -> str:
        ask_for_correction(minutes, by=request.user, **form.cleaned_data)
        return _("The secretary is told of your correction.")

    deed = Deed(ask, _("Ask for a correction"), _("Ask for it"), lead="")
    return answer_form(request, meeting, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correction_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """The secretary accepts or declines a correction."""
    seen = Correction.objects.filter(minutes__in=Minutes.objects.visible_to(request.user))
    correction = get_object_or_404(seen.select_related("item"), pk=pk)
    meeting, _minutes = find_minutes(request, correction.minutes.meeting_id)
    require(can_take_minutes(request.user, meeting))
    form = AnswerForm(request.POST or None)

    def answer() -> str:
        answer_correction(correction, by=request.user, **form.cleaned_data)
        return _("Answered; who asked is told.")

    where = f"{correction.item}: " if correction.item else ""
    lead = f"{where}{correction.text}"
    deed = Deed(answer, _("Answer a correction"), _("Answer"), lead=lead)
    return answer_form(request, meeting, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the body confirmed the minutes: they never change again."""
    meeting, minutes = find_minutes(request, pk)
    require(can_confirm_minutes(request.user, meeting))
    if minutes is None:
        raise Http404
    told = minutes_contents(minutes)["meeting"]
    form = ConfirmForm(
        request.POST or None,
        minutes=minutes,
        initial={"chair_post": told["chair"], "secretary_post": told["secretary"]},
        is_chair=can_confirm_by_circulation(request.user, meeting),
    )

    def confirm() -> str:
        confirm_minutes(minutes, by=request.user, **form.cleaned_data)
        return _("Confirmed. These minutes do not change any more.")

    lead = _("Once confirmed, nothing that the minutes say changes any more.")
    deed = Deed(
        confirm, _("Confirm the minutes"), _("Confirm"), lead=lead, warning=_unwritten(minutes)
    )
    return answer_form(request, meeting, form, deed)


# --- Finding --------------------------------------------------------------------------------------


def find_meeting(request: HttpRequest, pk: int) -> Meeting:
    """The meeting as far as the visitor knows of it, else 404."""
    seen = Meeting.objects.visible_to(request.user).select_related("body__mechanism")
    return get_object_or_404(seen, pk=pk)


def find_minutes(
    request: HttpRequest, pk: int, *, or_agenda: bool = False
) -> tuple[Meeting, Minutes | None]:
    """The meeting and its minutes; without any only for who takes them, else 404.

    With ``or_agenda`` also for whoever reads the agenda, who is told that there are none yet.
    """
    meeting = find_meeting(request, pk)
    seen = Minutes.objects.visible_to(request.user).filter(meeting=meeting)
    minutes = seen.select_related("confirmed_at__body__mechanism", "signed_file").first()
    if minutes is None and not can_take_minutes(request.user, meeting):
        readable = Meeting.objects.readable_by(request.user).filter(pk=pk)
        if not (or_agenda and readable.exists()):
            raise Http404
    if minutes:
        minutes.meeting = meeting
    return meeting, minutes


def find_to_take(request: HttpRequest, pk: int) -> Meeting:
    """The meeting for who takes its minutes; 403 for who may only read them, else 404."""
    meeting, _minutes = find_minutes(request, pk)
    require(can_take_minutes(request.user, meeting))
    return meeting


# --- Parts ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """A deed on minutes: ``do`` does it and says what was done; how its page words it."""

    do: Callable[[], str]
    heading: str
    submit: str
    lead: str = ""
    # The place on the page to write in that it leads back to; else to the minutes.
    back: str = ""
    # What to look at before it is done.
    warning: str = ""


def _unwritten(minutes: Minutes) -> str:
    """Accepted corrections that nothing was written for, in a sentence; "" for none."""
    count = minutes.corrections.unwritten().count()
    said = ngettext(
        "%(count)d accepted correction is not written yet: nothing changed there since.",
        "%(count)d accepted corrections are not written yet: nothing changed there since.",
        count,
    )
    return said % {"count": count} if count else ""


def answer_form(
    request: SignedInRequest, meeting: Meeting, form: forms.BaseForm, deed: Deed
) -> HttpResponse:
    """The page of the deed: its form, and back once it is done."""
    address = f"{write_address(meeting)}{deed.back}" if deed.back else minutes_address(meeting)
    if request.method == "POST" and form.is_valid():
        try:
            said = deed.do()
        except Refusal as refusal:
            if isinstance(form, SeenForm):
                form.refuse(refusal)
            else:
                form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect(address)
    context = {
        "form": form,
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "words": deed,
        "cancel": address,
    }
    return render(request, "committees/minutes_form.html", context)


def corrections_of(minutes: Minutes | None) -> Any:
    """Every correction that was asked for, with its item and who asked."""
    rows = Correction.objects.filter(minutes=minutes) if minutes else Correction.objects.none()
    return rows.select_related("item", "asked_by").order_by("pk")


def events_of(meeting: Meeting) -> Any:
    """What was done to the meeting and its minutes."""
    meetings = Meeting.objects.filter(pk=meeting.pk).select_related("body")
    written = Minutes.objects.filter(meeting=meeting).select_related("meeting__body")
    return Event.objects.about_any(meetings, written)


def minutes_address(meeting: Meeting) -> str:
    return reverse("minutes-detail", args=[meeting.pk])


def write_address(meeting: Meeting) -> str:
    return reverse("minutes-write", args=[meeting.pk])
