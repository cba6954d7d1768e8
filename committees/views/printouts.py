"""Printouts: the PDF of minutes and the guide of a mechanism's bodies, asked for and taken away."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from committees.models import Printout
from committees.permissions import can_see_committee_work
from committees.services.printouts import request_printout
from coordination.models import Mechanism
from coordination.permissions import require
from coordination.services.storage import is_damaged
from coordination.views.files import hand_out, told_of_damage
from coordination.views.making import answer_poll
from coordination.views.signed_in import SignedInRequest

from .minutes import find_minutes
from .printing import is_printed_in_full, printing, progress_of


@login_required
@require_POST
def minutes_print(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for the PDF of the minutes, as far as the visitor reads them."""
    meeting, minutes = find_minutes(request, pk)
    if minutes is None:
        raise Http404
    mechanism = meeting.body.mechanism
    full = is_printed_in_full(request, minutes)
    request_printout(mechanism, by=request.user, minutes=minutes, is_in_full=full)
    return redirect("minutes-detail", pk)


@require_safe
def committee_guide(request: HttpRequest, slug: str) -> HttpResponse:
    """The reference guide of the mechanism's bodies: the newest one, and how to have another."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    printouts = Printout.objects.visible_to(request.user).of(None, mechanism)
    context = {
        "mechanism": mechanism,
        "can_ask": can_see_committee_work(request.user, mechanism),
        **printing(printouts),
    }
    return render(request, "committees/committee_guide.html", context)


@login_required
@require_POST
def guide_print(request: SignedInRequest, slug: str) -> HttpResponse:
    """Have the guide made anew, of how things stand now."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_see_committee_work(request.user, mechanism))
    request_printout(mechanism, by=request.user)
    return redirect("committee-guide", slug)


@require_safe
def printout_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the making of a printout is."""
    printout = find_printout(request, pk)
    page, progress = printout.get_absolute_url(), progress_of(printout)
    return answer_poll(request, printout, page=page, progress=progress)


@require_safe
def printout_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF: rights each time, then its bytes, if they are still those that were made."""
    printout = find_printout(request, pk)
    file = getattr(printout, "file", None)
    if file is None:
        raise Http404
    if is_damaged(file.path, file.sha256):
        return told_of_damage(request, file)
    media_type = "application/pdf"
    return hand_out(request, file.path, name=file.name, media_type=media_type, etag=file.sha256)


def find_printout(request: HttpRequest, pk: int) -> Printout:
    """The printout as far as the visitor may have it, else 404."""
    related = ("file", "mechanism", "minutes__meeting__body__mechanism")
    seen = Printout.objects.visible_to(request.user).defer("snapshot")
    return get_object_or_404(seen.select_related(*related), pk=pk)
