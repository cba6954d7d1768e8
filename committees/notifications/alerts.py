"""Whom the deeds on alerts are told."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Alert, AlertUpdate
from coordination.models import COUNTY_ROLES, Office, Role, User, takes_part_in
from coordination.services.mail import post

from .audience import EMAILS, people_in


def told_of_alert(alert: Alert, *, at: dt.datetime) -> list[User]:
    """The donor's officers, the secretariat, and the officials and leads of its places."""
    today = timezone.localdate(at)
    rights = Office.objects.giving_rights_in(alert.mechanism, on=today).held(on=today)
    offices = rights.of(Role.DONOR_OFFICER, Role.SECRETARIAT)
    for place in alert.places.all():
        offices |= rights.of(*COUNTY_ROLES).at(place)
    return people_in(offices)


def tell_of_alert(alert: Alert, *, at: dt.datetime) -> None:
    """Tell them at once; whoever raised it knows."""
    told = [user for user in told_of_alert(alert, at=at) if user != alert.raised_by]
    post(
        f"alert:{alert.pk}",
        told,
        subject=_("Alert, %(kind)s: %(title)s")
        % {"kind": alert.get_kind_display(), "title": alert.title},
        template=f"{EMAILS}/alert_raised.txt",
        context={"alert": alert, "places": _place_names(alert)},
        at=at,
    )


def tell_of_alert_update(update: AlertUpdate, *, at: dt.datetime) -> None:
    """Tell them, and whoever raised it, what became of it."""
    alert = update.alert
    told = told_of_alert(alert, at=at)
    if alert.raised_by and alert.mechanism_id in takes_part_in(alert.raised_by):
        told = list(dict.fromkeys([*told, alert.raised_by]))
    post(
        f"alert-update:{update.pk}",
        [user for user in told if user != update.written_by],
        subject=_("%(state)s: %(title)s")
        % {"state": update.get_state_display(), "title": alert.title},
        template=f"{EMAILS}/alert_update.txt",
        context={"alert": alert, "update": update, "places": _place_names(alert)},
        at=at,
    )


def _place_names(alert: Alert) -> str:
    return ", ".join(str(place) for place in alert.places.order_by("path"))
