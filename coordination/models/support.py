"""What a backbone did for whom, by what a backbone is there to do (P7)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .mechanism import Mechanism, takes_part_in
from .organisation import Organisation
from .origin import Originated
from .period import Period
from .user import Visitor
from .withdrawal import Withdrawable, WithdrawableQuerySet


class SupportQuerySet(WithdrawableQuerySet["Support"]):
    def visible_to(self, user: Visitor) -> SupportQuerySet:
        """For whoever takes part in the mechanism that the backbone serves."""
        return self.filter(mechanism__in=takes_part_in(user))

    def given_in(self, period: Period) -> SupportQuerySet:
        return self.filter(given_on__gte=period.starts_on, given_on__lt=period.ends_before)


class Support(Originated, Withdrawable):
    """One thing that the backbone did for a function of its own."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="support")
    # In the words of the mechanism's list of what its backbone does, as it stood then.
    function = models.CharField(_("function"), max_length=200)
    # Who served then: the role may have passed on since.
    backbone = models.ForeignKey(
        Organisation, models.PROTECT, related_name="support_as_backbone", verbose_name=_("backbone")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="support_received", null=True, blank=True,
        verbose_name=_("for which organisation"), help_text=_("Empty: for all of them."),
    )  # fmt: skip
    given_on = models.DateField(_("given on"))
    text = models.CharField(_("what was done"), max_length=300)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="support_recorded"
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = SupportQuerySet.as_manager()

    class Meta(Withdrawable.Meta):
        verbose_name = _("support of the backbone")
        verbose_name_plural = _("support of the backbone")
        indexes = [models.Index(fields=["mechanism", "given_on"], name="support_by_day")]

    def __str__(self) -> str:
        return f"{self.function}: {self.text}"
