"""Handing the backbone of a mechanism to another organisation, with its history (P26)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    BackboneService,
    BackboneTerm,
    Mechanism,
    Office,
    Organisation,
    Role,
    User,
)
from coordination.services.events import guard_seen, record
from coordination.services.mechanisms import MinutesMissing
from coordination.services.offices import end_office
from coordination.services.refusals import DayToCome, Refusal
from coordination.signals import backbone_handed_over


class BackboneAlready(Refusal):
    message = _("This organisation is the backbone already.")


class BeforeItsPredecessor(Refusal):
    message = _("The backbone before it began on that day or later.")


@transaction.atomic
def hand_over_backbone(
    mechanism: Mechanism,
    *,
    by: User,
    to: Organisation,
    on: dt.date,
    minutes: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> BackboneTerm:
    """``to`` serves the mechanism from the day ``on``; the secretariat's offices end at once (R26).

    Its people are given office by an administrator. Raises BackboneAlready, DayToCome,
    MinutesMissing, BeforeItsPredecessor, or DoneMeanwhile after what was ``seen``.
    """
    now, minutes = at or timezone.now(), minutes.strip()
    rows = Mechanism.objects.select_related("backbone")
    mechanism = rows.select_for_update(of=("self",), no_key=True).get(pk=mechanism.pk)
    guard_seen(mechanism, seen=seen)
    before = mechanism.backbone
    guard_handover(before, to, on=on, today=mechanism.today(now), why=minutes)
    if before is not None:
        term = BackboneTerm.objects.filter(mechanism=mechanism, ends_on=None).first()
        # One that was never kept is kept now.
        term = term or BackboneTerm(
            mechanism=mechanism, organisation=before, starts_on=mechanism.launched_on,
            entered_by=by, entered_at=now,
        )  # fmt: skip
        end_term(term, successor_from=on)
    term = BackboneTerm(
        mechanism=mechanism, organisation=to, starts_on=on, minutes=minutes, entered_by=by,
        entered_at=now,
    )  # fmt: skip
    term.full_clean()
    term.save()
    mechanism.backbone = to
    mechanism.save(update_fields=["backbone"])
    changes = {"backbone": [str(before) if before else None, str(to)], "on": [None, on.isoformat()]}
    record(
        "coordination.backbone_handed_over", mechanism, by=by, changes=changes, note=minutes, at=now
    )
    backbone_handed_over.send(Mechanism, mechanism=mechanism, before=before, by=by, at=now)
    for office in _offices_to_end(mechanism, now):
        end_office(office, by=by, at=now)
    return term


def guard_handover(
    before: Organisation | None, to: Organisation, *, on: dt.date, today: dt.date, why: str
) -> None:
    """Raise BackboneAlready, DayToCome or MinutesMissing where it cannot pass on so."""
    if before == to:
        raise BackboneAlready
    if on > today:
        raise DayToCome
    if not why:
        raise MinutesMissing


def end_term(term: BackboneService, *, successor_from: dt.date) -> None:
    """The term ends on the day before its successor's first. Raises BeforeItsPredecessor."""
    term.ends_on = successor_from - dt.timedelta(days=1)
    if term.starts_on and term.ends_on < term.starts_on:
        raise BeforeItsPredecessor
    term.full_clean()
    term.save()


def _offices_to_end(mechanism: Mechanism, now: dt.datetime) -> list[Office]:
    """Every secretariat's office of the mechanism, held or to come."""
    offices = Office.objects.of(Role.SECRETARIAT).filter(mechanism=mechanism)
    ended = Office.objects.ended(on=timezone.localdate(now))
    return list(offices.exclude(pk__in=ended.values("pk")).order_by("pk"))
