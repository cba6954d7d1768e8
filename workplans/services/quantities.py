"""Targets and baselines that should not be there, taken back (domain 1.18)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import Baseline, Target

from .indicators import amount_in_words, lock_version
from .refusals import ReasonMissing


class TargetGone(Refusal):
    message = _("This target is not there any more.")


class BaselineGone(Refusal):
    message = _("This baseline is not there any more.")


@transaction.atomic
def withdraw_target(
    target: Target,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Let nothing be aimed at there; the record of the indicator keeps what it was.

    Raises TargetGone, DoneMeanwhile after what was ``seen``, or ReasonMissing.
    """
    version = lock_version(target.version)
    found = Target.objects.filter(pk=target.pk).select_related("place", "organisation").first()
    if found is None:
        raise TargetGone
    guard_seen(found, seen=seen)
    found.version = version
    span = found.span_in_words(version.indicator.mechanism.calendar)
    note = _note(found, span, reason=reason)
    found.delete()
    record(
        "workplans.target_withdrawn",
        version.indicator,
        by=by,
        changes={"target": [amount_in_words(found), None]},
        note=note,
        at=at or timezone.now(),
    )


@transaction.atomic
def withdraw_baseline(
    baseline: Baseline,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Let no beginning be known there; the record of the indicator keeps what it was.

    Raises BaselineGone, DoneMeanwhile after what was ``seen``, or ReasonMissing.
    """
    version = lock_version(baseline.version)
    found = Baseline.objects.filter(pk=baseline.pk).select_related("place", "organisation").first()
    if found is None:
        raise BaselineGone
    guard_seen(found, seen=seen)
    note = _note(found, reason=reason)
    found.delete()
    record(
        "workplans.baseline_withdrawn",
        version.indicator,
        by=by,
        changes={
            "baseline": [amount_in_words(found), None],
            "measured_on": [found.measured_on, None],
        },
        note=note,
        at=at or timezone.now(),
    )


def _note(quantity: Target | Baseline, span: str = "", *, reason: str) -> str:
    """Where, whose and for when it was, and why it is withdrawn; raises ReasonMissing."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    parts = [str(quantity.place), str(quantity.organisation or ""), span]
    return f"{', '.join(part for part in parts if part)}\n{reason}"
