"""Alerts of shocks and stresses, followed to their end (domain 1.25)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Originated,
    Place,
    StoredFile,
    Visitor,
    takes_part_in,
    within_path,
)


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: Visitor) -> AlertQuerySet:
        """Those of the mechanisms that the user takes part in."""
        return self.filter(mechanism__in=takes_part_in(user))

    def live(self) -> AlertQuerySet:
        return self.exclude(state=Alert.State.CLOSED)

    def newest_first(self) -> AlertQuerySet:
        return self.order_by("-raised_at", "-pk")

    def about(self, place: Place) -> AlertQuerySet:
        """Those of the place, of one that contains it, or of one within it."""
        there = Q(path__in=place.path_and_above) | within_path(place.path)
        return self.filter(
            pk__in=self.model.objects.filter(places__in=Place.objects.filter(there)).values("pk")
        )


class Alert(Originated):
    """A shock or stress that a county's lead tells the donor, the backbone and the county of."""

    class Kind(models.TextChoices):
        DROUGHT = "drought", _("Drought")
        FLOOD = "flood", _("Flood")
        LOCUST = "locust", _("Locusts")
        CONFLICT = "conflict", _("Conflict")
        HUMAN_DISEASE = "human_disease", _("Human disease")
        ANIMAL_DISEASE = "animal_disease", _("Animal disease")
        PANDEMIC = "pandemic", _("Pandemic")
        MARKET = "market", _("Market shock")
        OTHER = "other", _("Other")

    class Phase(models.TextChoices):
        """The phases of Kenya's drought management authority."""

        NORMAL = "normal", _("Normal")
        ALERT = "alert", _("Alert")
        ALARM = "alarm", _("Alarm")
        EMERGENCY = "emergency", _("Emergency")
        RECOVERY = "recovery", _("Recovery")

    class State(models.TextChoices):
        REPORTED = "reported", _("Reported")
        VERIFIED = "verified", _("Verified")
        COORDINATED = "coordinated", _("Response coordinated")
        MONITORED = "monitored", _("Being monitored")
        CLOSED = "closed", _("Closed")

    NEXT_STATES = {
        State.REPORTED: (State.VERIFIED, State.CLOSED),
        State.VERIFIED: (State.COORDINATED, State.MONITORED, State.CLOSED),
        State.COORDINATED: (State.MONITORED, State.CLOSED),
        State.MONITORED: (State.COORDINATED, State.CLOSED),
        State.CLOSED: (),
    }

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="alerts")
    places = models.ManyToManyField(Place, related_name="alerts", verbose_name=_("places"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    title = models.CharField(_("what happens"), max_length=200)
    noticed_on = models.DateField(_("noticed on"))
    source = models.CharField(_("source"), max_length=160, blank=True)
    phase = models.CharField(_("phase"), max_length=9, choices=Phase.choices, blank=True)
    affected = models.PositiveIntegerField(_("people affected (estimate)"), null=True, blank=True)
    affected_note = models.CharField(_("who is affected"), max_length=200, blank=True)
    needs = models.TextField(_("needs"), blank=True)
    responding = models.CharField(_("who is responding"), max_length=200, blank=True)
    ask = models.TextField(_("what is asked for"), blank=True)
    state = models.CharField(
        _("state"), max_length=11, choices=State.choices, default=State.REPORTED
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="alerts_raised", null=True
    )
    raised_at = models.DateTimeField(_("raised at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("alert-detail", args=[self.pk])

    @property
    def next_states(self) -> tuple[Alert.State, ...]:
        return self.NEXT_STATES[self.State(self.state)]


class AlertUpdate(models.Model):
    """What was said or done about an alert, and the state that it moved to."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="updates")
    text = models.TextField(_("update"))
    state = models.CharField(_("state"), max_length=11, choices=Alert.State.choices)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="alert_updates", null=True
    )
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("update of an alert")
        verbose_name_plural = _("updates of alerts")

    def __str__(self) -> str:
        return f"{self.alert}"


class AlertFile(models.Model):
    """A picture or document that came with an alert."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="alert_files")
    caption = models.CharField(_("caption"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("file of an alert")
        verbose_name_plural = _("files of alerts")

    def __str__(self) -> str:
        return self.caption or str(self.file)
