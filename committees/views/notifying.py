"""Notifications: what authorities have put in place, and recording one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.notifying import NotificationForm, NotificationWithdrawForm
from committees.models import Notification
from committees.permissions import can_record_notification, can_see_committee_work
from committees.services.notifying import (
    correct_notification,
    record_notification,
    withdraw_notification,
)
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .deeds import DeedPage, show_deed


@require_safe
def notification_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What authorities notified of the mechanism's bodies, the newest first."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    notifications = Notification.objects.visible_to(request.user).filter(mechanism=mechanism)
    context = {
        "mechanism": mechanism,
        "notifications": notifications.select_related("authority")
        .prefetch_related("bodies__mechanism")
        .order_by("-notified_on", "-pk"),
        "can_record": can_record_notification(request.user, mechanism),
    }
    return render(request, "committees/notification_list.html", context)


@require_safe
def notification_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One notification: by whom, when, and the bodies that it covers."""
    notification = find_notification(request, pk)
    sees_work = can_see_committee_work(request.user, notification.mechanism)
    context = {
        "notification": notification,
        "mechanism": notification.mechanism,
        "bodies": notification.bodies.select_related("mechanism", "place").in_order(),
        "can_correct": notification.withdrawn_on is None
        and can_record_notification(request.user, notification.mechanism),
        "events": Event.objects.about(notification).select_related("by") if sees_work else None,
    }
    return render(request, "committees/notification_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notification_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Record the act of an authority."""
    seen = Mechanism.objects.visible_to(request.user).select_related("country")
    mechanism = get_object_or_404(seen, slug=slug)
    require(can_record_notification(request.user, mechanism))
    form = NotificationForm(request.POST or None, request.FILES or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            notification = record_notification(mechanism, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded. The bodies that it covers are notified."))
            return redirect(notification)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "committees/notification_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notification_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct what was recorded; the second of two editors is shown both versions."""
    notification = find_notification(request, pk)
    require(can_record_notification(request.user, notification.mechanism))
    form, conflict = form_of(request, notification, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("seen_version", "reason")}
        try:
            correct_notification(notification, by=request.user, **given, **form.content())
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, pk)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(notification)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Corrected. What it said before stays on record."))
            return redirect(notification)
    context = {
        "form": form, "conflict": conflict, "notification": notification,
        "mechanism": notification.mechanism,
    }  # fmt: skip
    return render(request, "committees/notification_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notification_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back the record of an act that was none, for a reason."""
    notification = find_notification(request, pk)
    mechanism = notification.mechanism
    require(can_record_notification(request.user, mechanism))
    deed = DeedPage(
        notification,
        notification.subject,
        withdraw_notification,
        _("Withdraw the record"),
        _("Withdraw it"),
        _("Withdrawn. It stays on record, with your reason."),
        mechanism=mechanism,
        room=_("Notifications"),
        room_url=reverse("notification-list", args=[mechanism.slug]),
        told=_("Bodies that nothing else notified go back to the state before."),
    )
    return show_deed(request, NotificationWithdrawForm(request.POST or None), deed)


def find_notification(request: HttpRequest, pk: int) -> Notification:
    """The notification as far as the visitor may see it, else 404."""
    seen = Notification.objects.visible_to(request.user)
    full = seen.select_related("mechanism__country", "authority", "file")
    return get_object_or_404(full, pk=pk)


def form_of(request: SignedInRequest, notification: Notification, data: Any) -> NotificationForm:
    """The form, begun with the notification as it stands."""
    files = request.FILES or None
    mechanism = notification.mechanism
    return NotificationForm(data, files, mechanism=mechanism, notification=notification)


def edit_conflict(
    request: SignedInRequest, mine: NotificationForm, pk: int
) -> tuple[NotificationForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = find_notification(request, pk)
    theirs = form_of(request, current, None)
    # Why each corrects it is each one's own.
    fields = [each for each in differences(mine, theirs) if each.label != str(mine["reason"].label)]
    saved = Event.objects.about(current).select_related("by").first()
    again = form_of(request, current, merged(mine, theirs, current.version))
    return again, Conflict.since(saved, fields)
