"""Action items: one record from the meeting that sets it until the body confirms it (R19)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated, Standing, Visitor, takes_part_in

from .agenda import AgendaItem
from .body import Body
from .decision import Decision
from .meeting import Meeting, held_by
from .search import SearchIndex, SearchText
from .seat import Seat, bodies_read_by, seats_held_by


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user: Visitor) -> ActionItemQuerySet:
        """Those of the bodies that the user reads, and those that one's own organisation owes.

        What a joint meeting set is read by each of its bodies.
        """
        own = Q(pk__in=self.model.objects.owned_by(user).values("pk"))
        bodies = bodies_read_by(user)
        read = Q(body__in=bodies) | held_by(bodies, meeting="meeting")
        return self.filter(read | (own & Q(body__in=Body.objects.visible_to(user))))

    def owned_by(self, user: Visitor) -> ActionItemQuerySet:
        """Those of the seats that the user holds and of the organisations that one works for."""
        standing = Standing.of(user)
        mine = Q(owner_seat__in=[held.seat for held in seats_held_by(user)])
        ours = Q(owner_organisation__in=standing.organisations) | Q(
            pk__in=self.model.co_owners.through.objects.filter(
                organisation__in=standing.organisations
            ).values("actionitem")
        )
        return self.filter(mine | (ours & Q(body__mechanism__in=takes_part_in(user))))

    def outstanding(self) -> ActionItemQuerySet:
        """Those that come up at each next meeting: not confirmed by the body, nor cancelled."""
        return self.filter(state__in=ActionItem.OUTSTANDING)

    def overdue(self, *, on: dt.date) -> ActionItemQuerySet:
        """Those whose day has passed and that are not done."""
        return self.filter(state__in=ActionItem.UNDONE, due_on__lt=on)

    def in_order(self) -> ActionItemQuerySet:
        """The one that is due first, first; those without a day last."""
        return self.order_by(models.F("due_on").asc(nulls_last=True), "number", "pk")


class ActionItem(Originated):
    """What someone has to do. It cannot be deleted: it is done and confirmed, or cancelled."""

    class Source(models.TextChoices):
        MEETING = "meeting", _("Meeting")
        WORKSHOP = "workshop", _("Workshop")
        FIELD_VISIT = "field_visit", _("Field visit")
        MEMO = "memo", _("Action memo")
        ESCALATION = "escalation", _("Escalation")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("In progress")
        DONE = "done", _("Done, to be confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")

    class Priority(models.TextChoices):
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")

    UNDONE = (State.OPEN, State.IN_PROGRESS)
    OUTSTANDING = (State.OPEN, State.IN_PROGRESS, State.DONE)

    body = models.ForeignKey(Body, models.PROTECT, related_name="actions")
    # Numbered per body, for ever: "SPDC A12".
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("action"))
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="actions", null=True, blank=True,
        verbose_name=_("set at"),
    )  # fmt: skip
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, related_name="actions", null=True, blank=True
    )
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="actions", null=True, blank=True
    )
    source = models.CharField(
        _("source"), max_length=11, choices=Source.choices, default=Source.MEETING
    )
    owner_seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="actions", null=True, blank=True,
        verbose_name=_("seat that does it"),
    )  # fmt: skip
    owner_organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="actions", null=True, blank=True,
        verbose_name=_("organisation that does it"),
    )  # fmt: skip
    # As a document names it, where neither a seat nor an organisation is known.
    owner_named = models.CharField(_("by whom, as stated"), max_length=160, blank=True)
    co_owners = models.ManyToManyField(
        Organisation, related_name="actions_shared", blank=True, verbose_name=_("together with")
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL
    )
    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.OPEN)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    confirmed_at = models.ForeignKey(
        Meeting, models.PROTECT, related_name="actions_confirmed", null=True, blank=True,
        verbose_name=_("confirmed at"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        indexes = [
            models.Index(fields=["body", "state"], name="action_by_body"),
            SearchIndex(SearchText("text"), name="action_search"),
        ]
        constraints = [
            models.UniqueConstraint("body", "number", name="one_action_per_number"),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(state_reason=""),
                name="action_cancelled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.short_name} A{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("action-detail", args=[self.pk])

    @property
    def owner(self) -> str:
        """The seat, organisation or post that does it; "" where none is stated."""
        return str(self.owner_seat or self.owner_organisation or self.owner_named)

    @property
    def is_undone(self) -> bool:
        return self.state in self.UNDONE

    def is_overdue(self, *, on: dt.date) -> bool:
        return self.is_undone and self.due_on is not None and self.due_on < on


class ProgressNote(models.Model):
    """What has been done about an action item so far."""

    action = models.ForeignKey(ActionItem, models.PROTECT, related_name="notes")
    text = models.TextField(_("note"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="action_notes", null=True
    )
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("progress note")
        verbose_name_plural = _("progress notes")

    def __str__(self) -> str:
        return f"{self.action}"
