"""One result: what it says, how it came about, and the deeds of its reporter."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.models import Event, User
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.results import EvidenceForm, ReasonForm, RestatementForm, VerificationForm
from workplans.models import Obligation, Result, ResultCell
from workplans.permissions.results import (
    can_add_evidence,
    can_drop_evidence,
    can_restate_result,
    can_return_result,
    can_verify_result,
    can_withdraw_result,
)
from workplans.services.deviations import dues_of
from workplans.services.refusals import ValuesAtFault
from workplans.services.results import (
    add_evidence,
    drop_evidence,
    last_results,
    restate_result,
    withdraw_result,
)


def find_result(user: User | AnonymousUser, pk: int) -> Result:
    """The result, if the user may see it; otherwise 404."""
    results = Result.objects.visible_to(user).in_full().select_related("restates")
    return get_object_or_404(results, pk=pk)


@login_required
@require_safe
def result_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The value with its parts, target, evidence, revisions, decisions and record."""
    return show_result(request, find_result(request.user, pk), VerificationForm())


def show_result(
    request: SignedInRequest, result: Result, verification_form: VerificationForm
) -> HttpResponse:
    stream, user = result.stream, request.user
    mechanism = stream.version.indicator.mechanism
    revisions = revisions_of(result, user)
    restatement = open_restatement(result, revisions)
    return render(
        request,
        "workplans/result_detail.html",
        {
            "result": result,
            "version": stream.version,
            "mechanism": mechanism,
            "obligation": obligation_of(result, user),
            "label": mechanism.calendar.label(result.period),
            "due": dues_of([stream], result.period, mechanism.calendar).get(stream.pk),
            "last": last_results([stream], result.period).get(stream.pk),
            "parts": parts_of(result),
            "revisions": revisions,
            "restatement": restatement,
            "decisions": sorted(result.decisions.all(), key=lambda row: row.at, reverse=True),
            "evidence": result.evidence.select_related("file").order_by("pk"),
            "events": events_of(revisions),
            "deeds": deeds_of(result, user, restatement),
            "verification_form": verification_form,
        },
    )


def open_restatement(result: Result, revisions: list[Result]) -> Result | None:
    """The one that restates it and is not decided on yet."""
    return next(
        (
            row
            for row in revisions
            if row.restates_id == result.pk and row.state in Result.OPEN_STATES
        ),
        None,
    )


def deeds_of(result: Result, user: User, restatement: Result | None) -> dict[str, bool]:
    """What this person may do with the result as it stands, beside what restates it."""
    submitted = result.state == Result.State.SUBMITTED
    verified = result.state == Result.State.VERIFIED
    withdrawable = submitted or verified or result.state == Result.State.RETURNED
    standing = result.state in {*Result.OPEN_STATES, Result.State.VERIFIED}
    return {
        "verify": submitted and can_verify_result(user, result),
        "return": submitted and can_return_result(user, result),
        "correct": result.is_editable and can_restate_result(user, result),
        "restate": verified and not restatement and can_restate_result(user, result),
        "withdraw": withdrawable and can_withdraw_result(user, result),
        "add_evidence": standing and can_add_evidence(user, result),
        "drop_evidence": result.is_editable and can_drop_evidence(user, result),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def result_restate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Submit a correction of a verified value; it counts once it is verified."""
    result = find_result(request.user, pk)
    require(can_restate_result(request.user, result))
    form = RestatementForm(result, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            revision = restate_result(
                result,
                by=request.user,
                **vars(form.entry()),
                reason=form.cleaned_data["reason"],
            )
        except ValuesAtFault as refused:
            for row_fault in refused.rows:
                form.point_out(row_fault.fault)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The restatement is submitted and waits to be verified."))
            return redirect(revision)
    return render(request, "workplans/result_restate.html", {**context_of(result), "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def result_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a value back, with a reason, so that it is missing."""
    result = find_result(request.user, pk)
    require(can_withdraw_result(request.user, result))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_result(result, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The value is withdrawn."))
            return redirect(result)
    return render(request, "workplans/result_withdraw.html", {**context_of(result), "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def result_evidence_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a document or photograph behind a value."""
    result = find_result(request.user, pk)
    require(can_add_evidence(request.user, result))
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            add_evidence(result, data["file"], caption=data["caption"], by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The evidence is added."))
            return redirect(result)
    return render(request, "workplans/result_evidence.html", {**context_of(result), "form": form})


@login_required
@require_POST
def result_evidence_drop(request: SignedInRequest, pk: int, evidence: int) -> HttpResponse:
    """Take wrong evidence off a value that is not submitted."""
    result = find_result(request.user, pk)
    require(can_drop_evidence(request.user, result))
    row = result.evidence.select_related("result", "file").filter(pk=evidence).first()
    try:
        if row:  # else a second click, which finds the deed done
            drop_evidence(row, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The evidence is taken off."))
    return redirect(result)


def context_of(result: Result) -> dict[str, object]:
    """What every page about a result shows at its head."""
    indicator = result.stream.version.indicator
    return {
        "result": result,
        "version": result.stream.version,
        "mechanism": indicator.mechanism,
        "label": indicator.mechanism.calendar.label(result.period),
    }


def revisions_of(result: Result, user: User) -> list[Result]:
    """Every revision of the value that the reader may see, the newest first."""
    rows = Result.objects.visible_to(user).in_full()
    same = rows.filter(stream=result.stream, period=result.period)
    return list(same.select_related("submitted_by").order_by("-revision"))


def events_of(revisions: list[Result]) -> QuerySet[Event]:
    """What was done to any of the revisions, the newest first."""
    kind = ContentType.objects.get_for_model(Result)
    events = Event.objects.filter(
        subject_type=kind, subject_id__in=[row.pk for row in revisions]
    ).select_related("by")
    return events.order_by("-at", "-pk")


def parts_of(result: Result) -> list[tuple[str, list[ResultCell]]]:
    """The cells of each breakdown, *not stated* last."""
    breakdowns: dict[str, list[ResultCell]] = {}
    cells = sorted(
        result.cells.all(),
        key=lambda cell: (
            cell.category.disaggregation_id,
            cell.category.is_not_stated,
            cell.category.position,
        ),
    )
    for cell in cells:
        breakdowns.setdefault(cell.category.disaggregation.name, []).append(cell)
    return list(breakdowns.items())


def obligation_of(result: Result, user: User) -> Obligation | None:
    """The report that the result belongs to, if the reader may see it."""
    return (
        Obligation.objects.visible_to(user)
        .filter(
            mechanism=result.stream.version.indicator.mechanism,
            organisation=result.stream.organisation,
            period=result.period,
        )
        .select_related("mechanism", "organisation", "period")
        .first()
    )
