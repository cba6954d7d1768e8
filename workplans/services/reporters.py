"""Who reports an indicator where, from which period on and until which (R2, domain 1.17)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Period, Place, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import IndicatorVersion, Stream

from .refusals import StreamNotRunning
from .sheets import lock_version


class IndicatorRetired(Refusal):
    message = _("This indicator is retired: nothing more is reported under it.")


class VersionReplaced(Refusal):
    message = _(
        "A new version of this indicator is in use. Its reporters are named and released there."
    )


class ReporterAlreadyNamed(Refusal):
    """Says since when."""

    def __init__(self, stream: Stream) -> None:
        said = _("%(organisation)s reports this for %(place)s already, from %(day)s.")
        super().__init__(
            said
            % {
                "organisation": stream.organisation,
                "place": stream.place,
                "day": date_format(stream.starts_on),
            }
        )


class ReportedUnderEarlierVersion(Refusal):
    """A quarter is owed under one version only: the later one counts from where this one ends."""

    def __init__(self, stream: Stream, ends_before: dt.date) -> None:
        super().__init__(
            gettext(
                "%(organisation)s reported for %(place)s under version %(number)s until %(last)s. "
                "Name it from %(next)s on."
            )
            % {
                "organisation": stream.organisation,
                "place": stream.place,
                "number": stream.version.number,
                "last": date_format(ends_before - dt.timedelta(days=1)),
                "next": date_format(ends_before),
            }
        )


class LaterPeriodReported(Refusal):
    message = _(
        "Values for a later period were entered. Choose the last period that has values, or a "
        "later one."
    )


class GapInReporting(Refusal):
    """A stream has one beginning and one end: quarters left out in between would be missing."""

    def __init__(self, stream: Stream, ends_before: dt.date) -> None:
        super().__init__(
            gettext(
                "%(organisation)s reported here until %(last)s, and a gap cannot be kept. Name it "
                "from %(next)s on, and exempt its reports for the quarters in between."
            )
            % {
                "organisation": stream.organisation,
                "last": date_format(ends_before - dt.timedelta(days=1)),
                "next": date_format(ends_before),
            }
        )


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
    stream: Stream,
    *,
    by: User,
    last_period: Period,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Stream:
    """The stream, ended after the period: nothing is due in it any more. What it has stays.

    Raises IndicatorRetired, VersionReplaced, StreamNotRunning when it was removed meanwhile,
    DoneMeanwhile or LaterPeriodReported.
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
    guard_seen(version.indicator, seen=seen)
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
