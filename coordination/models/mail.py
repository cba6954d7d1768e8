"""Outgoing mail as rows, so that a message is sent once even when a worker dies (an outbox)."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MAX_ATTEMPTS = 5


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self, *, at: dt.datetime) -> MailQuerySet:
        """Unsent, not given up, and not in the hands of a sender at the moment."""
        free = Q(lease_until=None) | Q(lease_until__lt=at)
        return self.filter(free, sent_at=None, attempts__lt=MAX_ATTEMPTS)

    def given_up(self) -> MailQuerySet:
        """Those that no mail server took, however often it was tried."""
        return self.filter(sent_at=None, attempts__gte=MAX_ATTEMPTS)


class Mail(models.Model):
    """One message to one address; ``key`` names the occasion, so that it is told only once."""

    key = models.CharField(_("occasion"), max_length=160)
    recipient = models.EmailField(_("recipient"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"))
    created_at = models.DateTimeField(_("created at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [models.UniqueConstraint("key", "recipient", name="told_once")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
