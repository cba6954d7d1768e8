"""Grants that a body administers: proposed, decided by a numbered decision, paid (C10, R10)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Originated, Place, Visitor
from coordination.models.money import Currency, Money

from .body import Body
from .decision import Decision
from .seat import bodies_read_by


class GrantQuerySet(models.QuerySet["Grant"]):
    def visible_to(self, user: Visitor) -> GrantQuerySet:
        """The body's own; anyone else reads a grant with the decision that it rests on (R24)."""
        own = Q(body__in=bodies_read_by(user))
        return self.filter(own | Q(decision__in=Decision.objects.visible_to(user)))

    def in_full(self) -> GrantQuerySet:
        return self.select_related("body__mechanism", "place", "decision__body")

    def newest_first(self) -> GrantQuerySet:
        return self.order_by("-proposed_on", "-pk")


class Grant(Originated):
    """Money for one commune, in its own currency. Only a decision of the body makes it due."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        DECIDED = "decided", _("Decided")
        PAID = "paid", _("Paid")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # What the body has decided to give: what is paid was decided first.
    GRANTED = (State.DECIDED, State.PAID)

    body = models.ForeignKey(Body, models.PROTECT, related_name="grants")
    place = models.ForeignKey(Place, models.PROTECT, related_name="grants", verbose_name=_("place"))
    purpose = models.CharField(_("purpose"), max_length=300)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    state = models.CharField(
        _("state"), max_length=9, choices=State.choices, default=State.PROPOSED
    )
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    proposed_on = models.DateField(_("proposed on"))
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="grants", null=True, blank=True,
        verbose_name=_("decision"),
    )  # fmt: skip
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="grants_recorded",
        null=True,
        blank=True,
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        indexes = [models.Index(fields=["body", "place"], name="grant_by_place")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="grant_is_something"),
            models.CheckConstraint(
                condition=~Q(state__in=["decided", "paid"]) | Q(decision__isnull=False),
                name="grant_decided_by_a_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state="proposed") | Q(decision=None),
                name="grant_proposed_is_not_decided",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", paid_on__isnull=False)
                | (~Q(state="paid") & Q(paid_on=None)),
                name="grant_paid_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(state_reason=""),
                name="grant_withdrawn_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return gettext("grant to %(place)s") % {"place": self.place}

    def get_absolute_url(self) -> str:
        """On the page of its commune; with its body and mechanism loaded."""
        args = [self.body.mechanism.slug, self.body.slug, self.place_id]
        return reverse("performance-detail", args=args) + f"#grant-{self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
