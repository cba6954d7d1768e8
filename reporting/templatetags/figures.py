"""Figures on pages: written, with what must stand beside them, and a way to what is behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import dropwhile
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coordination.models import Period, Place
from coordination.services.rounding import display_percent
from coordination.templatetags.interface import row_links
from coordination.templatetags.looks import figure_text
from reporting.models import Basis
from reporting.services.breakdowns import Breakdown, Part
from reporting.services.figures import Absence, Figure
from reporting.services.progress import Progress, Verdict
from reporting.services.result_tables import Question, ResultRow
from reporting.services.words import day_text, short_period_text
from workplans.models import IndicatorVersion
from workplans.services.rounding import display, display_change

register = template.Library()

TONES = {Verdict.ON_TRACK: "good", Verdict.OFF_TRACK: "bad"}


@register.simple_tag(name="figure")
def figure_in_cell(figure: Figure, url: str = "") -> SafeString:
    """A figure in a cell: its value or why there is none, its date, and what is provisional."""
    if figure.value is None:
        return figure_text(None, reason=reason_of(figure))
    return figure_text(
        display(figure.value, figure.version),
        note="; ".join(notes_of(figure)),
        provisional=figure.scope.basis == Basis.REPORTED,
        url=url,
    )


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
    return ExplainLinks(question).to(version, span)


@register.simple_tag
def explain_links(question: Question) -> ExplainLinks:
    """The ways from all figures of a question to what is behind them."""
    return ExplainLinks(question)


@register.simple_tag
def explained(figure: Figure, links: ExplainLinks, span: str) -> SafeString:
    """A figure in a cell, with the way to what is behind it."""
    return figure_in_cell(figure, links.to(figure.version, span))


class ExplainLinks:
    """The ways from a question's figures to what is behind them; what they share is made once."""

    def __init__(self, question: Question) -> None:
        asked = {
            "period": question.period.code,
            "place": "" if question.is_everywhere else question.place.path,
            "organisation": question.organisation.slug if question.organisation else "",
            "calendar": question.calendar.key
            if question.calendar != question.mechanism.calendar
            else "",
            "basis": "" if question.basis == Basis.VERIFIED else question.basis,
        }
        self.query = urlencode({name: value for name, value in asked.items() if value})
        self.pages = row_links("figure-explain", question.mechanism.slug)

    def to(self, version: IndicatorVersion, span: str) -> str:
        """Where the figure of a span ("quarter", "year", "ever") is explained."""
        page = self.pages.to(version.indicator.code)
        return f"{page}?span={span}&version={version.number}&{self.query}"


@register.filter
def change(progress: Progress, version: IndicatorVersion) -> str:
    """The change since the baseline, in percentage points where it is between percentages."""
    return display_change(progress.change, version)


@register.filter
def tone(progress: Progress) -> str:
    """The tone of a verdict, for charts."""
    return TONES.get(progress.verdict, "busy")


@register.filter
def verdicts(rows: Iterable[ResultRow]) -> list[tuple[str, str, int]]:
    """The verdicts on the indicators of a group, with how many have each: (code, words, number)."""
    given = [row.progress.verdict for row in rows]
    return count_verdicts((verdict.value, str(verdict.label)) for verdict in given)


def count_verdicts(given: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Each verdict once with its number, in the order of `Verdict`."""
    counts = Counter(given)
    order = list(Verdict.values)
    ranked = sorted(counts.items(), key=lambda item: order.index(item[0][0]))
    return [(code, words, number) for (code, words), number in ranked]


@dataclass(frozen=True)
class Line:
    """One row of the table of results as it is shown, its words and figures written."""

    row: ResultRow
    quarter_url: str
    year_url: str
    baseline: str
    target: str
    target_notes: list[str]
    percent: str
    percent_note: str
    received: str
    verified: str
    parts: list[tuple[str, str]]

    @property
    def trend(self) -> list[Decimal | None]:
        """The values of the quarters, for a sparkline."""
        return [figure.value for _period, figure in self.row.trend]


@register.simple_tag
def lines_of(rows: Iterable[ResultRow], question: Question) -> list[Line]:
    """Rows of the table of results as they are shown."""
    links, words = ExplainLinks(question), PartWords.now()
    return [
        Line(
            row,
            links.to(row.version, "quarter"),
            links.to(row.version, "year"),
            display(row.progress.baseline, row.version),
            display(row.progress.target, row.version),
            target_notes(row),
            display_percent(row.progress.percent),
            "" if row.progress.way is None else _("of the way from the baseline"),
            *received_of(row),
            words.parts_of(row),
        )
        for row in rows
    ]


def target_notes(row: ResultRow) -> list[str]:
    """What is due of the target by now, and whether it is made of parts."""
    progress, notes = row.progress, []
    if progress.due is not None and progress.due != progress.target:
        notes.append(_("%(due)s due by now") % {"due": display(progress.due, row.version)})
    if progress.target_is_sum:
        notes.append(_("sum of its parts"))
    return notes


def received_of(row: ResultRow) -> tuple[str, str]:
    """How many values came of those due, and how many are verified where not all are."""
    completeness = row.completeness
    due, received, verified = completeness.due, completeness.received, completeness.verified
    if not (due or received):
        return "", ""
    of_due = _("%(received)s of %(due)s") % {"received": received, "due": due}
    few = _("%(number)s verified") % {"number": verified} if verified < received else ""
    return of_due, few


@dataclass(frozen=True)
class PartWords:
    """The words under which the parts of a row stand, in the language of the page."""

    by_place: str
    missing: str
    awaited: str
    late: str
    exempt: str

    @classmethod
    def now(cls) -> PartWords:
        return cls(_("By place"), _("Missing"), _("Awaited"), _("Late"), _("Exempt"))

    def parts_of(self, row: ResultRow) -> list[tuple[str, str]]:
        """What a row is made of: its places, its groups, and who is missing, late or exempt."""
        completeness = row.completeness
        parts: list[tuple[str, Iterable[str]]] = [
            (self.by_place, [f"{place} {in_words(figure)}" for place, figure in row.places]),
            *(
                (str(each.disaggregation), groups_in_words(each, row.version))
                for each in row.breakdowns
            ),
            (self.missing, map(str, completeness.missing)),
            (self.awaited, map(str, completeness.awaited)),
            (self.late, map(str, completeness.late)),
            (self.exempt, map(str, completeness.exempt)),
        ]
        told = [(term, " · ".join(words)) for term, words in parts]
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
def share(part: Part) -> str:
    """The share of a category of those stated; nothing where there is none."""
    return "" if part.share is None else display_percent(part.share)
