"""The official's queue: what waits to be verified, and the verdicts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.models import Standing
from coordination.permissions import require
from coordination.services.events import newest_event, newest_event_on
from coordination.services.refusals import Refusal
from coordination.templatetags.interface import row_links
from coordination.views.composed import composed_once
from coordination.views.signed_in import SignedInRequest
from workplans.forms.results import BulkVerificationForm, ReasonForm, VerificationForm
from workplans.forms.verification import QueueFilter
from workplans.models import Result, ResultDecision
from workplans.permissions.results import can_return_result, can_verify_result
from workplans.services.verification import return_result, verify_result, verify_results
from workplans.services.waiting import waiting_for

from .queue_rows import reports_of, rows_of
from .results import context_of, find_result, show_result

ROWS_SHOWN = 60


@login_required
@require_safe
@composed_once
def verification_queue(request: SignedInRequest) -> HttpResponse:
    """What waits for this verifier, report by report."""
    return show_queue(request, VerificationForm())


@login_required
@require_POST
def results_verify(request: SignedInRequest) -> HttpResponse:
    """Verify the chosen values, all or none."""
    judged = Result.objects.visible_to(request.user).judged_by(request.user)
    form = BulkVerificationForm(judged, request.POST)
    if not form.is_valid():
        return show_queue(request, form, chosen=request.POST.getlist("results"))
    typed = form.cleaned_data
    try:
        verified = verify_results(typed.pop("results"), by=request.user, **typed)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return show_queue(request, form, chosen=request.POST.getlist("results"))
    done = ngettext("%(count)d value verified.", "%(count)d values verified.", len(verified))
    messages.success(request, done % {"count": len(verified)})
    return redirect("verification-queue")


@login_required
@require_POST
def result_verify(request: SignedInRequest, pk: int) -> HttpResponse:
    """Verify one value; in the queue its row says so in place."""
    result = find_result(request.user, pk)
    require(can_verify_result(request.user, result))
    form, refusal = VerificationForm(request.POST), ""
    if form.is_valid():
        try:
            result = verify_result(result, by=request.user, **form.cleaned_data)
        except Refusal as refused:
            refusal = str(refused)
            form.refuse(refused)
    else:
        refusal = _("Say how the value was checked.")
    if request.htmx:
        return settled(request, result, refusal)
    if refusal:
        return show_result(request, find_result(request.user, pk), form)
    messages.success(request, _("The value is verified."))
    return redirect("verification-queue")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def result_return(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a value back with a reason, which its reporter reads in full."""
    result = find_result(request.user, pk)
    require(can_return_result(request.user, result))
    is_verifier = can_verify_result(request.user, result)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return_result(result, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if request.htmx:
                return settled(request, result)
            messages.success(request, _("The value is returned to its reporter."))
            return redirect("verification-queue" if is_verifier else result)
    if request.htmx and request.method == "POST":
        (row,) = rows_of([result.pk])
        context = row_context(VerificationForm(), newest_event())
        context |= {"row": row, "return_form": form}
        return render(request, "workplans/verification_row.html", context)
    return render(request, "workplans/result_return.html", {**context_of(result), "form": form})


def show_queue(
    request: SignedInRequest, form: VerificationForm, chosen: list[str] | None = None
) -> HttpResponse:
    waiting = waiting_for(request.user)
    narrowed = QueueFilter(request.GET, waiting=waiting)
    keys = [each.result for each in narrowed.in_order()]
    page = Paginator(keys, ROWS_SHOWN).get_page(request.GET.get("page"))
    shown = list(page)
    # Before the rows: what is done to one meanwhile is not seen, and refuses a verdict on it (R27).
    seen = newest_event_on(Result, shown)
    return render(
        request,
        "workplans/verification_queue.html",
        {
            "filter_form": narrowed,
            "page": page,
            "reports": reports_of(shown, set(chosen or [])),
            **row_context(form, seen),
            "chosen": set(chosen or []),
            "waiting_count": len(waiting),
            "verifies": bool(Standing.of(request.user).focal_point_offices),
        },
    )


def row_context(form: VerificationForm, seen: int) -> dict[str, object]:
    """What all rows of the queue share, and its bulk forms too: said and drawn once."""
    return {
        "form": form,
        "seen": seen,
        "methods": format_html_join(
            "", '<option value="{}">{}</option>', ResultDecision.Method.choices
        ),
        "links": {
            "detail": row_links("result-detail"),
            "verify": row_links("result-verify"),
            "return": row_links("result-return"),
        },
        "words": {
            "value": _("Value"),
            "last": _("Last value"),
            "reached": _("Reached of due"),
            "method": _("Checked by"),
            "verify": _("Verify"),
            "return": _("Return"),
            "reason": _("Reason"),
            "return_so": _("Return with this reason"),
        },
    }


def settled(request: SignedInRequest, result: Result, refusal: str = "") -> HttpResponse:
    """The row of a value after a verdict says what became of it, the head how many still wait."""
    context = {
        "result": find_result(request.user, result.pk),
        "refusal": refusal,
        "waiting_count": Result.objects.awaiting_verification_by(request.user).count(),
    }
    return render(request, "workplans/verification_settled.html", context)
