"""The signature page of a plan: its versions, who signs for whom, and what differs."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.models import Decision
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.signing import (
    FreezeForm,
    PaperForm,
    PlanReturnForm,
    SignForm,
    VersionWithdrawForm,
)
from workplans.models import JointWorkPlan, Phase, PlanVersion, Signature
from workplans.permissions.plans import (
    can_advance_plan,
    can_freeze_version,
    can_sign,
    can_take_next_step,
)
from workplans.permissions.standing import can_see_work
from workplans.services.gates import gates_before_signing
from workplans.services.plan_snapshots import Comparison, compare_snapshots, lines_shown
from workplans.services.planning import return_plan
from workplans.services.signing import (
    changes_since_signed,
    freeze_version,
    record_signature,
    sign_version,
    withdraw_version,
)

from .plans import find_plan


@require_safe
def plan_signing(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """How far the plan is, who signs for whom, and every version that was laid before them."""
    found = find_plan(request, slug, plan)
    return render(
        request,
        "workplans/plan_signing.html",
        frame(found)
        | {
            "page": SigningPage(request, found),
            "can_freeze": can_freeze_version(request.user, found),
            "can_advance": can_advance_plan(request.user, found),
            "can_take_step": can_take_next_step(request.user, found),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_return(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Send a plan that is not signed back to be drafted on."""
    found = find_plan(request, slug, plan)
    require(can_advance_plan(request.user, found))
    form = PlanReturnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return_plan(found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, found, _("Sent back."))
    words = (_("Send the plan back"), _("Send it back"))
    return show_deed(request, found, form, words)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def version_freeze(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Freeze the plan, or its changes, and lay it before those who sign."""
    found = find_plan(request, slug, plan)
    require(can_freeze_version(request.user, found))
    form = FreezeForm(request.POST or None, plan=found)
    if request.method == "POST" and form.is_valid():
        try:
            freeze_version(found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, found, _("Frozen. Those who sign are told."))
    words = (_("Lay the plan before its signatories"), _("Freeze this version"))
    changes = changes_since_signed(found)
    gates = gates_before_signing(found) if changes is None else []
    return show_deed(request, found, form, words, changes=changes, gates=gates)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def version_withdraw(
    request: SignedInRequest, slug: str, plan: str, *, number: int
) -> HttpResponse:
    """Withdraw a version that waits for signatures."""
    version = find_version(request, slug, plan, number)
    require(can_freeze_version(request.user, version.plan))
    form = VersionWithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_version(version, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, version.plan, _("Withdrawn."))
    words = (_("Withdraw the version"), _("Withdraw it"))
    return show_deed(request, version.plan, form, words)


@require_safe
def version_detail(request: HttpRequest, slug: str, plan: str, *, number: int) -> HttpResponse:
    """A version as it was frozen, its signatures, and how it differs from the one it amends."""
    version = find_version(request, slug, plan, number)
    internal = can_see_work(request.user, version.plan.mechanism)
    before = version.amends
    context = frame(version.plan) | {
        "version": version,
        "rows": signature_rows(request, version),
        "lines": lines_shown(version.contents, internal=internal),
        "is_inside": internal,
        "changes": compare_snapshots(before.contents, version.contents, internal=internal)
        if before
        else None,
        "others": PlanVersion.objects.visible_to(request.user)
        .filter(plan=version.plan)
        .exclude(pk=version.pk)
        .order_by("number"),
        "can_freeze": can_freeze_version(request.user, version.plan),
    }
    return render(request, "workplans/version_detail.html", context)


@require_safe
def version_compare(
    request: HttpRequest, slug: str, plan: str, *, number: int, other: int
) -> HttpResponse:
    """Two versions of a plan, line by line: added, changed, dropped."""
    before = find_version(request, slug, plan, number)
    after = find_version(request, slug, plan, other)
    internal = can_see_work(request.user, before.plan.mechanism)
    changes = compare_snapshots(before.contents, after.contents, internal=internal)
    context = frame(before.plan) | {"before": before, "after": after, "changes": changes}
    return render(request, "workplans/version_compare.html", context)


@login_required
@require_safe
def version_file(request: SignedInRequest, slug: str, plan: str, *, number: int) -> HttpResponse:
    """The bytes of which the hash was signed, for who takes part: internal lines stand in them."""
    version = find_version(request, slug, plan, number)
    require(can_see_work(request.user, version.plan.mechanism))
    response = HttpResponse(version.snapshot, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{plan}-{number}.json"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def signature_give(
    request: SignedInRequest, slug: str, plan: str, *, number: int, pk: int
) -> HttpResponse:
    """Sign a version in the portal for one's own side."""
    version = find_version(request, slug, plan, number)
    signature = find_signature(version, pk)
    require(can_sign(request.user, signature))
    form = SignForm(request.POST or None, signature=signature, version=version)
    if request.method == "POST" and form.is_valid():
        content = {name: form.cleaned_data[name] for name in ("post", "sha256")}
        try:
            sign_version(signature, by=request.user, **content)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, version.plan, _("Signed."))
    words = (_("Sign for %(who)s") % {"who": signature.organisation.name}, _("Sign"))
    signed = {
        "signature": signature,
        "version": version,
        "changes": changes_signed(signature),
        "gates": gates_before_signing(version.plan) if version.amends is None else [],
    }
    return show_deed(request, version.plan, form, words, **signed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def signature_record(
    request: SignedInRequest, slug: str, plan: str, *, number: int, pk: int
) -> HttpResponse:
    """Record a signature from the signed paper, with its scan."""
    signature = find_signature(find_version(request, slug, plan, number), pk)
    require(can_freeze_version(request.user, signature.version.plan))
    form = PaperForm(request.POST or None, request.FILES or None, signature=signature)
    if request.method == "POST" and form.is_valid():
        try:
            record_signature(signature, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, signature.version.plan, _("Recorded."))
    who = signature.organisation.name
    words = (_("Record the signature of %(who)s") % {"who": who}, _("Record it"))
    return show_deed(request, signature.version.plan, form, words, version=signature.version)


def show_deed(
    request: HttpRequest, plan: JointWorkPlan, form: Any, words: tuple[str, str], **more: Any
) -> HttpResponse:
    """The page of one deed on the versions of a plan; ``words`` are its heading and button."""
    context = frame(plan) | {"form": form, "heading": words[0], "submit": words[1], **more}
    return render(request, "workplans/signing_deed.html", context)


def done(request: SignedInRequest, plan: JointWorkPlan, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("plan-signing", plan.mechanism.slug, plan.slug)


def frame(plan: JointWorkPlan) -> dict[str, Any]:
    return {"plan": plan, "mechanism": plan.mechanism}


def find_version(request: HttpRequest, slug: str, plan: str, number: int) -> PlanVersion:
    """The version at this address as far as the visitor may see its plan, else 404."""
    found = find_plan(request, slug, plan)
    versions = PlanVersion.objects.visible_to(request.user).select_related("amends")
    version = get_object_or_404(versions, plan=found, number=number)
    version.plan = found
    return version


def find_signature(version: PlanVersion, pk: int) -> Signature:
    """The signature of a version that the visitor sees, else 404."""
    signature = version.signatures.select_related("organisation").filter(pk=pk).first()
    if signature is None:
        raise Http404
    signature.version = version
    return signature


def changes_signed(signature: Signature) -> Comparison | None:
    """What a side puts its name to under an amendment: the lines that concern it."""
    version = signature.version
    if version.amends is None:
        return None
    changes = compare_snapshots(version.amends.contents, version.contents)
    return changes.of_lines(signature.lines) if signature.lines else changes


def signature_rows(request: HttpRequest, version: PlanVersion) -> list[tuple[Signature, bool]]:
    """Who signs for whom, the government first; and whether the visitor can sign it now."""
    rows = version.signatures.select_related("organisation", "signed_by", "recorded_by", "file")
    signatures = list(rows.order_by("side", "organisation__short_name"))
    for signature in signatures:
        signature.version = version
    return [
        (each, version.is_open and not each.is_given and can_sign(request.user, each))
        for each in signatures
    ]


class SigningPage:
    """What the signature page shows, read once."""

    def __init__(self, request: HttpRequest, plan: JointWorkPlan) -> None:
        self.request, self.plan = request, plan
        self.is_inside = can_see_work(request.user, plan.mechanism)

    @cached_property
    def versions(self) -> list[PlanVersion]:
        """The newest first."""
        found = PlanVersion.objects.visible_to(self.request.user).filter(plan=self.plan)
        versions = list(found.select_related("amends").order_by("-number"))
        for version in versions:
            version.plan = self.plan
        return versions

    @cached_property
    def open(self) -> PlanVersion | None:
        return next((version for version in self.versions if version.is_open), None)

    @cached_property
    def in_force(self) -> PlanVersion | None:
        return next((version for version in self.versions if version.signed_at), None)

    @property
    def can_begin(self) -> bool:
        """Whether the whole plan can be laid before its signatories now."""
        if self.open or self.in_force:
            return False
        state = JointWorkPlan.State(self.plan.state)
        return state == JointWorkPlan.State.VALIDATED or state in JointWorkPlan.IN_FORCE

    @cached_property
    def rows(self) -> list[tuple[Signature, bool]]:
        """The signatures of the version that waits, else of the one in force."""
        version = self.open or self.in_force
        return signature_rows(self.request, version) if version else []

    @cached_property
    def changes(self) -> Comparison | None:
        """What has changed since it was signed, while nothing waits for signatures."""
        if self.open or self.plan.is_over:
            return None
        return changes_since_signed(self.plan, internal=self.is_inside)

    @cached_property
    def gates(self) -> list[Phase]:
        """What is not passed before the plan is signed, until it is."""
        if self.in_force or self.plan.is_over:
            return []
        return gates_before_signing(self.plan)

    @cached_property
    def steps(self) -> list[tuple[Any, Decision | None]]:
        """Each step with the decision behind it, as far as the visitor reads that."""
        seen = Decision.objects.visible_to(self.request.user).in_full()
        steps = list(self.plan.steps.order_by("pk"))
        known = seen.in_bulk([step.decision_id for step in steps if step.decision_id])
        return [(step, known.get(step.decision_id)) for step in steps]
