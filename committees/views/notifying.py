"""Notifications: what authorities have put in place, and recording one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.notifying import NotificationForm
from committees.models import Notification
from committees.permissions import can_record_notification, can_see_committee_work
from committees.services.notifying import record_notification
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest


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
    notifications = Notification.objects.visible_to(request.user)
    notification = get_object_or_404(
        notifications.select_related("mechanism", "authority", "file"), pk=pk
    )
    sees_work = can_see_committee_work(request.user, notification.mechanism)
    context = {
        "notification": notification,
        "mechanism": notification.mechanism,
        "bodies": notification.bodies.select_related("mechanism", "place").in_order(),
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
