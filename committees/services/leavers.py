"""What a body lets go of a person who is anonymised."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from committees.models import Appointment, Participant
from coordination.models import User

from .nominations import withdraw_nomination


def forget_person(
    sender: Any, *, user: User, addresses: Collection[str], by: User, at: Any, **_kwargs: Any
) -> None:
    """Withdraw open nominations, and empty the lines of a guest who is asked by such an address.

    The line itself stays: somebody of that organisation was there.
    """
    theirs = Q(holder=user) | Q(email__in=addresses)
    for appointment in Appointment.objects.nominated().filter(theirs).select_related("seat__body"):
        reason = gettext("The person is anonymised.")
        withdraw_nomination(appointment, by=by, reason=reason, at=at)
    guests = Participant.objects.filter(email__in=addresses)
    guests.update(name="", email="", reply_note="", token_hash="")
