"""Asking organisations for the progress updates that they owe: once a day, on record (P20)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Period, User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import JointWorkPlan, UpdateChase
from workplans.notifications.activities import tell_of_missing_updates
from workplans.notifications.audience import reporters_of

from .plans import updates_received
from .reminders import NobodyToRemind


class NoUpdateMissing(Refusal):
    message = _("No update of this organisation is missing for this period any more.")


class AlreadyChased(Refusal):
    message = _("This organisation was asked for these updates today already.")


@transaction.atomic
def chase_updates(
    plan: JointWorkPlan,
    period: Period,
    organisation: Organisation,
    *,
    by: User,
    at: dt.datetime | None = None,
) -> UpdateChase:
    """Write to those who update the organisation's activities, at most once a day there.

    Raises NoUpdateMissing, AlreadyChased or NobodyToRemind.
    """
    now = at or timezone.now()
    plan = (
        JointWorkPlan.objects.select_for_update(of=("self",))
        .select_related("mechanism")
        .get(pk=plan.pk)
    )
    missing = updates_received(plan.activities.all(), period).missing
    codes = missing.get(organisation)
    if not codes:
        raise NoUpdateMissing
    today = plan.mechanism.today(now)
    if plan.chases.filter(period=period, organisation=organisation, on=today).exists():
        raise AlreadyChased
    if not reporters_of(organisation, at=now):
        raise NobodyToRemind
    chase = UpdateChase(plan=plan, period=period, organisation=organisation, on=today, by=by)
    chase.full_clean()
    chase.save()
    note = f"{organisation}, {period}: {', '.join(codes)}"
    record("workplans.updates_chased", plan, by=by, note=note, at=now)
    asked = plan.activities.filter(code__in=codes).order_by("code")
    tell_of_missing_updates(chase, asked, at=now)
    return chase


def last_chased(plan: JointWorkPlan, period: Period) -> dict[int, dt.date]:
    """The last day on which each organisation was asked for the period, by its key."""
    rows = plan.chases.filter(period=period).order_by("on")
    return dict(rows.values_list("organisation", "on"))
