"""The pulse: a row for each transaction that changed something which a page may show."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Count, Max, Sum
from django.utils.translation import gettext_lazy as _

TOKEN_BITS = 48


def random_token() -> int:
    return secrets.randbits(TOKEN_BITS)


class PulseQuerySet(models.QuerySet["Pulse"]):
    def now(self) -> str | None:
        """What stands for all changes that are committed, and for no others; None before any.

        The highest key alone would not do: who began earlier may commit later, with a lower key.
        The tokens make it another pulse after a backup was restored and keys are given anew.
        """
        found = self.aggregate(count=Count("pk"), last=Max("pk"), tokens=Sum("token"))
        return "{count}-{last}-{tokens}".format(**found) if found["count"] else None


class Pulse(models.Model):
    """Written within the transaction, by coordination.services.pulse: seen when its changes are.

    Rows are only added, so that no writer waits for another; the oldest are swept away.
    """

    token = models.BigIntegerField(_("token"), default=random_token)

    objects = PulseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulses")

    def __str__(self) -> str:
        return f"{self.pk}-{self.token}"
