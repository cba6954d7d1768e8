"""Withdrawing an entry of a log that was made by mistake."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from coordination.models import Withdrawable

from .refusals import Refusal


class AlreadyWithdrawn(Refusal):
    message = _("This entry is withdrawn already.")


def withdraw(entry: Withdrawable, *, reason: str, on: dt.date) -> bool:
    """Whether the locked entry was withdrawn now; one of the same reason was before, by this deed.

    Raises AlreadyWithdrawn.
    """
    if entry.stands:
        entry.withdrawn_on, entry.withdrawn_because = on, reason
        entry.full_clean()
        entry.save(update_fields=["withdrawn_on", "withdrawn_because"])
        return True
    if entry.withdrawn_because != reason:
        raise AlreadyWithdrawn
    return False
