"""Tying activities to what committees resolved, and telling both pages of it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem, Alert
from committees.services.desk_lists import MOST, DeskList, DeskRow
from committees.services.linked import register_linked
from coordination.models import User, Visitor
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import ActionLink, Activity


class ActionOfAnotherMechanism(Refusal):
    message = _("This action item belongs to another mechanism.")


@transaction.atomic
def link_action(activity: Activity, *, by: User, action: ActionItem) -> ActionLink:
    """The action item as the activity serves it; linked twice it is linked once.

    Raises ActionOfAnotherMechanism.
    """
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if action.body.mechanism_id != activity.plan.mechanism_id:
        raise ActionOfAnotherMechanism
    link, is_new = ActionLink.objects.get_or_create(activity=activity, action=action)
    if is_new:
        record("workplans.action_linked", activity, by=by, note=str(action))
    return link


@transaction.atomic
def unlink_action(activity: Activity, *, by: User, action: ActionItem) -> None:
    """Take the link off; taken off twice it is one deed."""
    gone, _rows = ActionLink.objects.filter(activity=activity, action=action).delete()
    if gone:
        record("workplans.action_unlinked", activity, by=by, note=str(action))


@register_linked
def linked_activities(user: Visitor, thing: ActionItem | Alert) -> DeskList:
    """The activities that serve an action item, or that an alert puts off course."""
    seen = Activity.objects.visible_to(user)
    if isinstance(thing, ActionItem):
        heading = _("Activities that it is done by")
        found = seen.filter(pk__in=thing.activity_links.values("activity"))
    else:
        heading = _("Activities that it puts off course")
        found = seen.filter(pk__in=thing.activity_updates.values("activity"))
    rows = [
        DeskRow(
            title=f"{activity.code} {activity.title}",
            url=activity.get_absolute_url(),
            note=str(activity.plan),
            status=activity.status,
            label=activity.get_status_display(),
        )
        for activity in found.select_related("plan__mechanism").order_by("code", "pk")[:MOST]
    ]
    return DeskList("activities", str(heading), rows, is_due=False)
