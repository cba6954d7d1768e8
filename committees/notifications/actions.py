"""Whom the deeds on action items are told."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem
from coordination.models import User
from coordination.services.mail import post

from .audience import EMAILS, holders_of, people_of


def owners_of(action: ActionItem, *, at: dt.datetime) -> list[User | str]:
    """The holder of the seat that does it, and the people of the organisations that do."""
    found: dict[User | str, None] = {}
    if action.owner_seat:
        found |= dict.fromkeys(holders_of(action.owner_seat, at=at))
    organisations = [action.owner_organisation] if action.owner_organisation else []
    for organisation in (*organisations, *action.co_owners.all()):
        found |= dict.fromkeys(people_of(organisation, action.body.mechanism, at=at))
    return list(found)


def tell_of_action(action: ActionItem, *, at: dt.datetime) -> None:
    """Tell the owners what they have to do, and by when; anew when that changes."""
    post(
        f"action-set:{action.pk}:{action.version}",
        owners_of(action, at=at),
        subject=_("For you to do: %(action)s") % {"action": action},
        template=f"{EMAILS}/action_set.txt",
        context={"action": action},
        at=at,
    )


def tell_of_returned_action(action: ActionItem, *, at: dt.datetime) -> None:
    """Tell the owners that the body does not hold it done, and why."""
    post(
        f"action-returned:{action.pk}:{action.version}",
        owners_of(action, at=at),
        subject=_("Not done yet: %(action)s") % {"action": action},
        template=f"{EMAILS}/action_returned.txt",
        context={"action": action},
        at=at,
    )


def tell_of_overdue_action(action: ActionItem, *, at: dt.datetime) -> None:
    """Tell the owners that its day has passed; once for each day that was set."""
    post(
        f"action-overdue:{action.pk}:{action.due_on}",
        owners_of(action, at=at),
        subject=_("Overdue: %(action)s") % {"action": action},
        template=f"{EMAILS}/action_overdue.txt",
        context={"action": action},
        at=at,
    )
