"""The event record: who did what to which thing, when, from what to what (R27)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, thing: models.Model) -> EventQuerySet:
        """What was done to ``thing``, the newest first."""
        kind = ContentType.objects.get_for_model(thing)
        return self.filter(subject_type=kind, subject_id=thing.pk).order_by("-at", "-pk")

    def about_any(self, *selections: models.QuerySet[Any]) -> EventQuerySet:
        """What was done to any of the things selected, with who and to which, the newest first.

        The things come as they were selected, in one query a kind.
        """
        condition = models.Q(pk__in=[])
        for things in selections:
            kind = ContentType.objects.get_for_model(things.model)
            keys = things.order_by().values("pk")
            condition |= models.Q(subject_type=kind, subject_id__in=keys)
        found = self.filter(condition).select_related("by").order_by("-at", "-pk")
        return found.prefetch_related(GenericPrefetch("subject", list(selections)))


class Event(models.Model):
    """Append-only: no code changes or deletes an event. ``by`` is empty for the portal itself.

    But for the name of a person who is anonymised: another one takes its place in it.
    """

    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="events",
        null=True,
        verbose_name=_("by"),
    )
    verb = models.CharField(
        _("verb"), max_length=60, help_text=_("Such as workplans.result_verified.")
    )
    subject_type = models.ForeignKey(ContentType, models.PROTECT)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    changes = models.JSONField(_("changes"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    note = models.TextField(_("note"), blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="event_by_subject")
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%Y-%m-%d %H:%M}"
