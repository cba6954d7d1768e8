"""What waits on a person's desk from events, audits and risks: to follow up what they ask for."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from committees.services.desk_lists import MOST, DeskList, DeskRow
from coordination.models import Mechanism, Standing, User
from coordination.services.days import day_in_words
from workplans.models import ActivityEvent, EventFollowUp, Risk, ValueForMoneyAudit


def implementation_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The lists that have something on them, for who reports for an organisation."""
    if not Standing.of(user).reports_for:
        return []
    asked = (follow_ups_owed, audits_owed, risks_to_review)
    return [found for ask in asked if (found := ask(user, at)).rows]


def follow_ups_owed(user: User, at: dt.datetime) -> DeskList:
    """What events ask of the organisations that the user reports for, the most urgent first."""
    seen = ActivityEvent.objects.visible_to(user)
    owed = EventFollowUp.objects.open().filter(
        owner__in=Standing.of(user).reports_for, event__in=seen
    )
    related = "event__activity__plan__mechanism"
    rows = [
        DeskRow(
            title=each.text,
            url=each.event.get_absolute_url(),
            note=_by(str(each.event), each.due_on),
            status=_status(each.event.activity.plan.mechanism, each.due_on, at),
        )
        for each in owed.select_related(related).in_order()[:MOST]
    ]
    return DeskList("follow-ups", _("To follow up after trainings and visits"), rows)


def audits_owed(user: User, at: dt.datetime) -> DeskList:
    """Audits of which nobody has said yet what was done."""
    seen = ValueForMoneyAudit.objects.visible_to(user)
    owed = seen.filter(followed_up_on=None, owner__in=Standing.of(user).reports_for)
    rows = [
        DeskRow(
            title=str(audit),
            url=audit.get_absolute_url(),
            note=_by(audit.recommendation, audit.due_on),
            status=_status(audit.mechanism, audit.due_on, at),
        )
        for audit in owed.select_related("mechanism", "plan", "activity").order_by("due_on", "pk")[
            :MOST
        ]
    ]
    return DeskList("audits", _("Audits to follow up"), rows)


def risks_to_review(user: User, at: dt.datetime) -> DeskList:
    """Risks that the user's organisations carry, and whose day of review is past."""
    carried = Risk.objects.visible_to(user).filter(owner__in=Standing.of(user).reports_for)
    # From the day after in the zone farthest ahead; which of them are late each zone says.
    found = carried.to_review(on=timezone.localdate(at) + dt.timedelta(days=1))
    rows = [
        DeskRow(
            title=risk.what,
            url=risk.get_absolute_url(),
            note=_by(str(risk.plan), risk.review_on),
            status="overdue",
        )
        for risk in found.select_related("plan__mechanism").order_by("review_on", "pk")
        if risk.is_overdue(on=risk.plan.mechanism.today(at))
    ]
    return DeskList("risks", _("Risks to review"), rows[:MOST])


def _by(about: str, due_on: dt.date | None) -> str:
    if due_on is None:
        return about
    return _("%(about)s, by %(day)s") % {"about": about.rstrip("."), "day": day_in_words(due_on)}


def _status(mechanism: Mechanism, due_on: dt.date | None, at: dt.datetime) -> str:
    is_late = due_on is not None and due_on < mechanism.today(at)
    return "overdue" if is_late else ""
