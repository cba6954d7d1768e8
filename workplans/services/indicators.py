"""Indicators: their reference sheets in versions, baselines and targets (R2, domain 1.17, 1.18)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Event, Mechanism, Organisation, Period, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import (
    Baseline,
    Disaggregation,
    Indicator,
    IndicatorVersion,
    IntendedResult,
    Result,
    Stream,
    Target,
)
from workplans.notifications import tell_of_indicator_revision
from workplans.services.refusals import StreamNotRunning
from workplans.services.streams import lock_streams


class IndicatorCodeTaken(Refusal):
    message = gettext_lazy("Another indicator of this mechanism has this code.")


class RulesLocked(Refusal):
    message = gettext_lazy(
        "Values were reported under these rules, so they are locked. Make a new version instead."
    )


class VersionNotInUse(Refusal):
    message = gettext_lazy("Only the version in use can be replaced by a new one.")


class AlreadyInUse(Refusal):
    message = gettext_lazy("This version is in use already.")


class IndicatorRetired(Refusal):
    message = gettext_lazy("This indicator is retired: nothing more is reported under it.")


class VersionReplaced(Refusal):
    message = gettext_lazy(
        "A new version of this indicator is in use. Its reporters are named and released there."
    )


class ReporterAlreadyNamed(Refusal):
    """Says since when."""

    def __init__(self, stream: Stream) -> None:
        said = gettext_lazy("%(organisation)s reports this for %(place)s already, from %(day)s.")
        super().__init__(
            said
            % {
                "organisation": stream.organisation,
                "place": stream.place,
                "day": date_format(stream.starts_on, "j M Y"),
            }
        )


class PeriodAlreadyReported(Refusal):
    message = gettext_lazy(
        "Values for that period or a later one were entered under the version in use. "
        "Choose a later period."
    )


class ReportedUnderEarlierVersion(Refusal):
    """A quarter is owed under one version only: the later one counts from where this one ends."""

    def __init__(self, stream: Stream, ends_before: dt.date) -> None:
        super().__init__(
            _(
                "%(organisation)s reported for %(place)s under version %(number)s until %(last)s. "
                "Name it from %(next)s on."
            )
            % {
                "organisation": stream.organisation,
                "place": stream.place,
                "number": stream.version.number,
                "last": date_format(ends_before - dt.timedelta(days=1), "j M Y"),
                "next": date_format(ends_before, "j M Y"),
            }
        )


class LaterPeriodReported(Refusal):
    message = gettext_lazy(
        "Values for a later period were entered. Choose the last period that has values, or a "
        "later one."
    )


class GapInReporting(Refusal):
    """A stream has one beginning and one end: quarters left out in between would be missing."""

    def __init__(self, stream: Stream, ends_before: dt.date) -> None:
        super().__init__(
            _(
                "%(organisation)s reported here until %(last)s, and a gap cannot be kept. Name it "
                "from %(next)s on, and exempt its reports for the quarters in between."
            )
            % {
                "organisation": stream.organisation,
                "last": date_format(ends_before - dt.timedelta(days=1), "j M Y"),
                "next": date_format(ends_before, "j M Y"),
            }
        )


class ReasonForTargetMissing(Refusal):
    message = gettext_lazy("A target is set here already. Say why it changes.")


class Identity(TypedDict):
    """What an indicator keeps through all its versions."""

    code: str
    name: str
    intended_result: IntendedResult | None


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


@dataclass(frozen=True)
class Amount:
    """A target or baseline: a value, or the numerator and denominator of one."""

    numerator: Decimal
    denominator: Decimal | None = None


def rule_in_words(version: IndicatorVersion) -> list[tuple[str, str]]:
    """How values of this version are put together: each axis with its sentence."""
    periods, streams = version.OverPeriods(version.over_periods), version.OverStreams
    over_periods = {
        version.OverPeriods.SUM: _("What is new in each period is added."),
        version.OverPeriods.LATEST: _(
            "As at the end of a period: the latest value of each reporter counts, with its date. "
            "Values of several periods are never added."
        ),
        version.OverPeriods.MAXIMUM: _("The highest value of the periods counts."),
        version.OverPeriods.NONE: _("Values of several periods are not put together."),
    }
    over_streams = {
        streams.SUM: _("The values are added."),
        streams.MAXIMUM: _("The highest value counts."),
        streams.MEAN: _("The mean of the values, each counting once."),
        streams.NONE: _("The values are not put together; only each by itself can be shown."),
    }
    if version.is_quotient:
        divided = _(
            "Numerators are added, denominators are added, and the sums are divided; "
            "percentages are never averaged."
        )
        over_periods[version.OverPeriods.SUM] = over_streams[streams.SUM] = divided
    return [
        (_("Over periods"), over_periods[periods]),
        (_("Over places"), over_streams[streams(version.over_places)]),
        (_("Over organisations"), over_streams[streams(version.over_organisations)]),
    ]


def is_locked(version: IndicatorVersion) -> bool:
    """Whether a value was ever handed in under this version, so that its rules stay as they are.

    R2 asks for it once a value is verified; a submitted one stands in the provisional totals.
    """
    reported = Result.objects.filter(stream__version=version)
    return reported.exclude(state=Result.State.DRAFT).exists()


@transaction.atomic
def create_indicator(
    mechanism: Mechanism,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[IndicatorContent],
) -> Indicator:
    """A new indicator with the draft of its first reference sheet; raises IndicatorCodeTaken."""
    now = at or timezone.now()
    Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    identity, sheet = _split(content)
    _check_code(mechanism, identity["code"])
    last = Indicator.objects.filter(mechanism=mechanism).order_by("-position").first()
    indicator = Indicator(
        mechanism=mechanism, position=last.position + 1 if last else 1, **identity
    )
    indicator.full_clean()
    indicator.save()
    version = _new_version(indicator, number=1, state=IndicatorVersion.State.DRAFT, sheet=sheet)
    changes = changes_between({}, version_in_words(version))
    record("workplans.indicator_created", indicator, by=by, changes=changes, at=now)
    return indicator


@transaction.atomic
def edit_indicator(
    version: IndicatorVersion,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[IndicatorContent],
) -> IndicatorVersion:
    """The same version with corrected text.

    Raises IndicatorCodeTaken, EditedMeanwhile, or RulesLocked when a rule would change under
    values that were handed in.
    """
    now = at or timezone.now()
    version = lock_version(version)
    indicator = version.indicator
    if version.lock_version != seen_version:
        raise EditedMeanwhile
    identity, sheet = _split(content)
    _check_code(indicator.mechanism, identity["code"], but=indicator)
    before = version_in_words(version)
    for name, value in identity.items():
        setattr(indicator, name, value)
    indicator.full_clean()
    indicator.save(update_fields=list(identity))
    _write_sheet(version, sheet)
    changes = changes_between(before, version_in_words(version))
    if set(changes) & set(LOCKED_FIELDS) and is_locked(version):
        raise RulesLocked
    record("workplans.indicator_edited", indicator, by=by, changes=changes, at=now)
    return version


@transaction.atomic
def put_in_use(
    version: IndicatorVersion, *, by: User, at: dt.datetime | None = None
) -> IndicatorVersion:
    """The draft, or what was retired, becomes the version by which values are reported.

    Who reported a retired one is named anew: their duty ended with it. Raises AlreadyInUse.
    """
    now, state = at or timezone.now(), IndicatorVersion.State
    version = lock_version(version)
    if version.state not in {state.DRAFT, state.RETIRED}:
        raise AlreadyInUse
    before = str(version.get_state_display())
    version.state, version.ends_before, version.retirement_reason = state.IN_USE, None, ""
    version.full_clean()
    changes = {"state": [before, str(version.get_state_display())]}
    version.save(update_fields=["state", "ends_before", "retirement_reason"])
    record(
        "workplans.indicator_put_in_use",
        version.indicator,
        by=by,
        changes=changes,
        note=str(version),
        at=now,
    )
    return version


@transaction.atomic
def revise_indicator(
    version: IndicatorVersion,
    *,
    by: User,
    seen_version: int,
    counts_from: dt.date,
    change_note: str,
    at: dt.datetime | None = None,
    **content: Unpack[IndicatorContent],
) -> IndicatorVersion:
    """A new version in use from the period that begins on ``counts_from``.

    Its streams go on under it: the same organisations in the same places. Baselines and targets
    stay with the version that they were set for, since versions are never added or compared (R2).
    Raises EditedMeanwhile, VersionNotInUse, IndicatorCodeTaken or PeriodAlreadyReported.
    """
    now = at or timezone.now()
    version = lock_version(version)
    indicator = version.indicator
    if version.lock_version != seen_version:
        raise EditedMeanwhile
    if version.state != IndicatorVersion.State.IN_USE:
        raise VersionNotInUse
    later = Result.objects.filter(stream__version=version, period__starts_on__gte=counts_from)
    if later.exists():
        raise PeriodAlreadyReported
    identity, sheet = _split(content)
    _check_code(indicator.mechanism, identity["code"], but=indicator)
    before = version_in_words(version)
    for name, value in identity.items():
        setattr(indicator, name, value)
    indicator.full_clean()
    indicator.save(update_fields=list(identity))
    version.state = IndicatorVersion.State.REVISED
    version.save(update_fields=["state"])
    newest = indicator.versions.order_by("-number").values_list("number", flat=True)[0]
    revised = _new_version(
        indicator,
        number=newest + 1,
        state=IndicatorVersion.State.IN_USE,
        sheet=sheet,
        after=version.lock_version,
        change_note=change_note,
    )
    _continue_streams(version, revised, counts_from)
    changes = changes_between(before, version_in_words(revised))
    record(
        "workplans.indicator_revised", indicator, by=by, changes=changes, note=change_note, at=now
    )
    tell_of_indicator_revision(revised, at=now)
    return revised


@transaction.atomic
def assign_reporter(
    version: IndicatorVersion,
    *,
    by: User,
    organisation: Organisation,
    place: Place,
    first_period: Period,
    at: dt.datetime | None = None,
) -> Stream:
    """The stream in which the organisation reports for the place from the period on.

    One that had ended goes on from there; one that runs begins earlier if the period does. Raises
    IndicatorRetired, VersionReplaced, ReportedUnderEarlierVersion when the period is owed under
    another version (R2), ReporterAlreadyNamed when it runs since an earlier period, or
    GapInReporting when quarters after its end would be left out: they would be missing all at
    once (R4).
    """
    now = at or timezone.now()
    version = lock_version(version)
    _guard_reporters_change(version)
    _guard_other_versions(version, organisation, place, first_period)
    stream, is_new = Stream.objects.get_or_create(
        version=version,
        organisation=organisation,
        place=place,
        defaults={"starts_on": first_period.starts_on},
    )
    named = f"{organisation}, {place}, {first_period}"
    changes: dict[str, list[Any]] = {"reporter": [None, named]}
    if not is_new and stream.ends_before is None:
        if first_period.starts_on == stream.starts_on:
            return stream
        if first_period.starts_on > stream.starts_on:
            raise ReporterAlreadyNamed(stream)
        changes["starts_on"] = [stream.starts_on, first_period.starts_on]
    if stream.ends_before is not None and first_period.starts_on > stream.ends_before:
        raise GapInReporting(stream, stream.ends_before)
    if not is_new:
        stream.starts_on = min(stream.starts_on, first_period.starts_on)
        stream.ends_before = None
        stream.save(update_fields=["starts_on", "ends_before"])
    record("workplans.reporter_assigned", version.indicator, by=by, changes=changes, at=now)
    return stream


@transaction.atomic
def release_reporter(
    stream: Stream, *, by: User, last_period: Period, at: dt.datetime | None = None
) -> Stream:
    """The stream, ended after the period: nothing is due in it any more. What it has stays.

    Raises IndicatorRetired, VersionReplaced, StreamNotRunning when it was removed meanwhile, or
    LaterPeriodReported.
    """
    now = at or timezone.now()
    version = lock_version(stream.version)
    _guard_reporters_change(version)
    found = version.streams.select_related("organisation", "place").filter(pk=stream.pk).first()
    if found is None:
        raise StreamNotRunning
    stream = found
    if stream.ends_before == last_period.ends_before:
        return stream
    if stream.results.filter(period__starts_on__gte=last_period.ends_before).exists():
        raise LaterPeriodReported
    stream.ends_before = last_period.ends_before
    stream.full_clean()
    stream.save(update_fields=["ends_before"])
    record(
        "workplans.reporter_released",
        version.indicator,
        by=by,
        changes={"reporter": [f"{stream.organisation}, {stream.place}", str(last_period)]},
        at=now,
    )
    return stream


@transaction.atomic
def set_target(
    version: IndicatorVersion,
    amount: Amount,
    *,
    by: User,
    place: Place,
    starts_on: dt.date,
    ends_before: dt.date,
    organisation: Organisation | None = None,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Target:
    """The target for this stretch of time, place and organisation (None: all of them).

    Changing one needs a reason, else ReasonForTargetMissing; the event keeps the earlier value.
    Raises DoneMeanwhile when another was set after what was ``seen``.
    """
    now = at or timezone.now()
    version = lock_version(version)
    target = Target.objects.filter(
        version=version, place=place, organisation=organisation,
        starts_on=starts_on, ends_before=ends_before,
    ).first()  # fmt: skip
    if target is None:
        target = Target(
            version=version, place=place, organisation=organisation,
            starts_on=starts_on, ends_before=ends_before,
        )  # fmt: skip
    before = amount_in_words(target) if target.pk else None
    target.numerator, target.denominator = amount.numerator, amount.denominator
    changes = changes_between({"target": before}, {"target": amount_in_words(target)})
    if not changes:
        return target
    if target.pk:
        guard_seen(target, seen=seen)
    if target.pk and not reason:
        raise ReasonForTargetMissing
    verb = "workplans.target_revised" if target.pk else "workplans.target_set"
    target.revision_reason = reason
    target.full_clean()
    target.save()
    where = f"{place}, {organisation}" if organisation else str(place)
    span = target.span_in_words(version.indicator.mechanism.calendar)
    note = f"{where}, {span}: {amount_in_words(target)}"
    record(verb, target, by=by, changes=changes, note=f"{note}\n{reason}".strip(), at=now)
    return target


@transaction.atomic
def set_baseline(
    version: IndicatorVersion,
    amount: Amount,
    *,
    by: User,
    place: Place,
    measured_on: dt.date | None,
    organisation: Organisation | None = None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Baseline:
    """The baseline for this place and organisation; the event keeps an earlier value.

    Raises DoneMeanwhile when another was set after what was ``seen``.
    """
    now = at or timezone.now()
    version = lock_version(version)
    found = Baseline.objects.filter(version=version, place=place, organisation=organisation)
    baseline = found.first() or Baseline(version=version, place=place, organisation=organisation)
    before = {
        "baseline": amount_in_words(baseline) if baseline.pk else None,
        "measured_on": baseline.measured_on,
    }
    baseline.numerator, baseline.denominator = amount.numerator, amount.denominator
    baseline.measured_on = measured_on
    after = {"baseline": amount_in_words(baseline), "measured_on": measured_on}
    changes = changes_between(before, after)
    if changes:
        if baseline.pk:
            guard_seen(baseline, seen=seen)
        baseline.full_clean()
        baseline.save()
        where = f"{place}, {organisation}" if organisation else str(place)
        note = f"{where}: {amount_in_words(baseline)}"
        record("workplans.baseline_set", baseline, by=by, changes=changes, note=note, at=now)
    return baseline


def history_of(indicator: Indicator) -> QuerySet[Event]:
    """What was done to the indicator, its baselines and its targets, the newest first."""
    kinds = ContentType.objects.get_for_models(Indicator, Baseline, Target)
    version = {"version__indicator": indicator}
    baselines = Baseline.objects.filter(**version).values("pk")
    targets = Target.objects.filter(**version).values("pk")
    return Event.objects.filter(
        Q(subject_type=kinds[Indicator], subject_id=indicator.pk)
        | Q(subject_type=kinds[Baseline], subject_id__in=baselines)
        | Q(subject_type=kinds[Target], subject_id__in=targets)
    ).order_by("-at", "-pk")


def original_targets(targets: Iterable[Target]) -> dict[int, str]:
    """What revised targets were at first, in words, by the target's key."""
    kind = ContentType.objects.get_for_model(Target)
    revisions = Event.objects.filter(
        subject_type=kind,
        subject_id__in=[target.pk for target in targets],
        verb="workplans.target_revised",
    ).order_by("-at", "-pk")
    return {event.subject_id: event.changes["target"][0] for event in revisions}


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


def lock_version(version: IndicatorVersion) -> IndicatorVersion:
    """The version with its streams held, so that no value is handed in meanwhile."""
    lock_streams(Stream.objects.filter(version=version))
    locked = IndicatorVersion.objects.select_for_update(of=("self",))
    return locked.select_related("indicator__mechanism", "indicator__intended_result").get(
        pk=version.pk
    )


def _guard_reporters_change(version: IndicatorVersion) -> None:
    """Raise IndicatorRetired or VersionReplaced where the duties of reporters have ended."""
    if version.state == IndicatorVersion.State.RETIRED:
        raise IndicatorRetired
    if version.state == IndicatorVersion.State.REVISED:
        raise VersionReplaced


def _guard_other_versions(
    version: IndicatorVersion, organisation: Organisation, place: Place, first_period: Period
) -> None:
    """Raise ReportedUnderEarlierVersion for a period before the end of another's stream."""
    # The streams of a version that was replaced have all ended.
    streams = Stream.objects.filter(
        version__indicator=version.indicator, organisation=organisation, place=place
    ).exclude(version=version)
    later = streams.filter(ends_before__gt=first_period.starts_on)
    last = later.select_related("organisation", "place", "version").order_by("ends_before").last()
    if last is not None and last.ends_before is not None:
        raise ReportedUnderEarlierVersion(last, last.ends_before)


def _split(content: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    identity = {name: content[name] for name in Identity.__annotations__}
    return identity, {name: content[name] for name in Sheet.__annotations__}


def _check_code(mechanism: Mechanism, code: str, *, but: Indicator | None = None) -> None:
    taken = Indicator.objects.filter(mechanism=mechanism, code=code)
    if taken.exclude(pk=but.pk if but else 0).exists():
        raise IndicatorCodeTaken


def _new_version(
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
    _write_sheet(version, sheet)
    return version


def _write_sheet(version: IndicatorVersion, sheet: Mapping[str, Any]) -> None:
    for name, value in sheet.items():
        if name != "disaggregations":
            setattr(version, name, value)
    version.lock_version += 1
    version.full_clean()
    version.save()
    version.disaggregations.set(sheet["disaggregations"])


def _continue_streams(old: IndicatorVersion, new: IndicatorVersion, counts_from: dt.date) -> None:
    running = old.streams.filter(Q(ends_before=None) | Q(ends_before__gt=counts_from))
    for stream in running.order_by("pk"):
        Stream.objects.create(
            version=new,
            organisation_id=stream.organisation_id,
            place_id=stream.place_id,
            starts_on=max(stream.starts_on, counts_from),
            ends_before=stream.ends_before,
        )
        if stream.starts_on < counts_from:
            stream.ends_before = counts_from
            stream.save(update_fields=["ends_before"])
        else:
            # It would have begun under the new version: nothing was reported in it.
            stream.delete()


def amount_in_words(quantity: Target | Baseline) -> str:
    """The number as it was typed: "60", or "12/20" for a quotient."""
    if quantity.denominator is None:
        return f"{quantity.numerator.normalize():f}"
    return f"{quantity.numerator.normalize():f}/{quantity.denominator.normalize():f}"
