"""What organisations do of their plans, shown where a committee reviews it (B30)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committees.models import Meeting
from committees.services.reviews import PlanReview, ReviewLine, Reviews, register_review
from coordination.models import Organisation, Visitor
from workplans.models import Activity

Status = Activity.Status


@register_review
def plans_under_review(
    user: Visitor, meeting: Meeting, organisations: Collection[Organisation]
) -> Reviews:
    """The activities that each leads: in plans that run on the meeting's day, and in later ones."""
    today = timezone.localdate(timezone=meeting.zone)
    day = meeting.day or today
    activities = Activity.objects.visible_to(user).filter(
        lead__in=organisations, plan__mechanism=meeting.body.mechanism_id, plan__ends_before__gt=day
    )
    found: defaultdict[int, defaultdict[int, list[Activity]]]
    found = defaultdict(lambda: defaultdict(list))
    rows = activities.select_related("plan__mechanism")
    for activity in rows.order_by("plan__starts_on", "plan", "code"):
        found[activity.lead_id][activity.plan_id].append(activity)
    return {
        key: [_review(rows, day=day, today=today) for rows in plans.values()]
        for key, plans in found.items()
    }


def _review(activities: Sequence[Activity], *, day: dt.date, today: dt.date) -> PlanReview:
    """Of one plan: how many are done and late by today, or what is planned where it is to come."""
    plan = activities[0].plan
    meant = [each for each in activities if each.status not in Activity.LEFT_OUT]
    lines = [_line(each, today=today) for each in activities]
    if plan.starts_on > day:
        said = ngettext("%(count)d activity planned", "%(count)d activities planned", len(meant))
        sentence = said % {"count": len(meant)}
    else:
        done = sum(each.status == Status.COMPLETED for each in meant)
        late = sum(line.is_late for line in lines)
        sentence = _("%(done)d of %(all)d activities completed, %(late)d past their last day") % {
            "done": done, "all": len(meant), "late": late,
        }  # fmt: skip
    return PlanReview(str(plan), sentence, lines)


def _line(activity: Activity, *, today: dt.date) -> ReviewLine:
    days = [date_format(day) for day in (activity.starts_on, activity.ends_on) if day]
    over = activity.status in Activity.OVER
    return ReviewLine(
        title=f"{activity.code} {activity.title}",
        url=activity.get_absolute_url(),
        planned="–".join(days),
        status=activity.status,
        label=activity.get_status_display(),
        is_late=not over and activity.ends_on is not None and activity.ends_on < today,
    )
