"""What waits on a person's desk from the activities of joint work plans."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from committees.services.desk_lists import MOST, DeskList, DeskRow
from coordination.models import Standing, User, within_offices
from workplans.models import Activity, ActivityComment
from workplans.permissions.activities import confirms_activities

# What a lead has said that the county has still to confirm.
SAID = {
    Activity.Awaiting.AGREEMENT: gettext_lazy("Said to be agreed"),
    Activity.Awaiting.COMPLETION: gettext_lazy("Said to be completed"),
}


def activity_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The lists of activities that have something on them."""
    standing = Standing.of(user)
    lists = [
        *([activities_to_confirm(user, at)] if standing.focal_point_offices else []),
        *([comments_to_answer(user)] if standing.reports_for else []),
    ]
    return [found for found in lists if found.rows]


def activities_to_confirm(user: User, at: dt.datetime) -> DeskList:
    """What leads have said and the person confirms for the county, the longest waiting first."""
    offices = Standing.of(user).focal_point_offices
    there = within_offices(offices, "plan__place", "plan__mechanism")
    waiting = Activity.objects.visible_to(user).awaiting().filter(there)
    rows = waiting.select_related("plan__mechanism", "plan__place", "lead")
    may_confirm = confirms_activities(user)
    mine = [each for each in rows.order_by("awaiting_since", "pk") if may_confirm(each)]
    return DeskList(
        "activities-to-confirm",
        gettext_lazy("Activities to confirm for the county"),
        [
            DeskRow(
                title=str(activity),
                url=activity.get_absolute_url(),
                note=_waiting(activity, at),
                status=activity.status,
                label=str(SAID[Activity.Awaiting(activity.awaiting)]),
            )
            for activity in mine[:MOST]
        ],
    )


def comments_to_answer(user: User) -> DeskList:
    """Comments on the activities that the person's organisations lead."""
    led = Activity.objects.led_by(user)
    seen = ActivityComment.objects.visible_to(user).unanswered().filter(activity__in=led)
    rows = seen.select_related("activity__plan__mechanism").order_by("at", "pk")
    return DeskList(
        "comments-to-answer",
        gettext_lazy("Comments on your activities"),
        [
            DeskRow(
                title=str(comment.activity),
                url=comment.activity.get_absolute_url(),
                note=str(comment),
                status="asked",
                label=_("Not answered yet"),
            )
            for comment in rows[:MOST]
        ],
    )


def _waiting(activity: Activity, at: dt.datetime) -> str:
    """Who leads it and how many days it waits."""
    zone = activity.plan.mechanism.zone
    since = timezone.localdate(activity.awaiting_since or at, zone)
    days = (timezone.localdate(at, zone) - since).days
    return _("%(lead)s, waits %(days)d days") % {"lead": activity.lead, "days": days}
