"""Alerts: the list, one of them, raising it in a minute, and following it to the end."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.alerts import AlertDetailsForm, AlertFilter, AlertForm, AlertUpdateForm
from committees.models import Alert
from committees.permissions import can_follow_alert, can_raise_alert
from committees.services.alerts import edit_alert, raise_alert, update_alert
from committees.services.linked import linked_to
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .escalations import find_mechanism

LINES_A_PAGE = 50


@login_required
@require_safe
def alert_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The alerts of a mechanism, the newest first."""
    mechanism = find_mechanism(request, slug)
    seen = Alert.objects.visible_to(request.user).filter(mechanism=mechanism)
    narrowed = AlertFilter(request.GET, seen)
    rows = narrowed.qs.prefetch_related("places").newest_first()
    context = {
        "mechanism": mechanism,
        "filter": narrowed,
        "page": Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page")),
        "can_raise": can_raise_alert(request.user, mechanism),
    }
    return render(request, "committees/alert_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_raise(request: SignedInRequest, slug: str) -> HttpResponse:
    """One short form; whoever can help is told at once."""
    mechanism = find_mechanism(request, slug)
    require(can_raise_alert(request.user, mechanism))
    form = AlertForm(
        request.POST or None, request.FILES or None, mechanism=mechanism, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        try:
            alert = raise_alert(mechanism, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _(
                "The donor, the secretariat and the county are told. Add details when you can."
            )
            messages.success(request, said)
            return redirect(alert)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "committees/alert_form.html", context)


@login_required
@require_safe
def alert_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What happens where, what is asked for, and what became of it."""
    alert = find_alert(request, pk)
    can_follow = can_follow_alert(request.user, alert) and alert.state != Alert.State.CLOSED
    context = {
        "alert": alert,
        "mechanism": alert.mechanism,
        "places": alert.places.order_by("path"),
        "files": alert.files.select_related("file").order_by("pk"),
        "updates": alert.updates.select_related("written_by").order_by("-pk"),
        "linked": linked_to(request.user, alert),
        "can_follow": can_follow,
        "events": Event.objects.about(alert).select_related("by"),
    }
    return render(request, "committees/alert_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_update(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was said or done about it, and how it stands from now on."""
    alert = find_alert(request, pk)
    require(can_follow_alert(request.user, alert))
    form = AlertUpdateForm(
        request.POST or None, request.FILES or None, alert=alert, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        try:
            update_alert(alert, by=request.user, **form.content())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved; whoever can help is told."))
            return redirect(alert)
    context = {"form": form, "alert": alert, "mechanism": alert.mechanism}
    return render(request, "committees/alert_update.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its details; the second of two editors is shown both versions."""
    alert = find_alert(request, pk)
    require(can_follow_alert(request.user, alert))
    form, conflict = AlertDetailsForm(request.POST or None, alert=alert), None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            edit_alert(alert, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            form, conflict = details_conflict(request, form, alert)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(alert)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(alert)
    context = {"form": form, "conflict": conflict, "alert": alert, "mechanism": alert.mechanism}
    return render(request, "committees/alert_edit.html", context)


def find_alert(request: SignedInRequest, pk: int) -> Alert:
    """The alert at this address if the visitor takes part in its mechanism, else 404."""
    seen = Alert.objects.visible_to(request.user).select_related("mechanism", "raised_by")
    return get_object_or_404(seen, pk=pk)


def details_conflict(
    request: SignedInRequest, mine: AlertDetailsForm, alert: Alert
) -> tuple[AlertDetailsForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = find_alert(request, alert.pk)
    theirs = AlertDetailsForm(alert=current)
    saved = Event.objects.about(current).order_by("-pk").first()
    again = AlertDetailsForm(merged(mine, theirs, current.version), alert=current)
    return again, Conflict.since(saved, differences(mine, theirs))
