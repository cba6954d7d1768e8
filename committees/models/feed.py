"""Calendar feeds: a secret address that opens one person's meetings, or one body's (R20)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .body import Body


class Feed(models.Model):
    """A secret address; only its hash is kept. Rights are its ``user``'s at each fetch (R26)."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    fetched_at = models.DateTimeField(_("last fetched at"), null=True, blank=True)

    class Meta:
        abstract = True


class CalendarFeed(Feed):
    """One person's meetings, or one body's, as far as the person may see them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds"
    )
    # Empty: all meetings to which the person is asked.
    body = models.ForeignKey(
        Body, models.CASCADE, related_name="calendar_feeds", null=True, blank=True
    )

    class Meta(Feed.Meta):
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.body or self.user)
