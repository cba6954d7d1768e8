"""SEK's illustrative indicators, who reports them where, and what is expected of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from coordination.models import Mechanism, Organisation, Origin, Place, User
from workplans.models import (
    Baseline,
    Category,
    Disaggregation,
    Indicator,
    IndicatorVersion,
    IntendedResult,
    Stream,
    Target,
)
from workplans.services.indicators import create_indicator
from workplans.services.quantities import set_baseline, set_target
from workplans.services.reporters import assign_reporter
from workplans.services.versions import put_in_use

from .people import who
from .sources import amount, mechanism, moment, organisation, period, place, read

BASELINE_DAY = dt.date(2020, 9, 30)
SPANS = {
    "year": (dt.date(2020, 10, 1), dt.date(2021, 10, 1)),
    "award": (dt.date(2019, 10, 1), dt.date(2025, 10, 1)),
}
# The three quarters, and nothing after them: a demo is not overdue for ever.
REPORTED_FROM, REPORTED_UNTIL = dt.date(2020, 7, 1), dt.date(2021, 4, 1)
DRAFTED, AGREED = "2020-06-15 10:00", "2020-06-29 15:00"


def load_indicators() -> None:
    """SEK's reference sheets, agreed and in use, and what is suggested to it and BRACE: drafts."""
    sek, secretariat = mechanism("sek"), who("rla-secretariat")
    source = read("sek_indicators")
    for row in source["disaggregations"]:
        _load_disaggregation(row)
    for row in source["indicators"]:
        indicator = _draft_indicator(sek, row, by=secretariat)
        put_in_use(indicator.versions.get(), by=secretariat, at=moment(AGREED, sek))
    for row in source["drafts"]:
        _name_reporter(_draft_indicator(sek, row, by=secretariat), row["reported_by"])
    for row in read("brace")["indicators"]:
        _draft_indicator(mechanism("brace"), row, by=who("brace-secretariat"))
    Indicator.objects.update(origin=Origin.ILLUSTRATIVE)


def _name_reporter(indicator: Indicator, row: dict[str, Any]) -> None:
    assign_reporter(
        indicator.versions.get(),
        by=who("rla-secretariat"),
        organisation=organisation(row["by"]),
        place=place(row["at"]),
        first_period=period(row["from"]),
        at=moment(AGREED, indicator.mechanism),
    )


def load_streams() -> None:
    """Who reports which of SEK's indicators where; with baselines and targets."""
    secretariat = who("rla-secretariat")
    for code, rows in read("sek_results").items():
        for row in rows:
            _load_stream(version_of(code), row, by=secretariat)
    for code, by_place in read("sek_targets").items():
        for path, row in by_place.items():
            _expect(version_of(code), row, by=secretariat, at_place=place(path))
    for expected in (Baseline, Target):
        expected.objects.update(origin=Origin.ILLUSTRATIVE)


def version_of(code: str) -> IndicatorVersion:
    """The version of SEK's indicator that is in use."""
    return IndicatorVersion.objects.in_use().get(
        indicator__mechanism__slug="sek", indicator__code=code
    )


def _load_disaggregation(row: dict[str, Any]) -> None:
    breakdown = Disaggregation.objects.create(key=row["key"], name=row["name"])
    not_stated = {"key": "not-stated", "name": "Not stated"}
    for position, category in enumerate([*row["categories"], not_stated]):
        Category.objects.create(
            disaggregation=breakdown,
            position=position,
            is_not_stated=category is not_stated,
            **category,
        )


def _draft_indicator(owner: Mechanism, row: dict[str, Any], *, by: User) -> Indicator:
    return create_indicator(
        owner,
        by=by,
        at=moment(DRAFTED, owner),
        code=row["code"],
        name=row["name"],
        intended_result=IntendedResult.objects.get(framework__mechanism=owner, code=row["under"]),
        is_public=row.get("is_public", True),
        definition=row["definition"],
        unit=row["unit"],
        data_type=row["data_type"],
        numerator_definition=row.get("numerator", ""),
        denominator_definition=row.get("denominator", ""),
        over_periods=row["over_periods"],
        over_places=row["over_places"],
        over_organisations=row["over_organisations"],
        double_count_note=row.get("double_count_note", ""),
        direction=row["direction"],
        counts_from_baseline=row.get("counts_from_baseline", False),
        tolerance=10,
        frequency=row.get("frequency", IndicatorVersion.Frequency.QUARTERLY),
        disaggregations=Disaggregation.objects.filter(key__in=row.get("disaggregated_by", [])),
        rationale=row.get("rationale", ""),
        data_source=row.get("data_source", ""),
        collection_method=row.get("collection_method", ""),
        responsible_post=row.get("responsible_post", ""),
        known_limitations=row.get("known_limitations", ""),
        target_rationale=row.get("target_rationale", ""),
        codes_elsewhere=row.get("codes_elsewhere", ""),
        quality_assessed_on=row.get("quality_assessed_on"),
        quality_assessed_by=row.get("quality_assessed_by", ""),
        quality_findings=row.get("quality_findings", ""),
    )


def _load_stream(version: IndicatorVersion, row: dict[str, Any], *, by: User) -> None:
    stream = Stream(
        version=version,
        organisation=organisation(row["by"]),
        place=place(row["at"]),
        starts_on=REPORTED_FROM,
        ends_before=REPORTED_UNTIL,
    )
    stream.full_clean()
    stream.save()
    expected = {
        "baseline": row.get("baseline"),
        "year": row.get("target"),
        "quarters": row.get("quarters", {}),
    }
    _expect(version, expected, by=by, at_place=stream.place, reporter=stream.organisation)


def _expect(
    version: IndicatorVersion,
    row: dict[str, Any],
    *,
    by: User,
    at_place: Place,
    reporter: Organisation | None = None,
) -> None:
    """Set the baseline and the targets that ``row`` names, of the reporter or of all of them."""
    at = moment(AGREED, mechanism("sek"))
    if row.get("baseline") is not None:
        set_baseline(
            version, amount(row["baseline"]), by=by, place=at_place, organisation=reporter,
            measured_on=BASELINE_DAY, at=moment("2020-11-12 10:00", mechanism("sek")),
        )  # fmt: skip
    spans = {SPANS[name]: row[name] for name in SPANS if row.get(name) is not None}
    for code, value in row.get("quarters", {}).items():
        quarter = period(code)
        spans[quarter.starts_on, quarter.ends_before] = value
    for (starts_on, ends_before), value in spans.items():
        set_target(
            version, amount(value), by=by, place=at_place, organisation=reporter,
            starts_on=starts_on, ends_before=ends_before, at=at,
        )  # fmt: skip
