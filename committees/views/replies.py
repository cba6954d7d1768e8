"""Answering an invitation: by the letter's link in two taps, or signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from committees.forms.attendance import ReplyForm
from committees.services.calling import guard_reply, own_rows, reply_to_meeting, row_of_token
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .meetings import find_meeting, show_meeting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The meeting and three answers. The link opens this page and nothing else."""
    try:
        row = row_of_token(token)
        if row is None:
            said = _("This link is not known. Ask whoever invited you for a new one.")
            return _over(request, said, status=404)
        guard_reply(row)
        form = ReplyForm(request.POST or None, row=row)
        if request.method == "POST" and form.is_valid():
            reply_to_meeting(row, by=None, **form.cleaned_data)
            messages.success(request, _("Your answer is noted. You can change it here."))
            return redirect("reply-by-link", token)
    except Refusal as refusal:
        return _over(request, str(refusal), status=200)
    context = {"row": row, "meeting": row.meeting, "form": form}
    return render(request, "committees/reply_by_link.html", context)


@login_required
@require_POST
def meeting_reply(request: SignedInRequest, pk: int, row_pk: int) -> HttpResponse:
    """The answer of whoever holds the seat, signed in."""
    meeting = find_meeting(request, pk)
    rows = {row.pk: row for row in own_rows(meeting, request.user, on=timezone.localdate())}
    if row_pk not in rows:
        raise Http404
    row = rows[row_pk]
    form = ReplyForm(request.POST, row=row)
    try:
        guard_reply(row)
        if not form.is_valid():
            return show_meeting(request, meeting, {row.pk: form})
        reply_to_meeting(row, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your answer is noted."))
    return redirect(meeting)


def _over(request: HttpRequest, reason: str, *, status: int) -> HttpResponse:
    return render(request, "committees/reply_over.html", {"reason": reason}, status=status)
