"""Invitations: the only way in. They carry the office that accepting one gives."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .mechanism import Mechanism
from .office import Role
from .organisation import Organisation
from .place import Place


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def live(self, *, at: dt.datetime) -> InvitationQuerySet:
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)

    def in_full(self) -> InvitationQuerySet:
        """With everything that a row shows."""
        return self.select_related("organisation", "place", "mechanism", "invited_by")

    def with_token(self, token: str) -> InvitationQuerySet:
        return self.filter(token_hash=hash_token(token))


class Invitation(models.Model):
    """Only the hash of the token is kept: who reads the database cannot accept an invitation."""

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=150)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="invitations", null=True, blank=True
    )
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="invitations", null=True, blank=True
    )
    mechanism = models.ForeignKey(
        Mechanism, models.PROTECT, related_name="invitations", null=True, blank=True
    )
    office_starts_on = models.DateField(_("first day in office"))
    office_ends_on = models.DateField(_("last day in office"), null=True, blank=True)
    instrument = models.CharField(
        _("instrument"), max_length=200, blank=True, help_text=_("Letter, minute or e-mail.")
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="invitations_sent",
        null=True,
        blank=True,
        help_text=_("Empty for the portal itself, which invites its first administrator."),
    )
    created_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="invitations_accepted",
        null=True,
        blank=True,
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_someone",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_role_display()}"


def hash_token(token: str) -> str:
    """The SHA-256 of an invitation's token, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
