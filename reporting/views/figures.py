"""The results of a mechanism, and what is behind each figure (R12)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from coordination.models import Mechanism
from coordination.permissions import require
from coordination.services.spreadsheets import to_workbook
from coordination.views.composed import composed_once
from reporting.forms.figures import ResultFilter
from reporting.models import Basis, Edition
from reporting.permissions import can_see_figures
from reporting.services.completeness import completeness_of
from reporting.services.explanations import explain
from reporting.services.levels import life_targets_for
from reporting.services.progress import progress_for
from reporting.services.result_exports import result_tables
from reporting.services.result_tables import (
    Question,
    grouped,
    in_full,
    read_rows,
    version_keys_in,
    versions_in,
)
from reporting.services.words import period_labels
from workplans.models import IndicatorVersion

INDICATORS_A_PAGE = 25
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@composed_once
def result_table(request: HttpRequest, slug: str) -> HttpResponse:
    """Every indicator with its figures; for who does not take part, what is published of them."""
    mechanism = find_mechanism(request, slug)
    if not can_see_figures(request.user, mechanism):
        return published_results(request, mechanism)
    form = ResultFilter(request.GET, mechanism=mechanism, on=mechanism.today())
    question = form.question()
    context = {"mechanism": mechanism, "form": form, "question": question}
    if question:
        context |= answers_to(question, request.GET.get("page"))
        export = {"url": f"{request.path[:-1]}.xlsx?{request.GET.urlencode()}", "kind": "xlsx"}
        context["exports"] = [export]
    return render(request, "reporting/result_table.html", context)


def answers_to(question: Question, page_number: str | None) -> dict[str, object]:
    """One page of the table, and how complete the quarter is."""
    page = Paginator(version_keys_in(question), INDICATORS_A_PAGE).get_page(page_number)
    versions = in_full(page, question.mechanism)
    place = None if question.is_everywhere else question.place
    is_illustrative = all(version.indicator.is_illustrative for version in versions)
    return {
        "page": page,
        "is_illustrative": is_illustrative,
        "marks_rows": not is_illustrative,  # what holds for all is said once
        "groups": grouped(read_rows(question, versions)),
        "labels": period_labels(question.mechanism, question.period),
        "completeness": completeness_of(question.mechanism, question.period, place=place),
        "is_provisional": question.basis == Basis.REPORTED,
    }


def published_results(request: HttpRequest, mechanism: Mechanism) -> HttpResponse:
    """The figures of a published report, drawn from its snapshot (R24); by default the newest."""
    editions = (
        Edition.objects.visible_to(request.user)
        .published()
        .filter(report__mechanism=mechanism)
        .select_related("report__period", "report__place", "report__mechanism")
        .order_by("-report__period__starts_on", "report__place__name", "pk")
    )
    listed = list(editions.defer("snapshot"))
    chosen = request.GET.get("report") or (listed[0].report.slug if listed else "")
    edition = editions.filter(report__slug=chosen).first() if listed else None
    if listed and edition is None:
        raise Http404
    context = {"mechanism": mechanism, "editions": listed, "edition": edition}
    return render(request, "reporting/result_table_published.html", context)


@require_safe
def result_export(request: HttpRequest, slug: str) -> HttpResponse:
    """All figures of the page as a workbook, and the values behind them."""
    mechanism = find_mechanism(request, slug)
    require(can_see_figures(request.user, mechanism))
    question = ResultFilter(request.GET, mechanism=mechanism, on=mechanism.today()).question()
    if question is None:
        raise Http404
    rows = read_rows(question, versions_in(question))
    tables = result_tables(question, rows)
    name = slugify(f"{slug} {question.period.code} {question.place} results")
    response = HttpResponse(to_workbook(name, tables), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@require_safe
def figure_explain(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """From a figure to its values, its rule and its reporters; it ends in the very figure."""
    mechanism = find_mechanism(request, slug)
    require(can_see_figures(request.user, mechanism))
    version = find_version(request, mechanism, code)
    form = ResultFilter(request.GET, mechanism=mechanism, on=mechanism.today())
    question = form.question()
    if question is None:
        raise Http404
    scopes = {
        "quarter": question.quarter,
        "year": question.to_date,
        "ever": question.since_ever,
    }
    span = request.GET.get("span", "quarter")
    scope = scopes.get(span, question.quarter)
    told = explain(version, scope, question.period)
    progress = progress_for([told.figure], question.period, question.calendar)
    life = life_targets_for([version], scope, question.period) if span == "ever" else {}
    context = {
        "mechanism": mechanism,
        "version": version,
        "question": question,
        "span": span if span in scopes else "quarter",
        "told": told,
        "figure": told.figure,
        "progress": progress[version.pk, scope] if span == "year" else None,
        "life_target": life.get(version.pk),
        "labels": period_labels(mechanism, question.period),
        "back": request.GET.urlencode(),
    }
    return render(request, "reporting/figure_explain.html", context)


def find_mechanism(request: HttpRequest, slug: str) -> Mechanism:
    """The mechanism, if the visitor may see it; else 404."""
    mechanisms = Mechanism.objects.visible_to(request.user).select_related("country", "calendar")
    return get_object_or_404(mechanisms, slug=slug)


def find_version(request: HttpRequest, mechanism: Mechanism, code: str) -> IndicatorVersion:
    """The version asked for, by default the newest that is no draft; else 404."""
    versions = (
        IndicatorVersion.objects.visible_to(request.user)
        .filter(indicator__mechanism=mechanism, indicator__code=code)
        .exclude(state=IndicatorVersion.State.DRAFT)
        .select_related("indicator__mechanism", "indicator__intended_result")
        .order_by("-number")
    )
    number = request.GET.get("version", "")
    if number:
        versions = versions.filter(number=number) if number.isdecimal() else versions.none()
    version = versions.first()
    if version is None:
        raise Http404
    return version
