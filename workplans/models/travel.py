"""The common per diem and travel policy of a mechanism, and what events declare to pay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Currency, Mechanism, Money, Originated, PlaceLevel

from .activity_event import ActivityEvent


class TravelItem(models.TextChoices):
    """What is paid to whoever takes part."""

    OVERNIGHT = "overnight", _("Per diem with a night away")
    DAY = "day", _("Per diem without a night away")
    LUNCH = "lunch", _("Lunch")
    LODGING = "lodging", _("Lodging")
    TRANSPORT = "transport", _("Transport refund")
    KILOMETRE = "kilometre", _("Each kilometre by own vehicle")


class TravelRole(models.TextChoices):
    """Who is paid."""

    OFFICER = "officer", _("County officers")
    PARTNER = "partner", _("Partner staff")
    COMMUNITY = "community", _("Community participants")


class TravelPolicy(Originated):
    """One version of the policy; it holds until the next begins, and never changes (P27)."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="travel_policies")
    title = models.CharField(_("title"), max_length=160)
    starts_on = models.DateField(_("holds from"))
    agreed = models.CharField(_("who agreed on it, and when"), max_length=300)
    conditions = models.TextField(_("conditions"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("travel policy")
        verbose_name_plural = _("travel policies")
        constraints = [
            models.UniqueConstraint("mechanism", "starts_on", name="one_travel_policy_per_day")
        ]

    def __str__(self) -> str:
        return self.title


class TravelRate(models.Model):
    """What the policy pays for an item, to whom, and on which level of places."""

    policy = models.ForeignKey(TravelPolicy, models.CASCADE, related_name="rates")
    item = models.CharField(_("item"), max_length=9, choices=TravelItem.choices)
    role = models.CharField(_("paid to"), max_length=9, choices=TravelRole.choices)
    # Empty: the same on every level.
    level = models.ForeignKey(
        PlaceLevel, models.PROTECT, related_name="travel_rates", null=True, blank=True,
        verbose_name=_("level"),
    )  # fmt: skip
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)

    class Meta:
        verbose_name = _("travel rate")
        verbose_name_plural = _("travel rates")
        constraints = [
            models.UniqueConstraint(
                "policy", "item", "role", "level", name="one_travel_rate_a_level"
            ),
            models.UniqueConstraint(
                "policy",
                "item",
                "role",
                condition=Q(level=None),
                name="one_travel_rate_on_all_levels",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="travel_rate_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.get_item_display()}, {self.get_role_display()}: {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class DeclaredRate(models.Model):
    """What an event says that it pays; a deviation from the policy has a reason (P27)."""

    event = models.ForeignKey(ActivityEvent, models.CASCADE, related_name="travel_rates")
    item = models.CharField(_("item"), max_length=9, choices=TravelItem.choices)
    role = models.CharField(_("paid to"), max_length=9, choices=TravelRole.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    reason = models.CharField(_("reason of the deviation"), max_length=300, blank=True)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="travel_rates_declared"
    )
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        verbose_name = _("declared rate")
        verbose_name_plural = _("declared rates")
        constraints = [
            models.UniqueConstraint("event", "item", "role", name="one_declared_rate_an_event"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="declared_rate_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.get_item_display()}, {self.get_role_display()}: {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
