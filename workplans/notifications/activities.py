"""Letters about activities: put forward, answered, moved, off course, commented on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import COUNTY_ROLES, PARTNER_ROLES, Office, Role, User
from coordination.services.mail import post
from workplans.models import (
    Activity,
    ActivityComment,
    ActivityUpdate,
    Commitment,
    EventFollowUp,
    UpdateChase,
)

from .audience import EMAILS, holders, reporters_of, verifiers_in


def tell_of_activity_off_course(update: ActivityUpdate, *, at: dt.datetime) -> None:
    """Tell the officials of its counties and the secretariat, who can help while there is time."""
    activity = update.activity
    held = Office.objects.held(on=timezone.localdate(at))
    above = {path for place in activity.places.all() for path in place.path_and_above}
    officials = held.of(*COUNTY_ROLES).filter(place__path__in=above)
    officials = officials.counting_in(activity.plan.mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=activity.plan.mechanism)
    post(
        f"activity-off-course:{update.pk}:{update.status}",
        holders(officials | clerks),
        subject=_("%(status)s: %(activity)s")
        % {"status": update.get_status_display(), "activity": activity},
        template=f"{EMAILS}/activity_off_course.txt",
        context={"update": update, "activity": activity},
        at=at,
    )


def tell_of_activity_put_forward(activity: Activity, *, at: dt.datetime) -> None:
    """Ask the officials of the plan's place to confirm what the lead says of it."""
    post(
        f"activity-put-forward:{activity.pk}:{activity.awaiting}:{at.isoformat()}",
        verifiers_in(activity.plan.place, activity.plan.mechanism, at=at),
        subject=_("For you to confirm: %(activity)s") % {"activity": activity},
        template=f"{EMAILS}/activity_put_forward.txt",
        context={"activity": activity},
        at=at,
    )


def tell_of_activity_answered(activity: Activity, *, is_confirmed: bool, at: dt.datetime) -> None:
    """Tell the lead whether the county confirms what it has said."""
    said = _("Confirmed: %(activity)s") if is_confirmed else _("Sent back: %(activity)s")
    post(
        f"activity-answered:{activity.pk}:{at.isoformat()}",
        reporters_of(activity.lead, at=at),
        subject=said % {"activity": activity},
        template=f"{EMAILS}/activity_answered.txt",
        context={"activity": activity, "is_confirmed": is_confirmed},
        at=at,
    )


def tell_of_activity_moved(
    activity: Activity,
    *,
    by: User,
    reason: str,
    carried: Collection[Commitment] = (),
    at: dt.datetime,
) -> None:
    """Tell those who count on it: co-implementers, the lead of what it is merged into, officials.

    Whose commitments are ``carried`` with it too. Whoever did it is not told.
    """
    held = Office.objects.held(on=timezone.localdate(at))
    concerned = {activity.lead_id, *activity.partners.values_list("organisation", flat=True)}
    if activity.merged_into is not None:
        concerned.add(activity.merged_into.lead_id)
    concerned |= {commitment.organisation_id for commitment in carried}
    partners = held.of(*PARTNER_ROLES).filter(organisation__in=concerned)
    officials = held.of(*COUNTY_ROLES).at(activity.plan.place)
    officials = officials.counting_in(activity.plan.mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=activity.plan.mechanism)
    post(
        f"activity-moved:{activity.pk}:{activity.status}:{at.isoformat()}",
        [person for person in holders(partners | officials | clerks) if person != by],
        subject=_("%(status)s: %(activity)s")
        % {"status": activity.get_status_display(), "activity": activity},
        template=f"{EMAILS}/activity_moved.txt",
        context={"activity": activity, "reason": reason, "carried": carried},
        at=at,
    )


def tell_of_activity_comment(comment: ActivityComment, *, at: dt.datetime) -> None:
    """Tell the lead what was said of its activity, and ask for its answer."""
    post(
        f"activity-commented:{comment.pk}",
        [person for person in reporters_of(comment.activity.lead, at=at) if person != comment.by],
        subject=_("A comment on %(activity)s") % {"activity": comment.activity},
        template=f"{EMAILS}/activity_commented.txt",
        context={"comment": comment, "activity": comment.activity},
        at=at,
    )


def tell_of_comment_answered(comment: ActivityComment, *, at: dt.datetime) -> None:
    """Tell whoever commented whether it is accepted, and why."""
    post(
        f"activity-comment-answered:{comment.pk}",
        [comment.by],
        subject=_("Your comment is answered: %(activity)s") % {"activity": comment.activity},
        template=f"{EMAILS}/activity_comment_answered.txt",
        context={"comment": comment, "activity": comment.activity},
        at=at,
    )


def tell_of_follow_up(follow_up: EventFollowUp, *, at: dt.datetime) -> None:
    """Tell the organisation that an event asks something of it."""
    event = follow_up.event
    post(
        f"event-follow-up:{follow_up.pk}",
        reporters_of(follow_up.owner, at=at),
        subject=_("Asked of you after %(event)s") % {"event": event},
        template=f"{EMAILS}/event_follow_up.txt",
        context={"follow_up": follow_up, "event": event, "activity": event.activity},
        at=at,
    )


def tell_of_missing_updates(
    chase: UpdateChase, activities: Iterable[Activity], *, at: dt.datetime
) -> None:
    """Tell the organisation for which activities the secretariat asks for updates; once a day."""
    post(
        f"updates-chased:{chase.pk}",
        reporters_of(chase.organisation, at=at),
        subject=_("The secretariat asks for your progress updates for %(period)s")
        % {"period": chase.period},
        template=f"{EMAILS}/updates_chased.txt",
        context={"chase": chase, "plan": chase.plan, "activities": list(activities)},
        at=at,
    )
