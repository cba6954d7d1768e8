"""Action memos: papers whose recommendations several bodies adopt one by one (domain 1.23)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Organisation,
    Originated,
    Place,
    Standing,
    Visitor,
    takes_part_in,
)

from .access import Access, readable_by
from .body import Body
from .search import SearchIndex, SearchText


class MemoQuerySet(models.QuerySet["Memo"]):
    def visible_to(self, user: Visitor) -> MemoQuerySet:
        """Drafts for who prepares them and the secretariat; then by the access of each.

        Those to whom it was sent for comment read it too (B17).
        """
        standing = Standing.of(user)
        own = Q(prepared_by__in=standing.organisations, mechanism__in=takes_part_in(user))
        kept = Q(mechanism__in=standing.secretariat_of)
        addressed = readable_by(user, mechanism="mechanism", body="addressees__body")
        known = self.model.objects.exclude(state=Memo.State.DRAFTING).filter(addressed)
        circulated = Q(
            circulations__organisation__in=standing.organisations,
            mechanism__in=takes_part_in(user),
        )
        sent = self.model.objects.filter(circulated)
        return self.filter(own | kept | Q(pk__in=known.values("pk")) | Q(pk__in=sent.values("pk")))

    def waiting(self) -> MemoQuerySet:
        """Those that are ready and wait for a meeting to be tabled at (B16)."""
        return self.filter(state__in=[Memo.State.READY, Memo.State.UNDER_REVIEW])

    def with_turns(self) -> MemoQuerySet:
        """Loads the bodies that each goes to, in order, and who prepared it."""
        turns = MemoAddressee.objects.select_related("body__mechanism").order_by("position")
        return self.select_related("mechanism", "prepared_by").prefetch_related(
            models.Prefetch("addressees", turns)
        )


class Memo(Originated):
    """A policy paper for one body or several, in order."""

    class State(models.TextChoices):
        DRAFTING = "drafting", _("Being drafted")
        READY = "ready", _("Ready, waiting for a meeting")
        UNDER_REVIEW = "under_review", _("Under review")
        ADOPTED = "adopted", _("Adopted")
        ADOPTED_IN_PART = "adopted_in_part", _("Adopted in part")
        RETURNED = "returned", _("Returned")
        REJECTED = "rejected", _("Rejected")
        IMPLEMENTED = "implemented", _("Implemented")

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="memos")
    code = models.CharField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    topic = models.CharField(_("topic"), max_length=200, blank=True)
    prepared_by = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memos", verbose_name=_("prepared by")
    )
    findings = models.TextField(_("findings"), blank=True)
    legal_reference = models.CharField(_("legal reference"), max_length=200, blank=True)
    pilot_places = models.ManyToManyField(
        Place, related_name="memos", blank=True, verbose_name=_("pilot places")
    )
    state = models.CharField(
        _("state"), max_length=15, choices=State.choices, default=State.DRAFTING
    )
    waiting_reason = models.CharField(_("why it waits"), max_length=200, blank=True)
    ready_on = models.DateField(_("ready since"), null=True, blank=True)
    access = models.CharField(
        _("read by"), max_length=7, choices=Access.choices, default=Access.MEMBERS
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MemoQuerySet.as_manager()

    class Meta:
        verbose_name = _("action memo")
        verbose_name_plural = _("action memos")
        indexes = [
            SearchIndex(
                SearchText("title", "topic", "findings", "legal_reference"), name="memo_search"
            )
        ]
        constraints = [models.UniqueConstraint("mechanism", "code", name="one_memo_per_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("memo-detail", args=[self.mechanism.slug, self.code])

    @property
    def turn(self) -> MemoAddressee | None:
        """Of one loaded `with_turns`: the first body that has not dealt with it."""
        return next((each for each in self.addressees.all() if each.dealt_on is None), None)

    @property
    def with_it_since(self) -> dt.date | None:
        """Of one loaded `with_turns`: since when the body whose turn it is has it (B11)."""
        dealt = [each.dealt_on for each in self.addressees.all() if each.dealt_on]
        return max(dealt, default=self.ready_on)

    def days_held(self, *, on: dt.date) -> int | None:
        """How long the body whose turn it is has it; None where that is not known."""
        since = self.with_it_since
        return (on - since).days if since else None


class MemoAddressee(models.Model):
    """A body that a memo goes to, in order: it waits until those before it have dealt with it."""

    memo = models.ForeignKey(Memo, models.CASCADE, related_name="addressees")
    body = models.ForeignKey(Body, models.PROTECT, related_name="memos_addressed")
    position = models.PositiveSmallIntegerField(_("order"))
    dealt_on = models.DateField(_("dealt with on"), null=True, blank=True)

    class Meta:
        verbose_name = _("addressee of a memo")
        verbose_name_plural = _("addressees of memos")
        constraints = [models.UniqueConstraint("memo", "body", name="one_addressee_per_memo")]

    def __str__(self) -> str:
        return f"{self.memo.code} → {self.body}"


class Recommendation(Originated):
    """One thing that a memo asks for; each body adopts or rejects it by itself."""

    memo = models.ForeignKey(Memo, models.CASCADE, related_name="recommendations")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("recommendation"))

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.UniqueConstraint("memo", "number", name="one_recommendation_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.memo.code}.{self.number}"


class RecommendationOutcome(models.Model):
    """What one body resolved about one recommendation."""

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", _("Adopted")
        ADOPTED_IN_PART = "adopted_in_part", _("Adopted in part")
        RETURNED = "returned", _("Returned")
        REJECTED = "rejected", _("Rejected")

    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="outcomes")
    body = models.ForeignKey(Body, models.PROTECT, related_name="recommendation_outcomes")
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    decision = models.ForeignKey(
        "committees.Decision", models.PROTECT, related_name="recommendation_outcomes",
        null=True, blank=True,
    )  # fmt: skip
    decided_on = models.DateField(_("decided on"))

    class Meta:
        verbose_name = _("outcome of a recommendation")
        verbose_name_plural = _("outcomes of recommendations")
        constraints = [
            models.UniqueConstraint("recommendation", "body", name="one_outcome_per_body")
        ]

    def __str__(self) -> str:
        return f"{self.recommendation}: {self.get_outcome_display()}"


class MemoCirculation(models.Model):
    """An organisation that a memo was sent to for comment, and what it said (B17)."""

    memo = models.ForeignKey(Memo, models.CASCADE, related_name="circulations")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memos_received", verbose_name=_("organisation")
    )
    sent_at = models.DateTimeField(_("sent at"))
    comment = models.TextField(_("comment"), blank=True)
    commented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memo_comments",
        null=True, blank=True,
    )  # fmt: skip
    commented_at = models.DateTimeField(_("commented at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    is_accepted = models.BooleanField(_("accepted"), null=True, blank=True)

    class Meta:
        verbose_name = _("circulation of a memo")
        verbose_name_plural = _("circulations of memos")
        constraints = [
            models.UniqueConstraint("memo", "organisation", name="one_circulation_per_organisation")
        ]

    def __str__(self) -> str:
        return f"{self.memo.code} → {self.organisation}"
