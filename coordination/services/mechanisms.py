"""Moving a mechanism through its life, on the word of its chair (domain 1.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import DayToCome, Refusal

State = Mechanism.State


class MechanismNotMovable(Refusal):
    """Says what has become of the mechanism, and that it does not go on from there as asked."""

    def __init__(self, mechanism: Mechanism, to: str) -> None:
        said = _("This mechanism is “%(now)s”; from there it does not become “%(next)s”.")
        labels = {"now": mechanism.get_state_display(), "next": State(to).label}
        super().__init__(said % labels)


class BeforeLaunch(Refusal):
    message = _("This is before the day of the launch.")


class MinutesMissing(Refusal):
    message = _("Give the reference of the minutes, or the reason.")


@transaction.atomic
def move_mechanism(
    mechanism: Mechanism,
    *,
    by: User,
    to: str,
    on: dt.date,
    minutes: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Mechanism:
    """Record that the chair moved the mechanism to a state on a day, and return it.

    ``minutes`` is their reference, or the reason. Launching sets the launch date and closing the
    end. Raises MechanismNotMovable, DayToCome, BeforeLaunch, MinutesMissing, or DoneMeanwhile
    after what was ``seen``.
    """
    now, minutes = at or timezone.now(), minutes.strip()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    if to not in mechanism.next_states:
        raise MechanismNotMovable(mechanism, to)
    guard_seen(mechanism, seen=seen)
    if on > mechanism.today(now):
        raise DayToCome
    if to != State.LAUNCHED and mechanism.launched_on and on < mechanism.launched_on:
        raise BeforeLaunch
    if not minutes:
        raise MinutesMissing
    changes: dict[str, list[Any]] = {"state": [mechanism.state, to], "on": [None, on]}
    mechanism.state = to
    if to == State.LAUNCHED:
        mechanism.launched_on = on
    if to == State.CLOSED:
        changes["ends_on"] = [mechanism.ends_on, on]
        mechanism.ends_on = on
    mechanism.full_clean()
    mechanism.save(update_fields=["state", "launched_on", "ends_on"])
    record("coordination.mechanism_moved", mechanism, by=by, changes=changes, note=minutes, at=now)
    return mechanism
