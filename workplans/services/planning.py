"""The frame of a joint work plan: begun, edited, led from draft to evaluation (domain 1.10)."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Decision
from coordination.models import Event, FiscalCalendar, Mechanism, Organisation, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import JointWorkPlan, PlanStep
from workplans.notifications.plans import tell_of_new_plan, tell_of_plan_state
from workplans.permissions.plans import can_edit_plan, can_validate_plan

from .activities import PlanIsClosed
from .phases import put_default_phases
from .plan_backbones import begin_own_backbone
from .refusals import ReasonMissing
from .signing import lock_plan, withdraw_version

State = JointWorkPlan.State

# What each step is called in the record; a plan is signed by its signatures alone (signing.py).
STEPS = {
    State.DRAFTING: "workplans.plan_drafted",
    State.CONSOLIDATED: "workplans.plan_consolidated",
    State.VALIDATED: "workplans.plan_validated",
    State.IN_IMPLEMENTATION: "workplans.plan_started",
    State.CLOSED: "workplans.plan_closed",
    State.EVALUATED: "workplans.plan_evaluated",
}


class PlanAddressTaken(Refusal):
    message = _("Another plan of this mechanism has this address.")


class PlanAddressIsPublic(Refusal):
    message = _("This plan is public: its address is known and stays as it is.")


class PlanForYearExists(Refusal):
    """Names the plan that is there."""

    def __init__(self, plan: JointWorkPlan) -> None:
        said = _("This place has a plan for this year already: %(plan)s.")
        super().__init__(said % {"plan": plan})


class PlanHasActivities(Refusal):
    message = _("Activities stand in this plan: its place and year stay as they are.")


class PlanMovedOn(Refusal):
    """Says where the plan is."""

    def __init__(self, plan: JointWorkPlan) -> None:
        said = _("The plan has moved on meanwhile. It is now: %(state)s.")
        super().__init__(said % {"state": plan.get_state_display()})


class PlanWaitsForSignatures(Refusal):
    message = _("The plan is validated: it goes on when every side has signed it.")


class DecisionMissing(Refusal):
    message = _(
        "The review committee or the government decides this. Choose the decision that you record."
    )


class SecretariatRecords(Refusal):
    message = _("The secretariat records this step.")


class PlanNotReturnable(Refusal):
    """Says where the plan is."""

    def __init__(self, plan: JointWorkPlan) -> None:
        said = _("A plan is sent back before it is signed. This one is now: %(state)s.")
        super().__init__(said % {"state": plan.get_state_display()})


class PlanContent(TypedDict):
    """The frame of a plan; ``starts_on`` is any day in its year."""

    title: str
    slug: str
    place: Place
    calendar: FiscalCalendar
    starts_on: dt.date
    lead_department: Organisation | None


@transaction.atomic
def create_plan(
    mechanism: Mechanism,
    *,
    by: User,
    backbone: Organisation | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[PlanContent],
) -> JointWorkPlan:
    """A new plan, initiated and not public. A form that was sent twice gives it again.

    Without a ``backbone`` of its own, that of the mechanism serves it.

    Raises PlanAddressTaken or PlanForYearExists.
    """
    now = at or timezone.now()
    mechanisms = Mechanism.objects.select_related("backbone")
    mechanism = mechanisms.select_for_update(of=("self",), no_key=True).get(pk=mechanism.pk)
    taken = JointWorkPlan.objects.filter(mechanism=mechanism, slug=content["slug"]).first()
    if taken is not None:
        return _same_deed(taken, by=by, title=content["title"])
    plan = JointWorkPlan(mechanism=mechanism, state=State.INITIATED, **_columns(content))
    _guard_year(plan)
    plan.full_clean()
    plan.save()
    if backbone is not None:
        today = mechanism.today(now)
        begin_own_backbone(plan, backbone, on=today, minutes="", by=by, at=now)
        plan.save(update_fields=["backbone"])
    put_default_phases(plan)
    changes = changes_between({}, plan_in_words(plan))
    record("workplans.plan_created", plan, by=by, changes=changes, at=now)
    tell_of_new_plan(plan, at=now)
    return plan


@transaction.atomic
def edit_plan(
    plan: JointWorkPlan,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[PlanContent],
) -> JointWorkPlan:
    """The plan with its new frame.

    Raises PlanIsClosed, PlanAddressTaken, PlanAddressIsPublic, PlanForYearExists,
    PlanHasActivities, or EditedMeanwhile when it is no longer the version that ``by`` saw.
    """
    now = at or timezone.now()
    Mechanism.objects.select_for_update(no_key=True).get(pk=plan.mechanism_id)
    plan = lock_plan(plan)
    if plan.is_over:
        raise PlanIsClosed
    if plan.version != seen_version:
        raise EditedMeanwhile
    before, frame = plan_in_words(plan), _frame(plan)
    columns = _columns(content)
    slug_before = plan.slug
    for name, value in columns.items():
        setattr(plan, name, value)
    if plan.slug != slug_before:
        _guard_address(plan)
    if _frame(plan) != frame:
        _guard_year(plan)
        if plan.activities.exists():
            raise PlanHasActivities
    plan.full_clean()
    plan.version += 1
    plan.save(update_fields=[*columns, "version"])
    changes = changes_between(before, plan_in_words(plan))
    record("workplans.plan_edited", plan, by=by, changes=changes, at=now)
    return plan


@transaction.atomic
def advance_plan(
    plan: JointWorkPlan,
    *,
    by: User,
    to: str,
    note: str,
    decision: Decision | None = None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> JointWorkPlan:
    """Record that the plan has come to its next state; ``note`` says who decided so, and when.

    The government or the review committee validates and closes a plan; the secretariat records that
    from a ``decision``, and takes the other steps (R25). Raises PlanIsClosed, PlanMovedOn unless
    ``to`` comes next, PlanWaitsForSignatures, SecretariatRecords, DecisionMissing, ReasonMissing,
    or DoneMeanwhile after what was ``seen``.
    """
    now, note = at or timezone.now(), note.strip()
    plan = lock_plan(plan)
    if plan.next_state is None:
        raise PlanIsClosed
    if plan.next_state != to:
        raise PlanMovedOn(plan)
    if to == State.SIGNED:
        raise PlanWaitsForSignatures
    guard_seen(plan, seen=seen)
    if not note:
        raise ReasonMissing
    _guard_decider(plan, by, to, decision)
    _move(plan, to, by=by, note=note, decision=decision, at=now)
    return plan


@transaction.atomic
def return_plan(
    plan: JointWorkPlan,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> JointWorkPlan:
    """Send a plan that is not signed back to be drafted on.

    A version that waits for signatures is withdrawn with it. Raises PlanNotReturnable,
    ReasonMissing, or DoneMeanwhile after what was ``seen``.
    """
    now, reason = at or timezone.now(), reason.strip()
    plan = lock_plan(plan)
    if not plan.is_returnable:
        raise PlanNotReturnable(plan)
    guard_seen(plan, seen=seen)
    if not reason:
        raise ReasonMissing
    for version in plan.versions.open():
        withdraw_version(version, by=by, reason=reason, at=now)
    _move(plan, State.DRAFTING, by=by, note=reason, decision=None, at=now)
    return plan


def keep_backbone_of_past_plans(
    mechanism: Mechanism, before: Organisation | None, **_signal: Any
) -> None:
    """What is closed was served by the backbone before: it keeps its name (P26)."""
    if before is not None:
        past = JointWorkPlan.objects.filter(mechanism=mechanism, state__in=JointWorkPlan.OVER)
        past.filter(backbone=None).update(backbone=before)


def plan_in_words(plan: JointWorkPlan) -> dict[str, Any]:
    """Its frame as people read it, for the record."""
    return {
        "title": plan.title,
        "slug": plan.slug,
        "place": str(plan.place),
        "year": f"{plan.year_label} ({plan.calendar})",
        "lead_department": str(plan.lead_department) if plan.lead_department else None,
        "backbone": str(plan.backbone) if plan.backbone else None,
    }


def _guard_decider(plan: JointWorkPlan, by: User, to: str, decision: Decision | None) -> None:
    """The government and the review committee decide, and the secretariat keeps the process."""
    decides, records = can_validate_plan(by, plan), can_edit_plan(by, plan)
    if to not in JointWorkPlan.DECIDED and not records:
        raise SecretariatRecords
    if to in JointWorkPlan.DECIDED and not decides and decision is None:
        raise DecisionMissing


def _move(
    plan: JointWorkPlan,
    to: str,
    *,
    by: User,
    note: str,
    decision: Decision | None,
    at: dt.datetime,
) -> None:
    before, returned = str(plan.get_state_display()), plan.is_returnable and to == State.DRAFTING
    plan.state = to
    plan.full_clean()
    plan.save(update_fields=["state"])
    PlanStep.objects.create(
        plan=plan, to=to, note=note, decision=decision, taken_by=by, taken_at=at
    )
    changes = {"state": [before, str(plan.get_state_display())]}
    verb = "workplans.plan_returned" if returned else STEPS[State(to)]
    record(verb, plan, by=by, changes=changes, note=note, at=at)
    tell_of_plan_state(plan, note, at=at)


def _columns(content: PlanContent) -> dict[str, Any]:
    """The content as columns: the year from its first day to the first one after it."""
    calendar, day = content["calendar"], content["starts_on"]
    return {
        **content,
        "starts_on": calendar.year_start(day),
        "ends_before": calendar.year_end(day),
    }


def _frame(plan: JointWorkPlan) -> tuple[int, int, dt.date]:
    return plan.place_id, plan.calendar_id, plan.starts_on


def _same_deed(taken: JointWorkPlan, *, by: User, title: str) -> JointWorkPlan:
    """The plan at the address, when ``by`` has just created it by the same form."""
    creations = Event.objects.about(taken).filter(verb="workplans.plan_created", by=by)
    if taken.version == 1 and taken.title == title and creations.exists():
        return taken
    raise PlanAddressTaken


def _guard_address(plan: JointWorkPlan) -> None:
    if plan.is_published:
        raise PlanAddressIsPublic
    others = JointWorkPlan.objects.filter(mechanism=plan.mechanism_id, slug=plan.slug)
    if others.exclude(pk=plan.pk).exists():
        raise PlanAddressTaken


def _guard_year(plan: JointWorkPlan) -> None:
    """One plan a place and year: a second one would count the same activities again."""
    others = JointWorkPlan.objects.filter(
        mechanism=plan.mechanism_id,
        place=plan.place_id,
        starts_on=plan.starts_on,
        ends_before=plan.ends_before,
    )
    if there := others.exclude(pk=plan.pk).first():
        raise PlanForYearExists(there)
