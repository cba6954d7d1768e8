"""What a meeting is about: items in order, and the papers before it with the revision pinned."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated, Visitor

from .body import Body
from .library import Document, DocumentVersion
from .meeting import Meeting, held_by
from .memo import Memo
from .search import SearchIndex, SearchText
from .seat import bodies_read_by


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def visible_to(self, user: Visitor) -> AgendaItemQuerySet:
        """Those of the meetings that the user reads; a restricted one for its bodies alone.

        What is parked is read by those who read the body.
        """
        own = bodies_read_by(user)
        of_own = Q(body__in=own) | held_by(own, meeting="meeting")
        shared = Q(meeting__in=Meeting.objects.readable_by(user), is_restricted=False)
        return self.filter(of_own | shared)

    def parked(self) -> AgendaItemQuerySet:
        """Those of the parking lot: of a body, and of no meeting yet."""
        return self.filter(meeting=None)

    def in_order(self) -> AgendaItemQuerySet:
        return self.order_by("position", "pk")

    def unsettled(self) -> AgendaItemQuerySet:
        """Those about which the meeting has not resolved what becomes of them."""
        return self.filter(outcome=AgendaItem.Outcome.OPEN)


class AgendaItem(Originated):
    """An item of a meeting, or of the body's parking lot while it has no meeting."""

    class Kind(models.TextChoices):
        OPENING = "opening", _("Opening and agenda")
        MINUTES = "minutes", _("Previous minutes")
        MATTERS = "matters", _("Matters arising")
        TOPIC = "topic", _("Topic")
        MEMO = "memo", _("Action memo")
        TERMS = "terms", _("Terms of reference")
        ESCALATION = "escalation", _("Escalation")
        REVIEW = "review", _("Review of plans")
        OTHER = "other", _("Any other business")

    class Aim(models.TextChoices):
        DECIDE = "decide", _("To decide")
        DISCUSS = "discuss", _("To discuss")
        INFORM = "inform", _("To inform")

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        DECIDED = "decided", _("Decided")
        NOTED = "noted", _("Noted")
        DEFERRED = "deferred", _("Deferred")
        DROPPED = "dropped", _("Dropped")

    body = models.ForeignKey(Body, models.PROTECT, related_name="agenda_items")
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="items", null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TOPIC)
    title = models.CharField(_("title"), max_length=200)
    aim = models.CharField(_("aim"), max_length=7, choices=Aim.choices, default=Aim.DISCUSS)
    minutes_allotted = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    presenter = models.CharField(_("presented by"), max_length=160, blank=True)
    presented_by = models.ForeignKey(
        Organisation, models.PROTECT, related_name="items_presented", null=True, blank=True,
        verbose_name=_("organisation that presents"),
    )  # fmt: skip
    note = models.TextField(_("what it is about"), blank=True)
    # Only those who sit on the body read it: it is in no file, search or feed of anyone else.
    is_restricted = models.BooleanField(_("only for the body"), default=False)
    memo = models.ForeignKey(
        Memo, models.PROTECT, related_name="agenda_items", null=True, blank=True
    )
    terms = models.ForeignKey(
        "committees.Terms", models.PROTECT, related_name="agenda_items", null=True, blank=True
    )
    escalation_step = models.ForeignKey(
        "committees.EscalationStep", models.PROTECT, related_name="agenda_items",
        null=True, blank=True,
    )  # fmt: skip
    # The item of an earlier meeting that was deferred to this one.
    carried_from = models.ForeignKey(
        "self", models.PROTECT, related_name="carried_to", null=True, blank=True
    )
    outcome = models.CharField(
        _("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.OPEN
    )
    outcome_reason = models.CharField(_("reason"), max_length=300, blank=True)
    # What the minutes say of it, as last saved by whoever writes them.
    minutes_text = models.TextField(_("minutes"), blank=True)
    # When its minutes last changed.
    written_at = models.DateTimeField(_("written at"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        indexes = [
            models.Index(fields=["meeting", "position"], name="item_by_meeting"),
            SearchIndex(SearchText("title", "minutes_text"), name="minutes_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome__in=["deferred", "dropped"]) | ~Q(outcome_reason=""),
                name="item_put_off_for_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.title


class PaperQuerySet(models.QuerySet["Paper"]):
    def visible_to(self, user: Visitor) -> PaperQuerySet:
        """Those of the items that the user reads, with whether the document `is_open` too.

        That a paper was before the meeting is known to who reads its document, and to the bodies
        that hold the meeting. To be pinned opens a paper to nobody.
        """
        read = Document.objects.visible_to(user).values("pk")
        own = held_by(bodies_read_by(user), meeting="item__meeting")
        is_open = models.Exists(read.filter(pk=models.OuterRef("document_version__document")))
        return (
            self.filter(item__in=AgendaItem.objects.visible_to(user))
            .annotate(is_open=is_open)
            .filter(Q(is_open=True) | own)
        )

    def in_full(self) -> PaperQuerySet:
        """With the document and its file."""
        related = ("document_version__document", "document_version__file")
        return self.select_related(*related).order_by("pk")


class Paper(models.Model):
    """A document before a meeting, in the revision that was there (R19)."""

    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="papers")
    document_version = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="papers", verbose_name=_("document")
    )

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            models.UniqueConstraint("item", "document_version", name="one_paper_per_item")
        ]

    def __str__(self) -> str:
        return str(self.document_version)
