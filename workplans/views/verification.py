"""The official's queue: what waits to be verified, and the verdicts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import NamedTuple, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Standing
from coordination.permissions import require
from coordination.services.events import newest_event
from coordination.services.refusals import Refusal
from coordination.services.visits import unheeded
from coordination.templatetags.interface import row_links
from coordination.views.composed import composed_once
from coordination.views.signed_in import SignedInRequest
from workplans.forms.results import BulkVerificationForm, ReasonForm, VerificationForm
from workplans.forms.verification import QueueFilter
from workplans.models import Result, ResultDecision
from workplans.models.result import ResultQuerySet
from workplans.permissions.results import can_return_result, can_verify_result
from workplans.services.checks import entry_of, stock_fell
from workplans.services.deviations import Due, actual_by_now, dues_of, needs_narrative
from workplans.services.results import last_results, name_cells
from workplans.services.rounding import cells_in_words, display
from workplans.services.verification import return_result, verify_result, verify_results

from .results import context_of, find_result, parts_of, show_result

ROWS_SHOWN = 60


class Report(NamedTuple):
    """What the rows of the queue stand under."""

    organisation: Organisation
    period: Period
    mechanism: Mechanism


@dataclass(frozen=True)
class QueueRow:
    """A value that waits, with what it is judged by."""

    result: Result
    last: Result | None
    due: Due | None

    @property
    def key(self) -> str:
        return str(self.result.pk)

    @property
    def report(self) -> Report:
        stream = self.result.stream
        return Report(stream.organisation, self.result.period, stream.version.indicator.mechanism)

    @property
    def returns(self) -> list[ResultDecision]:
        """Why it was sent back before, the last first: what the reporter answers with it."""
        kind = ResultDecision.Kind.RETURNED
        returned = [each for each in self.result.decisions.all() if each.kind == kind]
        return sorted(returned, key=lambda each: each.at, reverse=True)

    @property
    def reached(self) -> Decimal | None:
        """What the reporter has reached with this value: a flow the year so far."""
        result, numerator = self.result, self.result.numerator
        if self.due is None or numerator is None:
            return None
        return actual_by_now(result.stream.version, self.due, numerator, result.denominator)

    @property
    def reached_of_due(self) -> str:
        """The same in words, beside what is due by now: "120 of 400"."""
        version, due = self.result.stream.version, self.due.value if self.due else None
        words = {"reached": display(self.reached, version), "due": display(due, version)}
        return _("%(reached)s of %(due)s") % words

    @property
    def departs(self) -> bool:
        """Whether the value is so far from what is due that it had to be explained."""
        result, numerator = self.result, self.result.numerator
        return numerator is not None and needs_narrative(
            result.stream.version, self.due, numerator, result.denominator
        )

    @cached_property
    def breakdowns(self) -> list[tuple[str, str]]:
        """The cells of each breakdown in words: "Women 12; Men 10"."""
        return [(name, cells_in_words(cells)) for name, cells in parts_of(self.result)]

    @property
    def doubts(self) -> list[str]:
        """What about the value itself a verifier should look at twice."""
        result, numerator, found = self.result, self.result.numerator, []
        if result.value is None:
            found.append(_("nothing to divide by"))
        if numerator is not None and numerator < 0:
            found.append(_("below zero"))
        if self.last and stock_fell(result.stream.version, entry_of(result), self.last):
            found.append(_("lower than before"))
        return found


class ReportSection(NamedTuple):
    """The rows of one report, which a phone folds."""

    organisation: Organisation
    period: Period
    mechanism: Mechanism
    rows: list[QueueRow]
    is_unfolded: bool


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
        (row,) = rows_of(Result.objects.visible_to(request.user).filter(pk=pk))
        context = row_context(VerificationForm(), newest_event())
        context |= {"row": row, "return_form": form}
        return render(request, "workplans/verification_row.html", context)
    return render(request, "workplans/result_return.html", {**context_of(result), "form": form})


def waiting_for(request: SignedInRequest) -> ResultQuerySet:
    return Result.objects.awaiting_verification_by(request.user)


def show_queue(
    request: SignedInRequest, form: VerificationForm, chosen: list[str] | None = None
) -> HttpResponse:
    # Whatever is done to a value that waits is seen by itself; what the page showed stays seen.
    with unheeded():
        seen = newest_event(Result)
    waiting = waiting_for(request)
    narrowed = QueueFilter(request.GET, queryset=waiting)
    ordered = narrowed.qs.order_by(
        "period__starts_on",
        "stream__organisation__short_name",
        "stream__place__path",
        "stream__version__indicator__position",
        "pk",
    )
    page = Paginator(ordered, ROWS_SHOWN).get_page(request.GET.get("page"))
    return render(
        request,
        "workplans/verification_queue.html",
        {
            "filter": narrowed,
            "page": page,
            "reports": reports_of(cast("ResultQuerySet", page.object_list), set(chosen or [])),
            **row_context(form, seen),
            "chosen": set(chosen or []),
            "waiting_count": waiting.count(),
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
        "waiting_count": waiting_for(request).count(),
    }
    return render(request, "workplans/verification_settled.html", context)


def reports_of(results: ResultQuerySet, chosen: set[str]) -> list[ReportSection]:
    """The results report by report; a phone opens the first, and those with a chosen value."""
    sections: list[ReportSection] = []
    for report, group in groupby(rows_of(results), key=lambda row: row.report):
        rows = list(group)
        is_unfolded = not sections or any(row.key in chosen for row in rows)
        sections.append(
            ReportSection(report.organisation, report.period, report.mechanism, rows, is_unfolded)
        )
    return sections


def rows_of(results: ResultQuerySet) -> list[QueueRow]:
    """The results in their order, with last value, what is due, and evidence.

    The number of queries grows with the quarters that wait, not with the values.
    """
    shown = results.with_stream().select_related("restates")
    found = list(shown.prefetch_related("cells", "evidence__file", "decisions"))
    name_cells(found)
    calendars = FiscalCalendar.objects.in_bulk()
    by_quarter: defaultdict[tuple[int, int], list[Result]] = defaultdict(list)
    for result in found:
        mechanism = result.stream.version.indicator.mechanism
        by_quarter[mechanism.calendar_id, result.period_id].append(result)
    lasts, dues = {}, {}
    for (calendar_pk, _period), group in by_quarter.items():
        period, streams = group[0].period, [result.stream for result in group]
        calendar = calendars[calendar_pk]
        for stream_pk, last in last_results(streams, period).items():
            lasts[stream_pk, period.pk] = last
        for stream_pk, due in dues_of(streams, period, calendar).items():
            dues[stream_pk, period.pk] = due
    return [
        QueueRow(
            result,
            lasts.get((result.stream_id, result.period_id)),
            dues.get((result.stream_id, result.period_id)),
        )
        for result in found
    ]
