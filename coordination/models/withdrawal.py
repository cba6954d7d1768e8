"""What was recorded by mistake no longer counts, and stays on record."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

_T = TypeVar("_T", bound="Withdrawable")


class Withdrawable(models.Model):
    """Adds the day on which a record was withdrawn, and why: both, or neither."""

    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_because = models.CharField(_("withdrawn because"), max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_because="")
                | (Q(withdrawn_on__isnull=False) & ~Q(withdrawn_because="")),
                name="%(class)s_withdrawn_for_a_reason",
            )
        ]

    @property
    def stands(self) -> bool:
        return self.withdrawn_on is None


class WithdrawableQuerySet(models.QuerySet[_T]):
    def standing(self) -> Self:
        """Without those that were withdrawn."""
        return self.filter(withdrawn_on=None)
