"""What a person may do with the activities of a plan, and with what happens under them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from coordination.models import (
    Membership,
    Organisation,
    Standing,
    StoredFile,
    User,
    lead_departments,
    takes_part_in,
)
from coordination.permissions import register_reader
from workplans.models import Activity, ActivityEvent, EventFollowUp, JointWorkPlan

from .standing import can_see_work, serves


def can_create_activity(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    return organisations_led_by(user, plan).exists()


def organisations_led_by(
    user: User | AnonymousUser, plan: JointWorkPlan
) -> models.QuerySet[Organisation]:
    """Organisations of the plan's mechanism for which the user may write activities."""
    standing = Standing.of(user)
    members = Membership.objects.current(on=standing.on).filter(mechanism=plan.mechanism_id)
    return Organisation.objects.filter(
        Q(pk__in=members.values("organisation")) | Q(pk=plan.lead_department_id),
        pk__in=standing.reports_for,
    )


def can_edit_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Each organisation writes its own activities; nobody writes another's (domain 1.33)."""
    return activity.lead_id in Standing.of(user).reports_for


def can_move_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Each organisation says what becomes of its own activities (domain 1.13)."""
    return can_edit_activity(user, activity)


def can_end_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Cancel or merge it: its lead, and the secretariat on the word of the committee (R25)."""
    return serves(user, activity.plan.mechanism_id) or can_move_activity(user, activity)


def can_comment_on_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Whoever takes part in the mechanism may say what they think of it (P37)."""
    return can_see_work(user, activity.plan.mechanism)


def can_answer_comment(user: User | AnonymousUser, activity: Activity) -> bool:
    """Its lead accepts or declines what others say of it."""
    return can_edit_activity(user, activity)


def can_confirm_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """The county's sector lead confirms what the lead has said (domain 1.13).

    An official of the department that leads the sector, or of its government; where no department
    is named, any focal point of the place. Nobody for a partner of one's own (R25).
    """
    return confirms_activities(user)(activity)


def confirms_activities(user: User | AnonymousUser) -> Callable[[Activity], bool]:
    """``can_confirm_activity`` for many activities, asking once a place and sector who leads it."""
    standing = Standing.of(user)
    known: dict[tuple[int, int], list[Organisation]] = {}

    def departments_for(activity: Activity) -> list[Organisation]:
        if activity.sector_id is None:
            return []
        place, sector = activity.plan.place, activity.sector_id
        if (place.pk, sector) not in known:
            known[place.pk, sector] = lead_departments([sector], place).get(sector, [])
        return known[place.pk, sector]

    def may_confirm(activity: Activity) -> bool:
        plan = activity.plan
        offices = {
            office.organisation
            for office in standing.focal_point_offices
            if office.counts_at(plan.place, plan.mechanism_id)
        }
        if not offices or activity.lead_id in standing.reports_for:
            return False
        departments = departments_for(activity)
        leading = {each for one in departments for each in (one.pk, one.parent_id)}
        return not departments or bool(leading & offices)

    return may_confirm


def can_link_action(user: User | AnonymousUser, activity: Activity) -> bool:
    """Say which action item it serves: its lead, and the secretariat that follows actions up."""
    return serves(user, activity.plan.mechanism_id) or can_edit_activity(user, activity)


def can_update_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    return activity.lead_id in Standing.of(user).reports_for


@register_reader
def can_open_update_evidence(user: User | AnonymousUser, file: StoredFile) -> bool:
    """What is attached to an update is open to whoever sees the activity."""
    return Activity.objects.visible_to(user).filter(updates__evidence__file=file).exists()


def can_record_event(user: User | AnonymousUser, activity: Activity) -> bool:
    """Record a training or visit: the activity's lead, and the secretariat of joint visits."""
    return serves(user, activity.plan.mechanism_id) or can_update_activity(user, activity)


def can_finish_follow_up(user: User | AnonymousUser, follow_up: EventFollowUp) -> bool:
    """Say that it is done: who owns it, and who recorded the event that asked for it."""
    if follow_up.owner_id in Standing.of(user).reports_for:
        return True
    return can_record_event(user, follow_up.event.activity)


def can_chase_updates(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat asks for updates that are missing; it writes none (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


@register_reader
def can_open_event_evidence(user: User | AnonymousUser, file: StoredFile) -> bool:
    """What is marked public is open to whoever sees the event; a list of names to no one else."""
    events = ActivityEvent.objects.visible_to(user)
    inside = Q(activity__plan__mechanism__in=takes_part_in(user), evidence__file=file)
    return events.filter(Q(evidence__file=file, evidence__is_public=True) | inside).exists()
