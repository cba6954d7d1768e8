"""Targets and baselines: set, revised and withdrawn (domain 1.18)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Event, Organisation, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import Baseline, IndicatorVersion, Target

from .refusals import ReasonMissing
from .sheets import lock_version


class ReasonForTargetMissing(Refusal):
    message = _("A target is set here already. Say why it changes.")


@dataclass(frozen=True)
class Amount:
    """A target or baseline: a value, or the numerator and denominator of one."""

    numerator: Decimal
    denominator: Decimal | None = None


class TargetGone(Refusal):
    message = _("This target is not there any more.")


class BaselineGone(Refusal):
    message = _("This baseline is not there any more.")


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


def original_targets(targets: Iterable[Target]) -> dict[int, str]:
    """What revised targets were at first, in words, by the target's key."""
    kind = ContentType.objects.get_for_model(Target)
    revisions = Event.objects.filter(
        subject_type=kind,
        subject_id__in=[target.pk for target in targets],
        verb="workplans.target_revised",
    ).order_by("-at", "-pk")
    return {event.subject_id: event.changes["target"][0] for event in revisions}


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


def amount_in_words(quantity: Target | Baseline) -> str:
    """The number as it was typed: "60", or "12/20" for a quotient."""
    if quantity.denominator is None:
        return f"{quantity.numerator.normalize():f}"
    return f"{quantity.numerator.normalize():f}/{quantity.denominator.normalize():f}"


def _note(quantity: Target | Baseline, span: str = "", *, reason: str) -> str:
    """Where, whose and for when it was, and why it is withdrawn; raises ReasonMissing."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    parts = [str(quantity.place), str(quantity.organisation or ""), span]
    return f"{', '.join(part for part in parts if part)}\n{reason}"
