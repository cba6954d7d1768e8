"""Indicators: drafted, edited, discarded while they are drafts, and their record (domain 1.17)."""

from __future__ import annotations

import datetime as dt
from typing import Unpack

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Event, Mechanism, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import Baseline, Indicator, IndicatorVersion, Target

from .sheets import (
    LOCKED_FIELDS,
    IndicatorContent,
    check_code,
    is_locked,
    lock_version,
    new_version,
    split_content,
    version_in_words,
    write_sheet,
)


class RulesLocked(Refusal):
    message = _(
        "Values were reported under these rules, so they are locked. Make a new version instead."
    )


class IndicatorNotDraft(Refusal):
    message = _("Only a draft is discarded. An indicator that was in use is retired.")


class QuantitiesStand(Refusal):
    message = _("Targets or baselines stand under this draft. Withdraw them first.")


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
    identity, sheet = split_content(content)
    check_code(mechanism, identity["code"])
    last = Indicator.objects.filter(mechanism=mechanism).order_by("-position").first()
    indicator = Indicator(
        mechanism=mechanism, position=last.position + 1 if last else 1, **identity
    )
    indicator.full_clean()
    indicator.save()
    version = new_version(indicator, number=1, state=IndicatorVersion.State.DRAFT, sheet=sheet)
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
    identity, sheet = split_content(content)
    check_code(indicator.mechanism, identity["code"], but=indicator)
    before = version_in_words(version)
    for name, value in identity.items():
        setattr(indicator, name, value)
    indicator.full_clean()
    indicator.save(update_fields=list(identity))
    write_sheet(version, sheet)
    changes = changes_between(before, version_in_words(version))
    if set(changes) & set(LOCKED_FIELDS) and is_locked(version):
        raise RulesLocked
    record("workplans.indicator_edited", indicator, by=by, changes=changes, at=now)
    return version


@transaction.atomic
def discard_indicator(
    indicator: Indicator, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> None:
    """Delete a draft that was a mistake, with the reporters named for it: nothing is due there.

    Its mechanism's record keeps what stood in it (R27). Raises IndicatorNotDraft, QuantitiesStand,
    or DoneMeanwhile after what was ``seen``.
    """
    # As when one is created: two clicks take turns, and the second finds it gone.
    mechanism = Mechanism.objects.select_for_update().get(pk=indicator.mechanism_id)
    versions = IndicatorVersion.objects.filter(indicator=indicator)
    if versions.exclude(state=IndicatorVersion.State.DRAFT).exists():
        raise IndicatorNotDraft
    version = versions.first()
    if version is None:
        return
    version = lock_version(version)
    guard_seen(version.indicator, seen=seen)
    if version.targets.exists() or version.baselines.exists():
        raise QuantitiesStand
    stood = {name: [value, None] for name, value in version_in_words(version).items() if value}
    name = str(version.indicator)
    version.streams.all().delete()
    versions.delete()
    Indicator.objects.filter(pk=indicator.pk).delete()
    record(
        "workplans.indicator_discarded",
        mechanism,
        by=by,
        changes=stood,
        note=name,
        at=at,
    )


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
