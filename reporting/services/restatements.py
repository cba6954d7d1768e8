"""Figures that have changed since they were published: old, new, and why (R22)."""

from __future__ import annotations

import datetime as dt
import string
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from coordination.models import Place
from reporting.models import Edition, Report
from reporting.services.cells import Cell
from reporting.services.compiled_figures import FigureTables
from reporting.services.scopes import Scope
from reporting.services.words import day_text
from workplans.models import IndicatorVersion, Result, ResultDecision
from workplans.services.rounding import display

Row = dict[str, Any]
# An indicator's code, its version's number, a quarter's first day.
Spot = tuple[str, int, dt.date]


@dataclass(frozen=True)
class Published:
    """The report of this kind that was published last, for an earlier quarter."""

    edition: Edition
    contents: dict[str, Any]

    @classmethod
    def before(cls, report: Report) -> Published | None:
        """The one before ``report``; None when there is none."""
        edition = (
            Edition.objects.published()
            .filter(
                report__mechanism=report.mechanism,
                report__place=report.place,
                report__period__starts_on__lt=report.period.starts_on,
            )
            .select_related("report__mechanism", "report__period", "report__place")
            .order_by("-report__period__starts_on")
            .first()
        )
        return cls(edition, edition.contents) if edition else None

    def quarters(self) -> list[tuple[dt.date, dt.date, Row]]:
        """The quarters that it gave figures for: first day, day after the last, the head."""
        return [
            (
                dt.date.fromisoformat(head["starts_on"]),
                dt.date.fromisoformat(head["ends_before"]),
                head,
            )
            for head in self.contents["year"]["quarters"]
            if not head["is_later"]
        ]

    def scopes(self, place: Place) -> list[Scope]:
        """Those quarters, to be asked for again."""
        return [Scope(place, first, end) for first, end, _head in self.quarters()]

    def cells(self) -> dict[Spot, Cell]:
        """What it said, by indicator, version and quarter."""
        days = [first for first, _end, _head in self.quarters()]
        return {
            (row["code"], row["version"], day): cell
            for row in self.contents["tables"]["indicators"]
            for day, cell in zip(days, row["quarters"], strict=False)
        }


def restatements_since(published: Published | None, tables: FigureTables) -> Row:
    """What the report last published said otherwise, each with a mark for a footnote."""
    if published is None:
        return {"since": None, "rows": []}
    reasons = reasons_since(published.edition, tables)
    said = published.cells()
    heads = {first: head for first, _end, head in published.quarters()}
    rows: list[Row] = []
    for version in tables.frame.versions:
        for scope in published.scopes(tables.frame.place):
            day = scope.last_quarter
            old = said.get((version.indicator.code, version.number, day))
            new = tables.cell(version, scope)
            why = reasons.get((version.pk, day), [])
            if old is None or (_same(old, new) and not why):
                continue
            rows.append({
                "mark": mark_of(len(rows)),
                "code": version.indicator.code,
                "name": version.indicator.name,
                "version": version.number,
                "unit": version.unit,
                "period": heads[day]["full"],
                "starts_on": day.isoformat(),
                "old": {"exact": old["exact"], "text": old["text"]},
                "new": {"exact": new["exact"], "text": new["text"]},
                "reasons": why,
            })  # fmt: skip
    return {"since": _named(published.edition), "rows": rows}


def put_marks(indicators: list[Row], quarters: list[Row], restatements: Row) -> None:
    """Put each restatement's mark at its cell of the performance data table."""
    places = {head["starts_on"]: index for index, head in enumerate(quarters)}
    rows = {(row["code"], row["version"]): row for row in indicators}
    for each in restatements["rows"]:
        index = places.get(each["starts_on"])
        row = rows.get((each["code"], each["version"]))
        if index is not None and row is not None:
            row["quarters"][index]["mark"] = each["mark"]


def mark_of(number: int) -> str:
    """Such as a, b, … z, aa, ab …: the mark of the restatement with this number, from 0."""
    letters = string.ascii_lowercase
    more, letter = divmod(number, len(letters))
    return (mark_of(more - 1) if more else "") + letters[letter]


def reasons_since(edition: Edition, tables: FigureTables) -> dict[tuple[int, dt.date], list[str]]:
    """In words what changed under the figures after the edition was compiled."""
    found: dict[tuple[int, dt.date], list[str]] = defaultdict(list)
    for result, words in _changes(edition, tables.frame.versions, tables.frame.place):
        found[result.stream.version_id, result.period.starts_on].append(words)
    return found


def _changes(
    edition: Edition, versions: list[IndicatorVersion], place: Place
) -> Iterator[tuple[Result, str]]:
    """Restatements that were verified, and values that were withdrawn."""
    decisions = (
        ResultDecision.objects.filter(
            at__gt=edition.compiled_at,
            result__in=Result.objects.within(place).filter(stream__version__in=versions),
        )
        .select_related(
            "result__period", "result__restates", "result__stream__organisation",
            "result__stream__place", "result__stream__version",
        )
        .order_by("at", "pk")
    )  # fmt: skip
    for decision in decisions:
        result = decision.result
        version = result.stream.version
        names: dict[str, Any] = {
            "organisation": result.stream.organisation,
            "place": result.stream.place,
        }
        if decision.kind == ResultDecision.Kind.VERIFIED and result.restates:
            names |= {
                "old": display(_value(result.restates, version), version),
                "new": display(result.value, version),
                "reason": result.restatement_reason,
            }
            yield (
                result,
                _("%(organisation)s, %(place)s, from %(old)s to %(new)s: %(reason)s") % names,
            )
        elif decision.kind == ResultDecision.Kind.WITHDRAWN:
            names |= {"old": display(result.value, version), "reason": decision.reason}
            yield result, _("%(organisation)s, %(place)s, %(old)s withdrawn: %(reason)s") % names


def _value(result: Result, version: IndicatorVersion) -> Any:
    result.stream.version = version
    return result.value


def _same(old: Cell, new: Cell) -> bool:
    return bool(old["exact"] == new["exact"])


def _named(edition: Edition) -> Row:
    report = edition.report
    moment = edition.published_at
    return {
        "title": str(report),
        "edition": edition.number,
        "published": day_text(moment.astimezone(report.mechanism.zone).date()) if moment else "",
        "slug": report.slug,
        "sha256": edition.snapshot_sha256,
    }
