"""Retiring an indicator: nothing more is due under it, and what it has stays (domain 1.17)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Period, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import IndicatorVersion, Result, Stream
from workplans.models.stream import StreamQuerySet
from workplans.notifications.indicators import tell_of_indicator_retirement

from .refusals import ReasonMissing
from .reporters import IndicatorRetired, LaterPeriodReported
from .sheets import lock_version

State = IndicatorVersion.State


class IndicatorNotInUse(Refusal):
    message = _("Only an indicator that is in use is retired.")


@transaction.atomic
def retire_indicator(
    version: IndicatorVersion,
    *,
    by: User,
    last_period: Period,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> IndicatorVersion:
    """End the version in use, and every stream that runs under it, with the period; return it.

    Its values stay and count where they were reported (R3); what is open up to the period can
    still be submitted and verified. Raises IndicatorRetired, IndicatorNotInUse, DoneMeanwhile
    after what was ``seen``, LaterPeriodReported or ReasonMissing.
    """
    now, reason = at or timezone.now(), reason.strip()
    version = lock_version(version)
    if version.state == State.RETIRED:
        raise IndicatorRetired
    if version.state != State.IN_USE:
        raise IndicatorNotInUse
    guard_seen(version.indicator, seen=seen)
    ends_before = last_period.ends_before
    if Result.objects.filter(stream__version=version, period__starts_on__gte=ends_before).exists():
        raise LaterPeriodReported
    if not reason:
        raise ReasonMissing
    before = str(version.get_state_display())
    ended = list(running_after(version, ends_before))
    reporters = _end(ended, ends_before)
    version.state, version.ends_before = State.RETIRED, ends_before
    version.retirement_reason = reason
    version.full_clean()
    version.save(update_fields=["state", "ends_before", "retirement_reason"])
    record(
        "workplans.indicator_retired",
        version.indicator,
        by=by,
        changes={
            "state": [before, str(version.get_state_display())],
            "last_period": [None, str(last_period)],
            "reporters": [reporters, []],
        },
        note=reason,
        at=now,
    )
    tell_of_indicator_retirement(version, {each.organisation for each in ended}, at=now)
    return version


def running_after(version: IndicatorVersion, day: dt.date) -> StreamQuerySet:
    """The version's streams that would report for ``day`` or later."""
    streams: StreamQuerySet = version.streams.filter(Q(ends_before=None) | Q(ends_before__gt=day))
    return streams.select_related("organisation", "place").order_by("pk")


def _end(streams: Iterable[Stream], ends_before: dt.date) -> list[str]:
    """End each stream, and say whose in which place they are."""
    named = []
    for stream in streams:
        named.append(f"{stream.organisation}, {stream.place}")
        if stream.starts_on < ends_before:
            stream.ends_before = ends_before
            stream.full_clean()
            stream.save(update_fields=["ends_before"])
        else:
            # It would have begun later: nothing was reported in it.
            stream.delete()
    return named
