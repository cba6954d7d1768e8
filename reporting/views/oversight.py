"""What waits for an administrator: people on their way in or out, and what nobody looks after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from coordination.models import Invitation, Mail, Office, User
from coordination.models.invitation import InvitationQuerySet
from coordination.models.mail import MailQuerySet
from coordination.models.office import OfficeQuerySet
from coordination.permissions import can_administer
from workplans.models import Obligation
from workplans.models.stream import ObligationQuerySet

ENDING_WITHIN = dt.timedelta(days=60)
MOST = 12


@dataclass(frozen=True)
class Oversight:
    """What only an administrator can put right; each list is the most urgent part of its whole."""

    without_reporter: ObligationQuerySet
    ending: OfficeQuerySet
    invitations: InvitationQuerySet
    undelivered: MailQuerySet

    @property
    def waits(self) -> bool:
        """Whether something here has to be done, not only watched."""
        return bool(self.without_reporter or self.undelivered)


def oversight_of(user: User, *, at: dt.datetime) -> Oversight | None:
    """What an administrator oversees, in four queries; None for everyone else."""
    if not can_administer(user):
        return None
    today = timezone.localdate(at)
    owed = Obligation.objects.missing().without_reporter(on=today)
    ending = Office.objects.ending(on=today, until=today + ENDING_WITHIN)
    return Oversight(
        owed.in_full().order_by("due_on", "organisation__short_name")[:MOST],
        ending.in_full().order_by("ends_on", "pk")[:MOST],
        Invitation.objects.live(at=at).in_full().order_by("expires_at", "pk")[:MOST],
        Mail.objects.given_up().order_by("-created_at", "-pk")[:MOST],
    )
