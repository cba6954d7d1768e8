"""Terms of reference in versions, and the notifications that put bodies in place (domain 1.3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Organisation,
    Originated,
    StoredFile,
    Visitor,
    Withdrawable,
    WithdrawableQuerySet,
    sees_mechanism,
)

from .body import Body, BodyQuerySet


class TermsQuerySet(models.QuerySet["Terms"]):
    def visible_to(self, user: Visitor) -> TermsQuerySet:
        """Those that were tabled with the mechanism; drafts for who takes part in it."""
        drafts = Mechanism.objects.taking_part(user)
        known = sees_mechanism(user, "mechanism") & ~Q(state=Terms.State.DRAFT)
        return self.filter(known | Q(mechanism__in=drafts))

    def in_full(self) -> TermsQuerySet:
        """With the mechanism, the body and where they were tabled."""
        return self.select_related(
            "mechanism", "body__mechanism", "body__parent", "tabled_at__body__mechanism", "file"
        )


class Terms(Originated):
    """One version of what a body is for, or a model that all bodies of a kind shall adopt."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TABLED = "tabled", _("Tabled")
        APPROVED = "approved", _("Approved")
        NOTIFIED = "notified", _("Notified")
        IN_FORCE = "in_force", _("In force")
        SUPERSEDED = "superseded", _("Superseded")

    NEXT_STATES = {
        State.TABLED: (State.APPROVED, State.DRAFT),
        State.APPROVED: (State.IN_FORCE,),
        State.NOTIFIED: (State.IN_FORCE,),
    }

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="terms")
    # Empty for a harmonised version, which the bodies of `kind` adopt one by one.
    body = models.ForeignKey(Body, models.PROTECT, related_name="terms", null=True, blank=True)
    kind = models.CharField(
        _("for all bodies of the kind"), max_length=14, choices=Body.Kind.choices, blank=True
    )
    number = models.PositiveSmallIntegerField(_("version"))
    purpose = models.TextField(_("purpose"), blank=True)
    functions = models.TextField(_("functions"), blank=True, help_text=_("One on a line."))
    composition = models.TextField(_("composition"), blank=True, help_text=_("One on a line."))
    chair = models.CharField(_("chair"), max_length=160, blank=True)
    secretariat = models.CharField(_("secretariat"), max_length=160, blank=True)
    frequency = models.CharField(_("frequency of meetings"), max_length=120, blank=True)
    quorum = models.CharField(_("quorum"), max_length=200, blank=True)
    decision_rule = models.CharField(_("how it decides"), max_length=200, blank=True)
    reporting_line = models.CharField(_("reporting line"), max_length=200, blank=True)
    duration = models.CharField(_("duration"), max_length=120, blank=True)
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    tabled_at = models.ForeignKey(
        "committees.Meeting", models.PROTECT, related_name="terms_tabled", null=True, blank=True,
        verbose_name=_("tabled at"),
    )  # fmt: skip
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="terms", null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = TermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("terms of reference")
        verbose_name_plural = _("terms of reference")
        constraints = [
            models.UniqueConstraint("body", "number", name="one_terms_per_body_and_version"),
            models.UniqueConstraint(
                "mechanism", "kind", "number",
                condition=Q(body=None), name="one_harmonised_terms_per_version",
            ),
            models.CheckConstraint(
                condition=Q(body__isnull=False, kind="") | (Q(body=None) & ~Q(kind="")),
                name="terms_are_of_a_body_or_a_kind",
            ),
            models.UniqueConstraint(
                "body", condition=Q(state="in_force"), name="one_terms_in_force_per_body"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        of = self.body or self.get_kind_display()
        return f"{of} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("terms-detail", args=[self.pk])

    @property
    def next_states(self) -> tuple[Terms.State, ...]:
        """The states that it can be moved to; tabling names a meeting, and notifying an act."""
        return self.NEXT_STATES.get(self.State(self.state), ())

    def deciding_bodies(self) -> BodyQuerySet:
        """The bodies whose chairs decide about it: the body above, or at the top the body itself.

        About terms for all bodies of a kind it is those above them, or they themselves at the top;
        while there is none of the kind, whatever stands at the top.
        """
        bodies = Body.objects.filter(mechanism=self.mechanism_id)
        bodies = bodies.exclude(state=Body.State.DISSOLVED)
        if self.body is not None:
            return bodies.filter(pk=self.body.parent_id or self.body.pk)
        alike = bodies.filter(kind=self.kind)
        for deciding in (bodies.filter(children__in=alike).distinct(), alike):
            if deciding.exists():
                return deciding
        return bodies.filter(parent=None)


class TermsAdoption(Originated):
    """How far one body has come with a harmonised version: adopted, and its people trained."""

    terms = models.ForeignKey(Terms, models.PROTECT, related_name="adoptions")
    body = models.ForeignKey(Body, models.PROTECT, related_name="terms_adopted")
    adopted_on = models.DateField(_("adopted on"), null=True, blank=True)
    training_held_on = models.DateField(_("training held on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("adoption of terms of reference")
        verbose_name_plural = _("adoptions of terms of reference")
        constraints = [
            models.UniqueConstraint("terms", "body", name="one_adoption_per_body_and_terms")
        ]

    def __str__(self) -> str:
        return f"{self.terms}: {self.body}"


class NotificationQuerySet(WithdrawableQuerySet["Notification"]):
    def visible_to(self, user: Visitor) -> NotificationQuerySet:
        """A notification is published by its authority: it is seen with the mechanism."""
        return self.filter(sees_mechanism(user, "mechanism"))


class Notification(Originated, Withdrawable):
    """The act of an authority that puts bodies in place; withdrawn, it no longer does."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="notifications")
    authority = models.ForeignKey(
        Organisation, models.PROTECT, related_name="notifications_issued",
        verbose_name=_("issuing authority"),
    )  # fmt: skip
    number = models.CharField(_("number"), max_length=80, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    notified_on = models.DateField(_("date"))
    bodies = models.ManyToManyField(
        Body, related_name="notifications", verbose_name=_("bodies covered")
    )
    copies_to = models.TextField(_("copies to"), blank=True, help_text=_("One on a line."))
    gazette = models.CharField(_("gazette reference"), max_length=120, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="notifications", null=True, blank=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta(Withdrawable.Meta):
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")

    def __str__(self) -> str:
        return self.number or self.subject

    def get_absolute_url(self) -> str:
        return reverse("notification-detail", args=[self.pk])
