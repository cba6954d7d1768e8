"""Recording the act by which an authority puts bodies in place (domain 1.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Notification
from coordination.models import Event, Mechanism, Organisation, User
from coordination.services.events import record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, Refusal

from .formation import put_in_state
from .terms import notify_terms


class NotificationKnown(Refusal):
    message = _("This authority’s notification with this number and date is on record already.")


class BodiesMissing(Refusal):
    message = _("Say which bodies it covers.")


@transaction.atomic
def record_notification(
    mechanism: Mechanism,
    *,
    by: User,
    authority: Organisation,
    subject: str,
    notified_on: dt.date,
    bodies: Iterable[Body],
    number: str = "",
    copies_to: str = "",
    gazette: str = "",
    file: VettedFile | None = None,
    at: dt.datetime | None = None,
) -> Notification:
    """Record an authority's notification; the bodies that it covers are notified by it.

    What was tabled or approved of their terms of reference is notified with them. A form that was
    sent twice gives the notification again. Raises DayToCome, BodiesMissing or NotificationKnown.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    if notified_on > timezone.localdate(now, mechanism.zone):
        raise DayToCome
    covered = _lock_bodies(mechanism, bodies)
    if not covered:
        raise BodiesMissing
    known = mechanism.notifications.filter(
        authority=authority, notified_on=notified_on, number=number, subject=subject
    )
    if there := known.first():
        return _same_deed(there, by=by)
    notification = Notification(
        mechanism=mechanism,
        authority=authority,
        number=number,
        subject=subject,
        notified_on=notified_on,
        copies_to=copies_to,
        gazette=gazette,
        file=store_file(file, by=by, at=now) if file else None,
    )
    notification.full_clean()
    notification.save()
    notification.bodies.set(covered)
    changes: dict[str, list[Any]] = {
        "bodies": [[], [str(body) for body in covered]],
        "notified_on": [None, notified_on],
    }
    record("committees.notification_recorded", notification, by=by, changes=changes, at=now)
    for body in covered:
        _notify(body, notification, by=by, at=now)
    return notification


def _lock_bodies(mechanism: Mechanism, bodies: Iterable[Body]) -> list[Body]:
    rows = Body.objects.filter(mechanism=mechanism, pk__in=[body.pk for body in bodies])
    rows = rows.select_related("mechanism").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def _notify(body: Body, notification: Notification, *, by: User, at: dt.datetime) -> None:
    if body.notified_on is None or body.notified_on <= notification.notified_on:
        body.notified_by = notification.authority.name[:120]
        body.notified_on = notification.notified_on
    if body.is_in_place:
        body.full_clean()
        body.save(update_fields=["notified_by", "notified_on"])
    else:
        on = notification.notified_on
        put_in_state(body, Body.State.NOTIFIED, by=by, on=on, at=at)
    notify_terms(body, by=by, at=at)


def _same_deed(there: Notification, *, by: User) -> Notification:
    recorded = Event.objects.about(there).filter(verb="committees.notification_recorded", by=by)
    if recorded.exists():
        return there
    raise NotificationKnown
