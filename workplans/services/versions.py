"""The versions of an indicator: put in use, and replaced by the next (R2, domain 1.17)."""

from __future__ import annotations

import datetime as dt
from typing import Unpack

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import IndicatorVersion, Result, Stream
from workplans.notifications.indicators import tell_of_indicator_revision

from .sheets import (
    IndicatorContent,
    check_code,
    lock_version,
    new_version,
    split_content,
    version_in_words,
)


class VersionNotInUse(Refusal):
    message = _("Only the version in use can be replaced by a new one.")


class AlreadyInUse(Refusal):
    message = _("This version is in use already.")


class PeriodAlreadyReported(Refusal):
    message = _(
        "Values for that period or a later one were entered under the version in use. "
        "Choose a later period."
    )


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
    identity, sheet = split_content(content)
    check_code(indicator.mechanism, identity["code"], but=indicator)
    before = version_in_words(version)
    for name, value in identity.items():
        setattr(indicator, name, value)
    indicator.full_clean()
    indicator.save(update_fields=list(identity))
    version.state = IndicatorVersion.State.REVISED
    version.save(update_fields=["state"])
    newest = indicator.versions.order_by("-number").values_list("number", flat=True)[0]
    revised = new_version(
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
