"""The pulse: a row for each table that a transaction changed."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Max, Sum
from django.utils.translation import gettext_lazy as _

TOKEN_BITS = 48


def random_token() -> int:
    return secrets.randbits(TOKEN_BITS)


class Beat(NamedTuple):
    """What stands for all changes of a table that are committed, and for no others.

    The highest key alone would not do: who began earlier may commit later, with a lower key. The
    tokens make it another beat after a backup was restored and keys are given anew.
    """

    rows: int
    last: int
    tokens: int


# The beats of tables by their names; a table that has none has not changed since the last sweep.
Beats = dict[str, Beat]


class PulseQuerySet(models.QuerySet["Pulse"]):
    def now(self) -> Beats:
        """The beat of each table; empty before anything was changed."""
        found = (
            self.order_by()
            .values("table")
            .annotate(rows=Count("pk"), last=Max("pk"), tokens=Sum("token"))
        )
        return {each["table"]: Beat(each["rows"], each["last"], each["tokens"]) for each in found}


class Pulse(models.Model):
    """Written within the transaction, by coordination.services.pulse: seen when its changes are.

    Rows are only added, so that no writer waits for another; the oldest are swept away.
    """

    table = models.CharField(_("table"), max_length=63)
    token = models.BigIntegerField(_("token"), default=random_token)

    objects = PulseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulses")

    def __str__(self) -> str:
        return f"{self.table} {self.pk}-{self.token}"
