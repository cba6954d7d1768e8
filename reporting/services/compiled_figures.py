"""The tables of figures in a report, all from the one function that answers for figures (R12)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reporting.services.breakdowns import (
    Breakdown,
    Part,
    breakdowns_for,
)
from reporting.services.cells import Cell, figure_cell, later_cell, percent_cell, value_cell
from reporting.services.figures import Figures, figures_for
from reporting.services.frames import Frame, Split
from reporting.services.levels import Level, life_targets_for
from reporting.services.progress import Progress, Verdict, progress_for
from reporting.services.scopes import Scope
from reporting.services.words import day_text
from workplans.models import Baseline, IndicatorVersion, Result

MAIN_INDICATORS = 10
Row = dict[str, Any]


@dataclass
class FigureTables:
    """The figures of a report, read once and laid out in tables."""

    frame: Frame
    figures: Figures
    progress: dict[tuple[int, Scope], Progress]
    life_targets: dict[int, Level]
    breakdowns: dict[Scope, dict[int, list[Breakdown]]]
    baselines: dict[int, dt.date | None]
    deviations: dict[int, list[Row]] = field(default_factory=dict)

    @classmethod
    def read(cls, frame: Frame, *, more: Iterable[Scope] = (), on: dt.date) -> FigureTables:
        """Read in a fixed number of queries; ``more`` scopes are answered beside the tables'."""
        figures = figures_for(
            frame.versions, [*frame.scopes(), *more], on=on, expectations=frame.expectations
        )
        to_date = [frame.to_date, *(part.to_date for part in frame.parts)]
        judged = [figures[each.pk, scope] for each in frame.versions for scope in to_date]
        return cls(
            frame,
            figures,
            progress_for(
                judged,
                frame.period,
                frame.report.mechanism.calendar,
                expectations=frame.expectations,
            ),
            life_targets_for(frame.versions, frame.to_date, frame.period),
            {
                scope: breakdowns_for([figures[each.pk, scope] for each in frame.versions])
                for scope in (frame.quarter, frame.to_date)
            },
            baseline_days(frame),
            deviations_in(frame),
        )

    def tables(self) -> dict[str, list[Row]]:
        """Every table of figures, by its code."""
        indicators = [self.indicator(version) for version in self.frame.versions]
        return {
            "summary": [
                {**head(version), **self.measures(version, self.frame.quarter, self.frame.to_date)}
                for version in self.frame.versions[:MAIN_INDICATORS]
            ],
            "indicators": indicators,
            "places": self.split_by("place", self.frame.by_place),
            "organisations": self.split_by("organisation", self.frame.by_organisation),
            "disaggregates": self.disaggregates(),
            "definitions": [definition(version) for version in self.frame.versions],
        }

    def cell(self, version: IndicatorVersion, scope: Scope) -> Cell:
        return figure_cell(self.figures[version.pk, scope])

    def indicator(self, version: IndicatorVersion) -> Row:
        """One row of the performance data table (PITT)."""
        frame = self.frame
        progress = self.progress[version.pk, frame.to_date]
        life = self.life_targets.get(version.pk)
        quarters = [
            later_cell(_("after the period")) if frame.is_later(each) else self.cell(version, each)
            for each in frame.quarters
        ]
        return {
            **head(version),
            **self.measures(version, frame.quarter, frame.to_date),
            "result_area": str(version.indicator.intended_result or ""),
            "baseline": {
                **value_cell(progress.baseline, version),
                "measured_on": day_text(self.baselines.get(version.pk)),
            },
            "quarters": quarters,
            "life_target": value_cell(life.value if life else None, version),
            "life_to_date": self.cell(version, frame.life),
            "deviations": self.deviations.get(version.pk, []),
        }

    def measures(self, version: IndicatorVersion, quarter: Scope, to_date: Scope) -> Row:
        """What every table says of an indicator in a scope."""
        progress = self.progress[version.pk, to_date]
        return {
            "quarter": self.cell(version, quarter),
            "to_date": self.cell(version, to_date),
            "target": value_cell(progress.target, version),
            "due": value_cell(progress.due, version),
            "achievement": percent_cell(progress.percent),
            "from_baseline": progress.is_way,
            "verdict": verdict_mark(progress.verdict),
        }

    def split_by(self, key: str, parts: Sequence[Split]) -> list[Row]:
        """Each indicator by its places or organisations; those without any part left out."""
        groups = []
        for version in self.frame.versions:
            rows = []
            for part in parts:
                measures = self.measures(version, part.quarter, part.to_date)
                if is_concerned(measures):
                    rows.append({key: part.name, "key": part.key, **measures})
            if rows:
                groups.append({"indicator": head(version), "rows": rows})
        return groups

    def disaggregates(self) -> list[Row]:
        """Each indicator by its groups, with what came undivided apart (R6)."""
        groups = []
        for version in self.frame.versions:
            to_date = {
                each.disaggregation.pk: each
                for each in self.breakdowns[self.frame.to_date].get(version.pk, [])
            }
            quarter = {
                each.disaggregation.pk: each
                for each in self.breakdowns[self.frame.quarter].get(version.pk, [])
            }
            for key, breakdown in to_date.items():
                groups.append({
                    "indicator": head(version),
                    "disaggregation": breakdown.disaggregation.name,
                    "rows": group_rows(version, quarter.get(key), breakdown),
                })  # fmt: skip
        return groups


def head(version: IndicatorVersion) -> Row:
    """How an indicator is named in a row."""
    indicator = version.indicator
    return {
        "code": indicator.code,
        "name": indicator.name,
        "version": version.number,
        "unit": version.unit,
        "illustrative": indicator.is_illustrative,
    }


def definition(version: IndicatorVersion) -> Row:
    """What a reader must know to read the indicator's figures."""
    rules = [
        version.get_over_periods_display(),
        _("over places: %(rule)s") % {"rule": version.get_over_places_display().lower()},
        _("over organisations: %(rule)s")
        % {"rule": version.get_over_organisations_display().lower()},
    ]
    return {
        **head(version),
        "definition": version.definition,
        "numerator": version.numerator_definition,
        "denominator": version.denominator_definition,
        "rules": "; ".join(str(rule) for rule in rules) + ".",
        "source": version.data_source,
        "limits": " ".join(filter(None, [version.double_count_note, version.known_limitations])),
        "change": version.change_note,
    }


def verdict_mark(verdict: Verdict) -> dict[str, str]:
    return {"code": verdict.value, "text": str(verdict.label)}


def is_concerned(measures: Row) -> bool:
    """Whether a place or organisation has to do with the indicator: a figure, or one due."""
    absences = {measures["quarter"]["absence"], measures["to_date"]["absence"]}
    return absences != {"not_due"} or measures["target"]["exact"] is not None


def group_rows(
    version: IndicatorVersion, quarter: Breakdown | None, to_date: Breakdown
) -> list[Row]:
    """The groups of a disaggregation, *not stated* and what came undivided last."""
    now = {part.category.pk: part for part in parts_of(quarter)} if quarter else {}
    rows = [
        {
            "category": part.category.name,
            "quarter": part_cell(now.get(part.category.pk), version),
            "share": percent_cell(now[part.category.pk].share)
            if part.category.pk in now
            else percent_cell(None),
            "to_date": part_cell(part, version),
        }
        for part in parts_of(to_date)
    ]
    if to_date.undivided is not None:
        undivided = quarter.undivided if quarter else None
        rows.append({
            "category": _("Reported without groups"),
            "quarter": value_cell(undivided, version),
            "share": percent_cell(None),
            "to_date": value_cell(to_date.undivided, version),
        })  # fmt: skip
    return rows


def parts_of(breakdown: Breakdown) -> list[Part]:
    return [*breakdown.parts, *([breakdown.not_stated] if breakdown.not_stated else [])]


def part_cell(part: Part | None, version: IndicatorVersion) -> Cell:
    return value_cell(part.value if part else None, version)


def baseline_days(frame: Frame) -> dict[int, dt.date | None]:
    """When the baseline of the place was measured, by version."""
    rows = Baseline.objects.filter(version__in=frame.versions, place=frame.place, organisation=None)
    return dict(rows.values_list("version", "measured_on"))


def deviations_in(frame: Frame) -> dict[int, list[Row]]:
    """The reasons that reporters gave with verified values of the quarter, by version (R8)."""
    rows = (
        Result.objects.verified()
        .within(frame.place)
        .filter(stream__version__in=frame.versions, period=frame.period)
        .exclude(deviation="")
        .select_related("stream__organisation", "stream__place")
        .order_by("stream__organisation__short_name", "stream__place__path")
    )
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.stream.version_id].append({
            "organisation": str(row.stream.organisation),
            "place": str(row.stream.place),
            "text": row.deviation,
        })  # fmt: skip
    return dict(found)
