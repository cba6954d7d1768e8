"""The shocks and stresses that somebody follows to their end, as a list of the desk."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from committees.models import Alert
from committees.permissions import can_follow_alert
from coordination.models import User

from .desk_lists import MOST, DeskList, DeskRow, raised_since


def alerts_to_follow(user: User, at: dt.datetime) -> DeskList:
    """The live alerts that the person may move on; due while nobody has answered one of them."""
    live = Alert.objects.visible_to(user).live().newest_first().prefetch_related("places")
    followed = [alert for alert in live if can_follow_alert(user, alert)][:MOST]
    return DeskList(
        "alerts",
        _("Shocks and stresses to follow"),
        [_row(alert, at=at) for alert in followed],
        is_due=any(alert.state == Alert.State.REPORTED for alert in followed),
    )


def _row(alert: Alert, *, at: dt.datetime) -> DeskRow:
    places = ", ".join(sorted(str(place) for place in alert.places.all()))
    return DeskRow(
        title=alert.title,
        url=alert.get_absolute_url(),
        note=f"{places}, {raised_since(alert.raised_at, at=at)}",
        status=alert.state,
        label=str(alert.get_state_display()),
    )
