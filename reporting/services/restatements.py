"""Figures that have changed since they were published: old, new, and why (R22)."""

from __future__ import annotations

import datetime as dt
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from coordination.models import Place, add_months
from reporting.models import Edition, Report
from reporting.models.edition import EditionQuerySet
from reporting.services.answers import is_stock
from reporting.services.cells import Cell, figure_cell
from reporting.services.compiled_figures import FigureTables
from reporting.services.figures import figures_for
from reporting.services.scopes import QUARTER_MONTHS, Scope
from reporting.services.words import day_text
from workplans.models import IndicatorVersion, Result, ResultDecision
from workplans.services.rounding import display

Row = dict[str, Any]
# An indicator's code, its version's number, a quarter's first day.
Spot = tuple[str, int, dt.date]
Kind = ResultDecision.Kind


@dataclass(frozen=True)
class Said:
    """What was published of one spot, and how its quarter was called."""

    cell: Cell
    period: str


@dataclass(frozen=True)
class Published:
    """What reports of this kind on earlier quarters said last.

    ``edition`` is the newest of them, ``decisions`` what was verified or withdrawn after its
    cut-off. ``said`` holds its own quarters, and each quarter of an earlier year that one of the
    decisions is about, as it was published last.
    """

    edition: Edition
    decisions: list[ResultDecision]
    said: dict[Spot, Said]

    @classmethod
    def before(cls, report: Report) -> Published | None:
        """Those before ``report``; None when there are none."""
        editions = published_before(report)
        newest = editions.first()
        if newest is None:
            return None
        decisions = decisions_since(newest)
        said = said_in(newest.contents)
        wanted = {spot_of(each.result) for each in decisions} - said.keys()
        if wanted:
            since = min(day for _code, _version, day in wanted)
            older = editions.filter(report__period__starts_on__gte=since).exclude(pk=newest.pk)
            for edition in older.iterator():
                found = said_in(edition.contents)
                said |= {spot: found[spot] for spot in wanted & found.keys()}
                wanted -= found.keys()
        return cls(newest, decisions, said)

    def scopes(self, place: Place) -> list[Scope]:
        """Those quarters, to be asked for again."""
        days = sorted({day for _code, _version, day in self.said})
        return [Scope(place, day, add_months(day, QUARTER_MONTHS)) for day in days]

    def replaced_versions(self, versions: Iterable[IndicatorVersion]) -> list[IndicatorVersion]:
        """Versions that a decision is about and that are not among ``versions`` any more.

        One whose indicator is no longer public is not told again (R24).
        """
        decided = {each.result.stream.version_id: each.result for each in self.decisions}
        known = {version.pk for version in versions}
        others = [decided[pk].stream.version for pk in sorted(decided.keys() - known)]
        return [version for version in others if version.indicator.is_public]


def published_before(report: Report) -> EditionQuerySet:
    """Published reports of the same kind on earlier quarters, the newest quarter first."""
    return (
        Edition.objects.published()
        .filter(
            report__mechanism=report.mechanism,
            report__place=report.place,
            report__period__starts_on__lt=report.period.starts_on,
        )
        .select_related("report__mechanism", "report__period", "report__place")
        .order_by("-report__period__starts_on")
    )


def corrections_of(edition: Edition) -> list[tuple[Edition, list[Row]]]:
    """Later published reports of the same kind that restate figures of the edition, and which.

    The newest quarter first. The edition itself never changes: who reads it is led to them (R22).
    """
    report = edition.report
    told = {day for day, _name in told_quarters(edition.contents)}
    later = (
        Edition.objects.published()
        .filter(
            report__mechanism=report.mechanism,
            report__place=report.place,
            report__period__starts_on__gt=report.period.starts_on,
        )
        .select_related("report__mechanism", "report__period", "report__place")
        .order_by("-report__period__starts_on")
    )
    found = [
        (
            each,
            [
                row
                for row in each.contents["tables"]["restatements"]["rows"]
                if dt.date.fromisoformat(row["starts_on"]) in told
            ],
        )
        for each in later.iterator()
    ]
    return [(each, rows) for each, rows in found if rows]


def told_quarters(contents: dict[str, Any]) -> list[tuple[dt.date, str]]:
    """The first day and the full name of each quarter that a report tells."""
    return [
        (dt.date.fromisoformat(head["starts_on"]), head["full"])
        for head in contents["year"]["quarters"]
        if not head["is_later"]
    ]


def decisions_since(edition: Edition) -> list[ResultDecision]:
    """What was verified or withdrawn in the edition's place after its cut-off, in its order."""
    report = edition.report
    place = report.place or report.mechanism.country
    results = Result.objects.of_mechanism(report.mechanism).within(place)
    return list(
        ResultDecision.objects.filter(
            at__gt=edition.compiled_at, kind__in=[Kind.VERIFIED, Kind.WITHDRAWN], result__in=results
        )
        .select_related(
            "result__period", "result__restates", "result__stream__organisation",
            "result__stream__place", "result__stream__version__indicator",
        )
        .order_by("at", "pk")
    )  # fmt: skip


def said_in(contents: dict[str, Any]) -> dict[Spot, Said]:
    """What a report said of its year's quarters, and of earlier ones that it footnoted."""
    tables = contents["tables"]
    heads = told_quarters(contents)
    footnoted = {
        (row["code"], row["version"], dt.date.fromisoformat(row["starts_on"])): Said(
            row["new"], row["period"]
        )
        for row in tables["restatements"]["rows"]
    }
    return footnoted | {
        (row["code"], row["version"], day): Said(cell, period)
        for row in tables["indicators"]
        for (day, period), cell in zip(heads, row["quarters"], strict=False)
    }


def spot_of(result: Result) -> Spot:
    version = result.stream.version
    return version.indicator.code, version.number, result.period.starts_on


def restatements_since(published: Published | None, tables: FigureTables, *, on: dt.date) -> Row:
    """What was published otherwise before, each with a mark for a footnote.

    Versions that the report itself no longer tells are asked for apart.
    """
    if published is None:
        return {"since": None, "rows": []}
    place = tables.frame.place
    scopes = published.scopes(place)
    replaced = published.replaced_versions(tables.frame.versions)
    figures = tables.figures | figures_for(replaced, scopes, on=on)
    reasons = reasons_in(published.decisions)
    rows: list[Row] = []
    for version in [*tables.frame.versions, *replaced]:
        for scope in scopes:
            spot = (version.indicator.code, version.number, scope.last_quarter)
            said = published.said.get(spot)
            new = figure_cell(figures[version.pk, scope])
            why = reasons.get(spot, [])
            if said is None or (_same(said.cell, new) and not why):
                continue
            rows.append({
                "mark": mark_of(len(rows)),
                "code": version.indicator.code,
                "name": version.indicator.name,
                "version": version.number,
                "unit": version.unit,
                "is_stock": is_stock(version),
                "period": said.period,
                "starts_on": scope.last_quarter.isoformat(),
                "old": {"exact": said.cell["exact"], "text": said.cell["text"]},
                "new": {"exact": new["exact"], "text": new["text"]},
                "reasons": why,
            })  # fmt: skip
    return {"since": _named(published.edition), "rows": rows}


def put_marks(indicators: list[Row], quarters: list[Row], restatements: Row) -> None:
    """Put each restatement's mark at its cell of the performance data table.

    A quarter of an earlier year has no column: what it changes is the life to date of a flow.
    """
    places = {head["starts_on"]: index for index, head in enumerate(quarters)}
    rows = {(row["code"], row["version"]): row for row in indicators}
    for each in restatements["rows"]:
        index = places.get(each["starts_on"])
        row = rows.get((each["code"], each["version"]))
        if row is None:
            continue
        if index is not None:
            row["quarters"][index]["mark"] = each["mark"]
        elif not each["is_stock"]:
            row["life_to_date"].setdefault("mark", each["mark"])


def mark_of(number: int) -> str:
    """Such as a, b, … z, aa, ab …: the mark of the restatement with this number, from 0."""
    letters = string.ascii_lowercase
    more, letter = divmod(number, len(letters))
    return (mark_of(more - 1) if more else "") + letters[letter]


def reasons_in(decisions: Iterable[ResultDecision]) -> dict[Spot, list[str]]:
    """In words what changed under the figures."""
    found: dict[Spot, list[str]] = defaultdict(list)
    for result, words in _changes(decisions):
        found[spot_of(result)].append(words)
    return found


def _changes(decisions: Iterable[ResultDecision]) -> Iterator[tuple[Result, str]]:
    """Restatements that were verified, and values that were withdrawn."""
    for decision in decisions:
        result = decision.result
        version = result.stream.version
        names: dict[str, Any] = {
            "organisation": result.stream.organisation,
            "place": result.stream.place,
        }
        if decision.kind == Kind.VERIFIED and result.restates:
            result.restates.stream = result.stream
            names |= {
                "old": display(result.restates.value, version),
                "new": display(result.value, version),
                "reason": result.restatement_reason,
            }
            yield (
                result,
                _("%(organisation)s, %(place)s, from %(old)s to %(new)s: %(reason)s") % names,
            )
        elif decision.kind == Kind.WITHDRAWN:
            names |= {"old": display(result.value, version), "reason": decision.reason}
            yield result, _("%(organisation)s, %(place)s, %(old)s withdrawn: %(reason)s") % names


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
