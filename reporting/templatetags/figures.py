"""Figures on pages: written, with what must stand beside them, and a way to what is behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import dropwhile
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.models import Period, Place
from reporting.models import Basis
from reporting.services.breakdowns import Breakdown, Part
from reporting.services.figures import Absence, Figure
from reporting.services.progress import Progress, Verdict
from reporting.services.result_tables import Question, ResultRow
from reporting.services.words import day_text, short_period_text
from workplans.models import IndicatorVersion
from workplans.services.rounding import display, display_change, display_percent

register = template.Library()

TONES = {Verdict.ON_TRACK: "good", Verdict.OFF_TRACK: "bad"}


@register.inclusion_tag("components/figure.html")
def figure(figure: Figure, url: str = "") -> dict[str, Any]:
    """A figure in a cell: its value or why there is none, its date, and what is provisional."""
    if figure.value is None:
        return {"value": None, "reason": reason_of(figure)}
    return {
        "value": display(figure.value, figure.version),
        "note": "; ".join(notes_of(figure)),
        "provisional": figure.scope.basis == Basis.REPORTED,
        "url": url,
    }


@register.filter
def remark(figure: Figure) -> str:
    """What must be known beside a figure: its date, what is provisional, or why there is none."""
    if figure.value is None:
        return reason_of(figure)
    provisional = [_("provisional")] if figure.scope.basis == Basis.REPORTED else []
    return "; ".join([*notes_of(figure), *provisional])


def reason_of(figure: Figure) -> str:
    """Why there is no figure, and what is submitted meanwhile."""
    words = [str(Absence(figure.absence).label)] if figure.absence else []
    return "; ".join([*words, *provisional_of(figure)])


def notes_of(figure: Figure) -> list[str]:
    """Of which date a stock is, and what submitted values would make of the figure."""
    notes = []
    if figure.as_of:
        notes.append(_("as at %(day)s") % {"day": day_text(figure.as_of.ends_on)})
    elif figure.carried:
        notes.append(
            _("%(carried)s of %(values)s values from earlier quarters")
            % {"carried": figure.carried, "values": figure.values}
        )
    return [*notes, *provisional_of(figure)]


def provisional_of(figure: Figure) -> list[str]:
    if figure.provisional_value is None:
        return []
    value = display(figure.provisional_value, figure.version)
    return [_("%(value)s with submitted values") % {"value": value}]


@register.simple_tag
def explain_url(question: Question, version: IndicatorVersion, span: str) -> str:
    """Where the figure of a span ("quarter", "year", "ever") is explained."""
    asked = {
        "span": span,
        "version": version.number,
        "period": question.period.code,
        "place": "" if question.is_everywhere else question.place.path,
        "organisation": question.organisation.slug if question.organisation else "",
        "calendar": question.calendar.key
        if question.calendar != question.mechanism.calendar
        else "",
        "basis": "" if question.basis == Basis.VERIFIED else question.basis,
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    address = reverse("figure-explain", args=[question.mechanism.slug, version.indicator.code])
    return f"{address}?{query}"


@register.filter
def percent(value: Decimal | None) -> str:
    """An achievement or a share: "87.5%"."""
    return display_percent(value)


@register.filter
def change(progress: Progress, version: IndicatorVersion) -> str:
    """The change since the baseline, in percentage points where it is between percentages."""
    return display_change(progress.change, version)


@register.filter
def tone(progress: Progress) -> str:
    """The tone of a verdict, for charts."""
    return TONES.get(progress.verdict, "busy")


@register.filter
def parts_in_words(row: ResultRow) -> list[tuple[str, str]]:
    """What a row is made of: its places, its groups, and who is missing, late or exempt."""
    completeness = row.completeness
    parts = {
        _("By place"): [f"{place} {in_words(figure)}" for place, figure in row.places],
        **{
            str(breakdown.disaggregation): groups_in_words(breakdown, row.version)
            for breakdown in row.breakdowns
        },
        _("Missing"): map(str, completeness.missing),
        _("Awaited"): map(str, completeness.awaited),
        _("Late"): map(str, completeness.late),
        _("Exempt"): map(str, completeness.exempt),
    }
    told = [(term, " · ".join(words)) for term, words in parts.items()]
    return [(term, words) for term, words in told if words]


def in_words(figure: Figure) -> str:
    """A figure with its remarks, or why there is none."""
    remarks = remark(figure)
    value = display(figure.value, figure.version)
    return f"{value} ({remarks})" if remarks else value


def groups_in_words(breakdown: Breakdown, version: IndicatorVersion) -> Iterator[str]:
    """Each group with its share of those stated; what came undivided last."""
    for part in breakdown.all_parts:
        of_stated = f" ({display_percent(part.share)})" if part.share is not None else ""
        yield f"{part.category} {display(part.value, version)}{of_stated}"
    if breakdown.undivided is not None:
        yield _("reported without groups %(value)s") % {
            "value": display(breakdown.undivided, version)
        }


@register.filter
def quarter_rows(quarters: Iterable[tuple[Period, Figure]]) -> list[dict[str, Any]]:
    """Quarters for the chart of their trend, since something was due."""
    since_due = dropwhile(lambda quarter: quarter[1].absence == Absence.NOT_DUE, quarters)
    return [
        {"label": short_period_text(period.starts_on, period.ends_on), **shown(figure)}
        for period, figure in since_due
    ]


@register.filter
def place_rows(places: Iterable[tuple[Place, Figure]]) -> list[dict[str, Any]]:
    """Places for bars beside each other."""
    return [{"label": str(place), **shown(figure)} for place, figure in places]


def shown(figure: Figure) -> dict[str, Any]:
    """What a chart draws and says of a figure; without a verified value, the submitted one."""
    value = figure.provisional_value if figure.value is None else figure.value
    return {
        "value": value,
        "text": "" if value is None else display(value, figure.version),
        "absence": str(Absence(figure.absence).label) if figure.absence else "",
        "provisional": figure.value is None and value is not None,
    }


@register.filter
def trend_values(row: ResultRow) -> list[Decimal | None]:
    """The values of the quarters, for a sparkline."""
    return [figure.value for _period, figure in row.trend]


@register.filter
def share(part: Part) -> str:
    """The share of a category of those stated; nothing where there is none."""
    return "" if part.share is None else display_percent(part.share)
