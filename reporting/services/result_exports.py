"""The results page as a workbook: every figure a row, and the values behind them (R12, R23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.services.rounding import NONE, display_percent
from coordination.services.spreadsheets import Table
from reporting.models import Basis
from workplans.models import IndicatorVersion, Result
from workplans.services.rounding import display, rounded

from .completeness import Completeness, completeness_of
from .figures import Figure
from .result_tables import Question, ResultRow
from .words import (
    day_text,
    moment_text,
    percent_of,
    period_labels,
    period_text,
    short_period_text,
)

FigureRow = dict[str, Any]


def result_tables(
    question: Question,
    rows: Sequence[ResultRow],
    *,
    at: dt.datetime | None = None,
) -> list[Table]:
    """Figures, the reported values behind them, and what the file is."""
    at = at or timezone.now()
    completeness = completeness_of(
        question.mechanism,
        question.period,
        place=None if question.is_everywhere else question.place,
        at=at,
    )
    return [
        figures_table(question, rows),
        values_table(question, [row.version for row in rows]),
        Table(_("About"), (_("What"), _("Value")), about(question, completeness, at)),
    ]


def figures_table(question: Question, rows: Iterable[ResultRow]) -> Table:
    """One row a figure: targets, quarters, year to date, places and categories."""
    columns = {
        "code": _("Code"), "name": _("Indicator"), "version": _("Version"), "unit": _("Unit"),
        "place": _("Place"), "organisation": _("Organisation"), "group": _("Group"),
        "measure": _("Measure"), "period": _("Period"), "value": _("Value"),
        "text": _("As displayed"), "reason": _("Why there is none"), "as_of": _("Stock as at"),
        "values": _("Values counted"), "carried": _("Of these from earlier quarters"),
        "numerator": _("Numerator"), "denominator": _("Denominator"),
        "provisional": _("With submitted values"), "received": _("Values received"),
        "due": _("Values due"),
    }  # fmt: skip
    told = [
        tuple(figure.get(key) for key in columns)
        for row in rows
        for figure in figure_rows(question, row)
    ]
    return Table(_("Figures"), list(columns.values()), told)


def figure_rows(question: Question, row: ResultRow) -> Iterator[FigureRow]:
    """Every figure of one indicator."""
    version, progress = row.version, row.progress
    year, to_date = question.year_label, _("%(year)s to date") % {"year": question.year_label}
    head = {
        "code": version.indicator.code,
        "name": version.indicator.name,
        "version": version.number,
        "unit": version.unit,
        "place": str(question.place),
        "organisation": str(question.organisation or _("All")),
    }
    yield {**head, "measure": _("Baseline"), **plain(progress.baseline, version)}
    yield {**head, "measure": _("Target"), "period": year, **plain(progress.target, version)}
    for period, figure in row.trend:
        when = short_period_text(period.starts_on, period.ends_on)
        counts = {}
        if period == question.period:
            counts = {"received": row.completeness.received, "due": row.completeness.due}
        yield {**head, "measure": _("Actual"), "period": when, **of_figure(figure), **counts}
    yield {**head, "measure": _("Actual"), "period": to_date, **of_figure(row.to_date)}
    yield {
        **head, "measure": percent_of(is_way=progress.is_way), "period": to_date,
        "value": progress.percent, "text": display_percent(progress.percent),
    }  # fmt: skip
    for place, figure in row.places:
        yield {
            **head, "place": str(place), "measure": _("Actual"), "period": to_date,
            **of_figure(figure),
        }  # fmt: skip
    for breakdown in row.breakdowns:
        for part in breakdown.all_parts:
            yield {
                **head, "group": f"{breakdown.disaggregation}: {part.category}",
                "measure": _("Actual"), "period": to_date, **plain(part.value, version),
                "numerator": part.numerator, "denominator": part.denominator,
            }  # fmt: skip


def of_figure(figure: Figure) -> FigureRow:
    """A figure's columns: without a value, why there is none (R4)."""
    provisional = figure.provisional_value
    return {
        **plain(figure.value, figure.version),
        "reason": str(figure.absence.label) if figure.absence else "",
        "as_of": day_text(figure.as_of.ends_on) if figure.as_of else None,
        "values": figure.values,
        "carried": figure.carried,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "provisional": None if provisional is None else rounded(provisional, figure.version),
    }


def plain(value: Decimal | None, version: IndicatorVersion) -> FigureRow:
    """A value rounded as on the page (R1); nothing for a missing one, never a zero."""
    return {
        "value": None if value is None else rounded(value, version),
        "text": NONE if value is None else display(value, version),
    }


def values_table(question: Question, versions: Iterable[IndicatorVersion]) -> Table:
    """The values reported in the year to date, a row for each part."""
    columns = (
        _("Code"), _("Indicator"), _("Version"), _("Organisation"), _("Place"), _("Period"),
        _("Group"), _("Value or numerator"), _("Denominator"), _("State"), _("Revision"),
        _("Submitted"), _("Reason of the deviation"), _("Reason of the restatement"),
    )  # fmt: skip
    known = {version.pk: version for version in versions}
    results = (
        Result.objects.counted()
        .within(question.place)
        .filter(
            stream__version__in=known,
            period__starts_on__gte=question.calendar.year_start(question.period.starts_on),
            period__ends_before__lte=question.period.ends_before,
        )
        .select_related("period", "stream__organisation", "stream__place")
        .prefetch_related("cells__category__disaggregation")
        .order_by("stream__version__indicator__code", "stream__place__path", "period__starts_on")
    )
    if question.organisation:
        results = results.filter(stream__organisation=question.organisation)
    rows = [row for result in results for row in value_rows(result, known)]
    return Table(_("Reported values"), columns, rows)


def value_rows(result: Result, versions: dict[int, IndicatorVersion]) -> Iterator[tuple[Any, ...]]:
    """The undivided value of a result, then its categories."""
    version, stream = versions[result.stream.version_id], result.stream
    submitted = (
        timezone.localdate(result.submitted_at, version.indicator.mechanism.zone)
        if result.submitted_at
        else None
    )
    start = (
        version.indicator.code, version.indicator.name, version.number, str(stream.organisation),
        str(stream.place), result.period.code,
    )  # fmt: skip
    end = (
        result.get_state_display(), result.revision, submitted, result.deviation,
        result.restatement_reason,
    )  # fmt: skip
    yield (*start, _("All"), result.numerator, result.denominator, *end)
    for cell in result.cells.all():
        group = f"{cell.category.disaggregation}: {cell.category}"
        yield (*start, group, cell.numerator, cell.denominator, *end)


def about(question: Question, completeness: Completeness, at: dt.datetime) -> list[tuple[str, str]]:
    """What every export says of itself (R23)."""
    mechanism = question.mechanism
    labels = period_labels(mechanism, question.period)
    counted = Basis(question.basis).label
    return [
        (_("Mechanism"), mechanism.name),
        (_("Place"), str(question.place)),
        (_("Organisation"), str(question.organisation or _("All"))),
        (_("Period"), period_text(question.period)),
        *((_("Fiscal label"), f"{each['text']} ({each['calendar']})") for each in labels),
        (_("Cut-off"), moment_text(at, mechanism)),
        (_("Status"), _("Working figures, not published")),
        (_("What counts"), f"{counted}. " + _("An empty value is missing and never a zero.")),
        (
            _("Reports received"),
            _("%(received)s of %(due)s")
            % {"received": completeness.received, "due": completeness.due},
        ),
        (_("Missing"), ", ".join(map(str, completeness.missing))),
        (_("Awaited"), ", ".join(map(str, completeness.awaited))),
        (_("Late"), ", ".join(map(str, completeness.late))),
        (_("Exempt"), ", ".join(map(str, completeness.exempt))),
    ]
