"""Which organisation serves a plan: its mechanism's backbone, or one of its own (P26)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from coordination.models import Organisation, User
from coordination.services.backbones import end_term, guard_handover
from coordination.services.events import guard_seen, record
from workplans.models import JointWorkPlan, PlanBackboneTerm

from .activities import lock_open_plan


@transaction.atomic
def hand_over_plan_backbone(
    plan: JointWorkPlan,
    *,
    by: User,
    to: Organisation,
    on: dt.date,
    minutes: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> JointWorkPlan:
    """The plan, served by ``to`` from the day ``on``.

    Handed to the backbone of its mechanism, it follows that one from then on. Raises PlanIsClosed,
    BackboneAlready, DayToCome, MinutesMissing, BeforeItsPredecessor, or DoneMeanwhile after what
    was ``seen``.
    """
    now, minutes = at or timezone.now(), minutes.strip()
    plan = lock_open_plan(plan)
    guard_seen(plan, seen=seen)
    before = plan.served_by
    today = plan.mechanism.today(now)
    guard_handover(before, to, on=on, today=today, why=minutes)
    if plan.backbone is not None:
        term = PlanBackboneTerm.objects.filter(plan=plan, ends_on=None).first()
        # One that was never kept is kept now.
        term = term or PlanBackboneTerm(
            plan=plan, organisation=plan.backbone, entered_by=by, entered_at=now
        )
        end_term(term, successor_from=on)
    begin_own_backbone(plan, to, on=on, minutes=minutes, by=by, at=now)
    plan.save(update_fields=["backbone"])
    changes = {"backbone": [str(before) if before else None, str(to)], "on": [None, on.isoformat()]}
    record(
        "workplans.plan_backbone_handed_over", plan, by=by, changes=changes, note=minutes, at=now
    )
    return plan


def begin_own_backbone(
    plan: JointWorkPlan,
    to: Organisation,
    *,
    on: dt.date,
    minutes: str,
    by: User,
    at: dt.datetime,
) -> None:
    """Set it, unsaved; a term is kept of one that is not the mechanism's."""
    if to == plan.mechanism.backbone:
        plan.backbone = None
        return
    plan.backbone = to
    term = PlanBackboneTerm(
        plan=plan, organisation=to, starts_on=on, minutes=minutes, entered_by=by, entered_at=at
    )
    term.full_clean()
    term.save()
