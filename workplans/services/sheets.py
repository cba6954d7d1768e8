"""The reference sheet of an indicator: what stands in it, and how it counts (R2, domain 1.17)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism
from coordination.services.refusals import Refusal
from workplans.models import (
    Disaggregation,
    Indicator,
    IndicatorVersion,
    IntendedResult,
    Result,
    Stream,
)

from .streams import lock_streams


class IndicatorCodeTaken(Refusal):
    message = _("Another indicator of this mechanism has this code.")


class Identity(TypedDict):
    """What an indicator keeps through all its versions."""

    code: str
    name: str
    intended_result: IntendedResult | None
    is_public: bool


class Sheet(TypedDict):
    """The reference sheet of one version."""

    definition: str
    unit: str
    data_type: str
    numerator_definition: str
    denominator_definition: str
    over_periods: str
    over_places: str
    over_organisations: str
    double_count_note: str
    direction: str
    counts_from_baseline: bool
    tolerance: int
    frequency: str
    disaggregations: Iterable[Disaggregation]
    rationale: str
    data_source: str
    collection_method: str
    responsible_post: str
    known_limitations: str
    target_rationale: str
    codes_elsewhere: str
    quality_assessed_on: dt.date | None
    quality_assessed_by: str
    quality_findings: str


class IndicatorContent(Identity, Sheet):
    """All of it."""


# What decides how a value is counted and read. Under one version it never changes (R2).
LOCKED_FIELDS = (
    "definition",
    "unit",
    "data_type",
    "numerator_definition",
    "denominator_definition",
    "over_periods",
    "over_places",
    "over_organisations",
    "direction",
    "counts_from_baseline",
    "disaggregations",
)


def rule_in_words(version: IndicatorVersion) -> list[tuple[str, str]]:
    """How values of this version are put together: each axis with its sentence."""
    periods, streams = version.OverPeriods(version.over_periods), version.OverStreams
    over_periods = {
        version.OverPeriods.SUM: gettext("What is new in each period is added."),
        version.OverPeriods.LATEST: gettext(
            "As at the end of a period: the latest value of each reporter counts, with its date. "
            "Values of several periods are never added."
        ),
        version.OverPeriods.MAXIMUM: gettext("The highest value of the periods counts."),
        version.OverPeriods.NONE: gettext("Values of several periods are not put together."),
    }
    over_streams = {
        streams.SUM: gettext("The values are added."),
        streams.MAXIMUM: gettext("The highest value counts."),
        streams.MEAN: gettext("The mean of the values, each counting once."),
        streams.NONE: gettext("The values are not put together; only each by itself can be shown."),
    }
    if version.is_quotient:
        divided = gettext(
            "Numerators are added, denominators are added, and the sums are divided; "
            "percentages are never averaged."
        )
        over_periods[version.OverPeriods.SUM] = over_streams[streams.SUM] = divided
    return [
        (gettext("Over periods"), over_periods[periods]),
        (gettext("Over places"), over_streams[streams(version.over_places)]),
        (gettext("Over organisations"), over_streams[streams(version.over_organisations)]),
    ]


def is_locked(version: IndicatorVersion) -> bool:
    """Whether a value was ever handed in under this version, so that its rules stay as they are.

    R2 asks for it once a value is verified; a submitted one stands in the provisional totals.
    """
    reported = Result.objects.filter(stream__version=version)
    return reported.exclude(state=Result.State.DRAFT).exists()


def version_content(version: IndicatorVersion) -> dict[str, Any]:
    """The indicator and its reference sheet as a form shows them at first."""
    columns = {name: getattr(version, name) for name in Sheet.__annotations__}
    identity = {name: getattr(version.indicator, name) for name in Identity.__annotations__}
    return identity | columns | {"disaggregations": list(version.disaggregations.order_by("name"))}


def version_in_words(version: IndicatorVersion) -> dict[str, Any]:
    """The indicator and its reference sheet as people read them, for the record."""
    content = version_content(version)
    return content | {
        "intended_result": str(content["intended_result"] or ""),
        "disaggregations": sorted(str(row) for row in content["disaggregations"]),
    }


def split_content(content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    identity = {name: content[name] for name in Identity.__annotations__}
    return identity, {name: content[name] for name in Sheet.__annotations__}


def check_code(mechanism: Mechanism, code: str, *, but: Indicator | None = None) -> None:
    taken = Indicator.objects.filter(mechanism=mechanism, code__iexact=code)
    if taken.exclude(pk=but.pk if but else 0).exists():
        raise IndicatorCodeTaken


def write_sheet(version: IndicatorVersion, sheet: Mapping[str, Any]) -> None:
    for name, value in sheet.items():
        if name != "disaggregations":
            setattr(version, name, value)
    version.lock_version += 1
    version.full_clean()
    version.save()
    version.disaggregations.set(sheet["disaggregations"])


def lock_version(version: IndicatorVersion) -> IndicatorVersion:
    """The version with its streams held, so that no value is handed in meanwhile."""
    lock_streams(Stream.objects.filter(version=version))
    locked = IndicatorVersion.objects.select_for_update(of=("self",))
    return locked.select_related("indicator__mechanism", "indicator__intended_result").get(
        pk=version.pk
    )


def new_version(
    indicator: Indicator,
    *,
    number: int,
    state: str,
    sheet: Mapping[str, Any],
    after: int = 0,
    change_note: str = "",
) -> IndicatorVersion:
    # Counted on from the version before, so that a form of that one is not taken for one of this.
    version = IndicatorVersion(
        indicator=indicator, number=number, state=state, change_note=change_note, lock_version=after
    )
    write_sheet(version, sheet)
    return version
