"""Decisions: numbered per body and year without holes, when taken (R19)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated, Visitor

from .access import Access, readable_by
from .agenda import AgendaItem
from .body import Body
from .meeting import Meeting, held_by
from .search import SearchIndex, SearchText
from .seat import Seat, bodies_read_by


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Visitor) -> DecisionQuerySet:
        """By the access of the meeting; those of a restricted item for its bodies alone.

        The public reads a decision once the minutes that hold it are confirmed (domain 1.33).
        """
        condition = readable_by(
            user, mechanism="body__mechanism", body="body", access="meeting__access"
        )
        confirmed = Q(meeting__minutes__state="confirmed")
        shared = Q(meeting__access=Access.MEMBERS)
        own = held_by(bodies_read_by(user), meeting="meeting")
        restricted = Q(item__is_restricted=True)
        seen = Q(body__in=Body.objects.visible_to(user))
        return self.filter(own | (seen & condition & (confirmed | shared) & ~restricted))

    def awaiting_ratification(self) -> DecisionQuerySet:
        """Taken without a quorum, and not ratified since (R18)."""
        return self.filter(needs_ratification=True, ratified_by=None)

    def replaced(self) -> DecisionQuerySet:
        """By one that stands: one that waits for ratification replaces nothing yet (R18)."""
        waiting = Decision.objects.awaiting_ratification()
        later = Decision.objects.filter(supersedes__isnull=False).exclude(pk__in=waiting)
        return self.filter(pk__in=later.values("supersedes"))

    def in_full(self) -> DecisionQuerySet:
        """With all that a line of the register shows, in fixed queries."""
        related = ("body__mechanism", "meeting__body", "item", "supersedes__body")
        return self.select_related(*related, "ratified_by__body").prefetch_related(
            "superseded_by__body"
        )

    def in_order(self) -> DecisionQuerySet:
        """The newest first."""
        return self.order_by("-year", "from_paper", "-number", "-pk")


class Decision(Originated):
    """What a body resolved, verbatim."""

    class Type(models.TextChoices):
        APPROVE = "approve", _("Approve")
        ENDORSE = "endorse", _("Endorse")
        NOTE = "note", _("Note")
        REFER = "refer", _("Refer")
        DEFER = "defer", _("Defer")
        DIRECT = "direct", _("Direct")
        RATIFY = "ratify", _("Ratify")
        REJECT = "reject", _("Reject")

    class Basis(models.TextChoices):
        CONSENSUS = "consensus", _("Consensus")
        VOTE = "vote", _("Vote by seat")

    body = models.ForeignKey(Body, models.PROTECT, related_name="decisions")
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    # One that was taken before, typed in from paper: numbered apart, so that the body's own numbers
    # keep their order and no two clash; and what the paper calls it.
    from_paper = models.BooleanField(_("from paper"), default=False)
    paper_number = models.CharField(_("number on paper"), max_length=40, blank=True)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions")
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, related_name="decisions", null=True, blank=True
    )
    text = models.TextField(_("decision"))
    type = models.CharField(_("type"), max_length=8, choices=Type.choices)
    basis = models.CharField(
        _("basis"), max_length=9, choices=Basis.choices, default=Basis.CONSENSUS
    )
    binding_on = models.ManyToManyField(
        Organisation, related_name="decisions", blank=True, verbose_name=_("binding on")
    )
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, related_name="superseded_by", null=True, blank=True,
        verbose_name=_("replaces"),
    )  # fmt: skip
    needs_ratification = models.BooleanField(_("needs to be ratified"), default=False)
    ratified_by = models.ForeignKey(
        "self", models.PROTECT, related_name="ratifies", null=True, blank=True,
        verbose_name=_("ratified by"),
    )  # fmt: skip
    taken_on = models.DateField(_("taken on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions_recorded", null=True
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["meeting"], name="decision_by_meeting"),
            SearchIndex(SearchText("text"), name="decision_search"),
        ]
        constraints = [
            models.UniqueConstraint(
                "body", "year", "from_paper", "number", name="one_decision_per_number"
            ),
            models.UniqueConstraint(
                "meeting",
                "paper_number",
                condition=~Q(paper_number=""),
                name="one_decision_per_number_on_paper",
            ),
            models.CheckConstraint(
                condition=Q(from_paper=True) | Q(paper_number=""),
                name="decision_on_paper_is_from_paper",
            ),
        ]

    @property
    def awaits_ratification(self) -> bool:
        """Taken without a quorum, and not ratified since (R18)."""
        return self.needs_ratification and self.ratified_by_id is None

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("decision-detail", args=[self.pk])

    @property
    def reference(self) -> str:
        """Such as "SPDC 2020/3"; of one that was typed in from paper "SPDC 2018/P1"."""
        series = "P" if self.from_paper else ""
        return f"{self.body.short_name} {self.year}/{series}{self.number}"


class Vote(models.Model):
    """How one seat voted on a decision (P38)."""

    class Choice(models.TextChoices):
        FOR = "for", _("For")
        AGAINST = "against", _("Against")
        ABSTAINED = "abstained", _("Abstained")

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="votes")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="votes")
    choice = models.CharField(_("vote"), max_length=9, choices=Choice.choices)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint("decision", "seat", name="one_vote_per_seat")]

    def __str__(self) -> str:
        return f"{self.seat}: {self.get_choice_display()}"
