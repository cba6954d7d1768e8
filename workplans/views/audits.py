"""Value-for-money audits of a mechanism, its plans and activities."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.models import Document
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.audits import AuditFollowUpForm, AuditForm
from workplans.models import Indicator, ValueForMoneyAudit
from workplans.permissions.learning import can_follow_up_audit, can_record_audit
from workplans.services.audits import edit_audit, follow_up_audit, record_audit


@require_safe
def audit_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every audit of the mechanism that the visitor sees, the newest first."""
    mechanism = find_mechanism(request, slug)
    audits = (
        ValueForMoneyAudit.objects.visible_to(request.user)
        .filter(mechanism=mechanism)
        .select_related(
            "plan__mechanism", "activity__plan__mechanism", "owner", "mechanism",
            "indicator__mechanism", "document",
        )
        .newest_first()
    )  # fmt: skip
    readable = Document.objects.visible_to(request.user).filter(mechanism=mechanism)
    context = {
        "mechanism": mechanism,
        "rows": [(audit, can_follow_up_audit(request.user, audit)) for audit in audits],
        "readable": set(readable.exclude(audits=None).values_list("pk", flat=True)),
        "can_record": can_record_audit(request.user, mechanism),
        "today": mechanism.today(),
    }
    return render(request, "workplans/audit_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def audit_record(request: SignedInRequest, slug: str) -> HttpResponse:
    """What an auditor found."""
    mechanism = find_mechanism(request, slug)
    require(can_record_audit(request.user, mechanism))
    seen = Indicator.objects.visible_to(request.user).filter(mechanism=mechanism)
    of = seen.filter(code=request.GET.get("indicator", "")).first()
    form = AuditForm(request.POST or None, mechanism=mechanism, user=request.user, of=of)
    if request.method == "POST" and form.is_valid():
        try:
            audit = record_audit(mechanism, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect(audit.indicator or audit)
    context = {"form": form, "mechanism": mechanism, "heading": _("Add an audit")}
    return render(request, "workplans/audit_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def audit_edit(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The content of an audit; the second of two editors is shown both versions."""
    mechanism = find_mechanism(request, slug)
    audit = find_audit(request, mechanism, pk)
    require(can_record_audit(request.user, mechanism))
    frame: dict[str, Any] = {"mechanism": mechanism, "user": request.user}
    form = AuditForm(request.POST or None, audit=audit, **frame)
    conflict = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            edit_audit(audit, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            current = find_audit(request, mechanism, pk)
            saved = Event.objects.about(current).first()
            theirs = AuditForm(audit=current, **frame)
            conflict = Conflict.since(saved, differences(form, theirs))
            form.data = merged(form, theirs, current.version)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(audit)
    context = {
        "form": form,
        "conflict": conflict,
        "mechanism": mechanism,
        "heading": _("Edit the audit"),
        "events": Event.objects.about(audit).select_related("by"),
    }
    return render(request, "workplans/audit_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def audit_follow_up(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Say what was done about an audit."""
    mechanism = find_mechanism(request, slug)
    audit = find_audit(request, mechanism, pk)
    require(can_follow_up_audit(request.user, audit))
    today = mechanism.today()
    form = AuditFollowUpForm(request.POST or None, initial={"followed_up_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            follow_up_audit(audit, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect(audit)
    context = {
        "form": form,
        "mechanism": mechanism,
        "audit": audit,
        "heading": _("What was done about it"),
    }
    return render(request, "workplans/audit_form.html", context)


def find_mechanism(request: HttpRequest, slug: str) -> Mechanism:
    """The mechanism as far as the visitor may see it, else 404."""
    return get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)


def find_audit(request: HttpRequest, mechanism: Mechanism, pk: int) -> ValueForMoneyAudit:
    """The audit of the mechanism as far as the visitor may see it, else 404."""
    seen = ValueForMoneyAudit.objects.visible_to(request.user).filter(mechanism=mechanism)
    named = seen.select_related("plan", "activity", "indicator", "document", "owner")
    return get_object_or_404(named, pk=pk)
