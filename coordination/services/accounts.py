"""What is done to somebody else's account, so that it is on record and its owner knows."""

from __future__ import annotations

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import User
from coordination.services.events import record
from coordination.services.mail import post
from coordination.services.refusals import Refusal


class OwnSecondFactor(Refusal):
    message = _("Remove your own second factor on the page of your account.")


class NoSecondFactor(Refusal):
    message = _("There is no second factor to remove.")


@transaction.atomic
def remove_second_factor(user: User, *, by: User, at: dt.datetime | None = None) -> None:
    """Let ``user``, who has lost the device, sign in with the password and set up a new one.

    The owner is told. Raises OwnSecondFactor and NoSecondFactor.
    """
    if user == by:
        raise OwnSecondFactor
    removed, _each = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise NoSecondFactor
    now = at or timezone.now()
    event = record("coordination.second_factor_removed", user, by=by, at=now)
    post(
        f"second-factor-removed:{event.pk}",
        [user],
        subject=_("Your second step at sign-in was removed"),
        template="coordination/emails/second_factor_removed.txt",
        context={"by": by},
        at=now,
    )
