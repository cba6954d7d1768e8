"""Meetings as files for calendars: one meeting, and feeds by secret addresses."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.forms.calendars import FeedForm
from committees.models import CalendarFeed, Meeting
from committees.services.calendars import Seen, file_of
from committees.services.feeds import feed_with, fetch_feed, open_feed, revoke_feed
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .meetings import find_meeting

CALENDAR = "text/calendar; charset=utf-8"


@require_safe
def meeting_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting for a calendar, as far as the visitor reads it."""
    meeting = find_meeting(request, pk)
    if meeting.starts_at is None:
        raise Http404
    is_readable = Meeting.objects.readable_by(request.user).filter(pk=pk).exists()
    items = meeting.items.filter(is_restricted=False).in_order()
    agenda = [item.title for item in items] if is_readable else []
    response = HttpResponse(file_of(Seen(meeting, is_readable, agenda)), content_type=CALENDAR)
    response["Content-Disposition"] = f'attachment; filename="meeting-{pk}.ics"'
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feed_list(request: SignedInRequest) -> HttpResponse:
    """One's own calendar addresses; a new one is shown this once."""
    form = FeedForm(request.POST or None, user=request.user)
    address = ""
    if request.method == "POST" and form.is_valid():
        _feed, token = open_feed(request.user, body=form.cleaned_data["body"])
        address = f"{settings.PUBLIC_URL}{reverse('calendar-feed', args=[token])}"
        form = FeedForm(user=request.user)
    feeds = CalendarFeed.objects.filter(user=request.user, revoked_at=None)
    context = {
        "form": form,
        "address": address,
        "feeds": feeds.select_related("body__mechanism").order_by("-pk"),
    }
    return render(request, "committees/feed_list.html", context)


@login_required
@require_POST
def feed_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make one's calendar address worthless."""
    feed = get_object_or_404(CalendarFeed, pk=pk, user=request.user)
    try:
        revoke_feed(feed, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Revoked: the address opens nothing any more."))
    return redirect("feed-list")


@never_cache
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address, as its owner may see it now (R20)."""
    feed = feed_with(token)
    if feed is None:
        raise Http404
    return HttpResponse(fetch_feed(feed), content_type=CALENDAR)
