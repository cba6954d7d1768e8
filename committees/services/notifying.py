"""The act by which an authority puts bodies in place, recorded or corrected (domain 1.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Notification, Terms
from committees.models.terms import NotificationQuerySet
from coordination.models import Event, Mechanism, Organisation, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from coordination.services.versions import save_next

from .formation import put_in_state
from .terms import notify_terms, unnotify_terms


class NotificationKnown(Refusal):
    message = _("This authority’s notification with this number and date is on record already.")


class BodiesMissing(Refusal):
    message = _("Say which bodies it covers.")


class NotificationWithdrawn(Refusal):
    message = _("This notification was withdrawn. Record the right one.")


class ReasonMissing(Refusal):
    message = _("Say what was wrong.")


class NotificationContent(TypedDict):
    """What is told of an act; ``file`` is None where nothing new is attached."""

    authority: Organisation
    subject: str
    notified_on: dt.date
    bodies: Iterable[Body]
    number: NotRequired[str]
    copies_to: NotRequired[str]
    gazette: NotRequired[str]
    file: NotRequired[VettedFile | None]


APART = ("bodies", "file")


@transaction.atomic
def record_notification(
    mechanism: Mechanism,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[NotificationContent],
) -> Notification:
    """Record an authority's notification; the bodies that it covers are notified by it.

    What was tabled or approved of their terms of reference is notified with them. A form that was
    sent twice gives the notification again. Raises DayToCome, BodiesMissing or NotificationKnown.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    covered = _lock_bodies(mechanism, content["bodies"])
    notification = Notification(mechanism=mechanism, **_columns(content))
    _guard(notification, covered, at=now)
    if there := _same(notification).first():
        return _same_deed(there, by=by)
    if file := content.get("file"):
        notification.file = store_file(file, by=by, at=now)
    notification.full_clean()
    notification.save()
    notification.bodies.set(covered)
    changes: dict[str, list[Any]] = {
        "bodies": [[], [str(body) for body in covered]],
        "notified_on": [None, notification.notified_on],
    }
    record("committees.notification_recorded", notification, by=by, changes=changes, at=now)
    for body in covered:
        _notify(body, notification, by=by, at=now)
    return notification


@transaction.atomic
def correct_notification(
    notification: Notification,
    *,
    by: User,
    seen_version: int,
    reason: str,
    at: dt.datetime | None = None,
    **content: Unpack[NotificationContent],
) -> Notification:
    """The notification as it should have been recorded, and why; what it said stays on record.

    Bodies that it does not cover after all go back to where they stood. A file given now takes the
    place of the one before. Raises ReasonMissing, DayToCome, BodiesMissing, NotificationKnown,
    NotificationWithdrawn or EditedMeanwhile.
    """
    now = at or timezone.now()
    notification = _lock(notification)
    if notification.version != seen_version:
        raise EditedMeanwhile
    if not reason.strip():
        raise ReasonMissing
    before, former = notification_in_words(notification), set(notification.bodies.all())
    covered = _lock_bodies(notification.mechanism, [*former, *content["bodies"]])
    wanted = {body.pk for body in content["bodies"]}
    covered_now = [body for body in covered if body.pk in wanted]
    for body in covered:
        _take_back(body, notification, by=by, keeps=body.pk in wanted, at=now)
    columns = _columns(content)
    for name, value in columns.items():
        setattr(notification, name, value)
    _guard(notification, covered_now, at=now)
    if _same(notification).exclude(pk=notification.pk).exists():
        raise NotificationKnown
    if file := content.get("file"):
        notification.file = store_file(file, by=by, at=now)
    notification.full_clean()
    notification.bodies.set(covered_now)
    save_next(notification, *columns, "file")
    changes = changes_between(before, notification_in_words(notification))
    verb = "committees.notification_corrected"
    record(verb, notification, by=by, changes=changes, note=reason.strip(), at=now)
    for body in covered_now:
        _notify(body, notification, by=by, at=now)
    return notification


@transaction.atomic
def withdraw_notification(
    notification: Notification,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Notification:
    """Take back a record that was wrong; it stays, with the reason. Withdrawn twice it is one deed.

    Bodies that nothing else notified go back to where they stood. Raises ReasonMissing,
    NotificationWithdrawn or DoneMeanwhile.
    """
    now, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise ReasonMissing
    if Notification.objects.filter(pk=notification.pk, withdrawn_because=reason).exists():
        return notification
    notification = _lock(notification)
    guard_seen(notification, seen=seen)
    covered = _lock_bodies(notification.mechanism, notification.bodies.all())
    for body in covered:
        _take_back(body, notification, by=by, keeps=False, at=now)
    today = notification.mechanism.today(now)
    notification.withdrawn_on, notification.withdrawn_because = today, reason
    notification.full_clean()
    save_next(notification, "withdrawn_on", "withdrawn_because")
    record("committees.notification_withdrawn", notification, by=by, note=reason, at=now)
    return notification


def notification_in_words(notification: Notification) -> dict[str, Any]:
    """What is told of it as people read it, for the record."""
    return {
        "authority": str(notification.authority),
        "number": notification.number,
        "subject": notification.subject,
        "notified_on": notification.notified_on,
        "bodies": [str(body) for body in notification.bodies.in_order()],
        "copies_to": notification.copies_to,
        "gazette": notification.gazette,
        "file": str(notification.file) if notification.file else None,
    }


def _lock(notification: Notification) -> Notification:
    """As it stands, its mechanism locked first, as everywhere. Raises NotificationWithdrawn."""
    Mechanism.objects.select_for_update(no_key=True).get(pk=notification.mechanism_id)
    rows = Notification.objects.select_related("mechanism", "authority", "file")
    notification = rows.select_for_update(of=("self",), no_key=True).get(pk=notification.pk)
    if notification.withdrawn_on:
        raise NotificationWithdrawn
    return notification


def _columns(content: NotificationContent) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in APART}


def _guard(notification: Notification, covered: list[Body], *, at: dt.datetime) -> None:
    if notification.notified_on > notification.mechanism.today(at):
        raise DayToCome
    if not covered:
        raise BodiesMissing


def _same(notification: Notification) -> NotificationQuerySet:
    """Records of the same act that stand."""
    return Notification.objects.standing().filter(
        mechanism=notification.mechanism, authority=notification.authority,
        notified_on=notification.notified_on, number=notification.number,
        subject=notification.subject,
    )  # fmt: skip


def _lock_bodies(mechanism: Mechanism, bodies: Iterable[Body]) -> list[Body]:
    rows = Body.objects.filter(mechanism=mechanism, pk__in=[body.pk for body in bodies])
    rows = rows.select_related("mechanism").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def _notify(body: Body, notification: Notification, *, by: User, at: dt.datetime) -> None:
    if body.notified_on is None or body.notified_on <= notification.notified_on:
        body.notified_by = notification.authority.name
        body.notified_on = notification.notified_on
    if body.is_in_place:
        body.full_clean()
        body.save(update_fields=["notified_by", "notified_on"])
    else:
        on = notification.notified_on
        put_in_state(body, Body.State.NOTIFIED, by=by, on=on, at=at)
    notify_terms(body, by=by, at=at)


def _take_back(
    body: Body, notification: Notification, *, by: User, keeps: bool, at: dt.datetime
) -> None:
    """Undo what the notification said of the body, as far as nothing else says it.

    One that it ``keeps`` is notified anew at once, and so stays in its state. One that is
    configured or meets stays so too: that its seats were filled was no mistake.
    """
    others = body.notifications.standing().exclude(pk=notification.pk)
    other = others.select_related("authority").order_by("-notified_on", "-pk").first()
    if body.notified_on == notification.notified_on:
        body.notified_by = other.authority.name if other else ""
        body.notified_on = other.notified_on if other else None
        body.save(update_fields=["notified_by", "notified_on"])
    if keeps or other or body.state != Body.State.NOTIFIED:
        return
    unnotify_terms(body, by=by, at=at)
    states = set(body.terms.values_list("state", flat=True))
    if states - {Terms.State.DRAFT}:
        before = Body.State.TABLED
    else:
        before = Body.State.DRAFTED if states else Body.State.PROPOSED
    put_in_state(body, before, by=by, on=body.mechanism.today(at), at=at)


def _same_deed(there: Notification, *, by: User) -> Notification:
    recorded = Event.objects.about(there).filter(verb="committees.notification_recorded", by=by)
    if recorded.exists():
        return there
    raise NotificationKnown
