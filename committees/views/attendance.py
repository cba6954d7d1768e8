"""Who is asked, who came, the sheet that is signed, and turnout over time."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.forms.attendance import GuestForm, LineForm, line_forms
from committees.models import Meeting
from committees.permissions import can_prepare_meeting, can_read_body
from committees.services.attendance import (
    Line,
    add_guests,
    guard_attendance,
    lines_of,
    note_attendance,
    remove_guests,
)
from committees.services.calling import call_meeting, is_unasked, sms_of
from committees.services.quorum import quorum_of, seats_taken
from committees.services.turnout import headcount_of, missing_at, turnout_of
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .meetings import find_body, find_meeting


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who is asked and what they answered; guests are added here, and the letters sent."""
    meeting = _find_prepared(request, pk)
    form = GuestForm(request.POST or None, body=meeting.body)
    if request.method == "POST" and form.is_valid():
        try:
            add_guests(meeting, by=request.user, **form.guests())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Guests added."))
            return redirect("meeting-people", pk)
    lines = lines_of(meeting)
    unasked = [line for line in lines if is_unasked(line)]
    unreached = [line for line in lines if _is_unreached(line)]
    address = f"{settings.PUBLIC_URL}{meeting.get_absolute_url()}"
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "lines": lines,
        "unasked": len(unasked),
        "letters": sum(1 for line in unasked if not _is_unreached(line)),
        "without_address": [line.title for line in unreached if not line.is_vacant],
        "vacant": [line.title for line in unreached if line.is_vacant],
        "sms": sms_of(meeting, address) if meeting.is_planned else "",
        "form": form,
    }
    return render(request, "committees/meeting_people.html", context)


@login_required
@require_POST
def meeting_call(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send the invitations to everyone who was not asked yet."""
    meeting = _find_prepared(request, pk)
    try:
        calling = call_meeting(meeting, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("meeting-people", pk)
    sent = calling.asked - len(calling.without_address)
    said = ngettext("%(count)d invitation sent.", "%(count)d invitations sent.", sent)
    messages.success(request, said % {"count": sent})
    return redirect("meeting-people", pk)


@login_required
@require_POST
def guest_remove(request: SignedInRequest, pk: int, row_pk: int) -> HttpResponse:
    """Take a line of guests away."""
    meeting = _find_prepared(request, pk)
    row = get_object_or_404(meeting.participants.filter(seat=None), pk=row_pk)
    try:
        remove_guests(row, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("meeting-people", pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_attendance(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who was there, line by line, with the quorum as it stands."""
    meeting = _find_prepared(request, pk)
    try:
        guard_attendance(meeting, at=timezone.now())
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect(meeting)
    lines = lines_of(meeting)
    forms = line_forms(lines, request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and all(form.is_valid() for form in forms if form.is_bound):
        notes = {form.line.key: (form.seen(), form.noted()) for form in forms if form.is_bound}
        try:
            note_attendance(meeting, notes, by=request.user)
        except EditedMeanwhile as refusal:
            error = str(refusal)
            forms = in_sight_of(request, forms)
        except Refusal as refusal:
            error = str(refusal)
        else:
            messages.success(
                request, _("Saved. %(quorum)s") % {"quorum": quorum_of(meeting).sentence}
            )
            return redirect("meeting-attendance", pk)
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "forms": forms,
        "error": error,
        "has_errors": any(form.is_bound and form.errors for form in forms),
        "quorum": quorum_of(meeting) if meeting.is_counted else None,
        "missing": missing_at(meeting, lines),
        "headcount": headcount_of(lines),
    }
    return render(request, "committees/meeting_attendance.html", context)


@login_required
@require_POST
def attendance_count(request: SignedInRequest, pk: int) -> HttpResponse:
    """How the quorum would stand by what is being typed; nothing is saved."""
    meeting = _find_prepared(request, pk)
    lines = lines_of(meeting)
    forms = [form for form in line_forms(lines, request.POST) if form.is_bound]
    typed = {form.line.key: form.noted() for form in forms if form.is_valid()}
    taken = seats_taken(lines, typed)
    context = {
        "quorum": quorum_of(meeting, taken=taken) if meeting.is_counted else None,
        "headcount": headcount_of(lines, typed),
        "is_typed": True,
    }
    return render(request, "committees/_attendance_standing.html", context)


@login_required
@require_safe
def sign_in_sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """A sheet to print: a line a seat and guest, and empty ones."""
    meeting = _find_prepared(request, pk)
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "lines": lines_of(meeting),
        "empty": range(10),
    }
    return render(request, "committees/sign_in_sheet.html", context)


@require_safe
def body_turnout(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """Who comes to the body's meetings, by organisation and group; never by name."""
    body = find_body(request, slug, body_slug)
    if not can_read_body(request.user, body):
        raise Http404
    context = {"body": body, "mechanism": body.mechanism, "table": turnout_of(body)}
    return render(request, "committees/body_turnout.html", context)


def _find_prepared(request: SignedInRequest, pk: int) -> Meeting:
    """The meeting, for who prepares it."""
    meeting = find_meeting(request, pk)
    require(can_prepare_meeting(request.user, meeting))
    return meeting


def _is_unreached(line: Line) -> bool:
    """Whether no letter can reach the line: no account holds the seat, and no address is known."""
    if line.seat is None:
        return not (line.participant and line.participant.email)
    holders = [line.holder, *line.alternates]
    reached = any(each and (each.holder_id or each.email) for each in holders)
    return not line.seat.contact and not reached


def in_sight_of(request: SignedInRequest, forms: list[LineForm]) -> list[LineForm]:
    """The lines as typed, now in sight of what another has noted: saving again replaces that."""
    data = request.POST.copy()
    for form in forms:
        noted = form.line.noted
        for name, value in (
            ("attendance", noted.attendance),
            ("via", noted.via),
            ("is_by_alternate", "True" if noted.is_by_alternate else ""),
        ):
            if name in form.fields:
                data[form[name].html_initial_name] = value
    return line_forms([form.line for form in forms], data)
