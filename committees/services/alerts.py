"""Alerts of shocks and stresses: raised in a minute, told at once, followed to the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Alert, AlertFile, AlertUpdate
from committees.notifications.alerts import tell_of_alert, tell_of_alert_update
from coordination.models import Mechanism, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next


class AlertWithoutPlace(Refusal):
    message = _("Say where it happens.")


class AlertClosed(Refusal):
    message = _("This alert is closed. Raise it anew when it comes back.")


class StateNotNext(Refusal):
    message = _("This alert cannot be moved to that state from the one that it is in.")


class AlertContent(TypedDict, total=False):
    """What is said of a shock or stress; the first five in a minute, the rest later."""

    kind: str
    title: str
    noticed_on: dt.date
    phase: str
    ask: str
    source: str
    affected: int | None
    affected_note: str
    needs: str
    responding: str


@transaction.atomic
def raise_alert(
    mechanism: Mechanism,
    *,
    by: User,
    places: Iterable[Place],
    files: Iterable[VettedFile] = (),
    at: dt.datetime | None = None,
    **content: Unpack[AlertContent],
) -> Alert:
    """A reported alert; donor, secretariat and the places' officials are told at once.

    A form that was sent twice raises it once. Raises AlertWithoutPlace, or FileRefused.
    """
    now = at or timezone.now()
    found = list(places)
    if not found:
        raise AlertWithoutPlace
    # One at a time, so that the second of two clicks finds the first.
    Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    alert = Alert(mechanism=mechanism, raised_by=by, raised_at=now, **content)
    same = Alert.objects.live().filter(
        mechanism=mechanism, raised_by=by, title=alert.title, kind=alert.kind,
        noticed_on=alert.noticed_on,
    )  # fmt: skip
    if twin := same.first():
        return twin
    alert.full_clean()
    alert.save()
    alert.places.set(found)
    _attach(alert, files, by=by, at=now)
    record("committees.alert_raised", alert, by=by, at=now)
    tell_of_alert(alert, at=now)
    return alert


@transaction.atomic
def update_alert(
    alert: Alert,
    *,
    by: User,
    text: str,
    state: str = "",
    files: Iterable[VettedFile] = (),
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> AlertUpdate:
    """What was said or done about the alert, and the state that it moved to, if to another.

    The same update sent twice is one. Raises AlertClosed, StateNotNext, DoneMeanwhile or
    FileRefused.
    """
    now = at or timezone.now()
    alert = _lock(alert)
    last = alert.updates.order_by("-pk").first()
    if last is not None and (last.written_by_id, last.text) == (by.pk, text):
        return last
    if alert.state == Alert.State.CLOSED:
        raise AlertClosed
    guard_seen(alert, seen=seen)
    before = str(alert.get_state_display())
    if state and state != alert.state:
        if state not in alert.next_states:
            raise StateNotNext
        alert.state = state
        alert.closed_at = now if state == Alert.State.CLOSED else None
    update = AlertUpdate(alert=alert, text=text, state=alert.state, written_by=by, written_at=now)
    update.full_clean()
    update.save()
    save_next(alert, "state", "closed_at")
    _attach(alert, files, by=by, at=now)
    changes = changes_between({"state": before}, {"state": str(alert.get_state_display())})
    record("committees.alert_updated", alert, by=by, changes=changes, note=text, at=now)
    tell_of_alert_update(update, at=now)
    return update


@transaction.atomic
def edit_alert(
    alert: Alert,
    *,
    by: User,
    seen_version: int,
    places: Iterable[Place],
    at: dt.datetime | None = None,
    **content: Unpack[AlertContent],
) -> Alert:
    """The alert with its details. Raises AlertClosed, AlertWithoutPlace or EditedMeanwhile."""
    now = at or timezone.now()
    found = list(places)
    if not found:
        raise AlertWithoutPlace
    alert = _lock(alert)
    if alert.state == Alert.State.CLOSED:
        raise AlertClosed
    if alert.version != seen_version:
        raise EditedMeanwhile
    before = alert_in_words(alert)
    for name, value in content.items():
        setattr(alert, name, value)
    alert.full_clean()
    alert.places.set(found)
    save_next(alert, *content)
    changes = changes_between(before, alert_in_words(alert))
    record("committees.alert_edited", alert, by=by, changes=changes, at=now)
    return alert


def alert_in_words(alert: Alert) -> dict[str, object]:
    """What it says as people read it, for the record."""
    return {
        "kind": str(alert.get_kind_display()),
        "title": alert.title,
        "places": sorted(str(place) for place in alert.places.all()),
        "noticed_on": alert.noticed_on,
        "source": alert.source,
        "phase": str(alert.get_phase_display()),
        "affected": alert.affected,
        "affected_note": alert.affected_note,
        "needs": alert.needs,
        "responding": alert.responding,
        "ask": alert.ask,
    }


def _lock(alert: Alert) -> Alert:
    locked = Alert.objects.select_for_update(of=("self",)).select_related("mechanism")
    return locked.get(pk=alert.pk)


def _attach(alert: Alert, files: Iterable[VettedFile], *, by: User, at: dt.datetime) -> None:
    for file in files:
        AlertFile.objects.create(alert=alert, file=store_file(file, by=by, at=at))
