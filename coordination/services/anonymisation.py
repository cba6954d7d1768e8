"""Taking a person's name and addresses out of the portal, and leaving what was done in office."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Event, Invitation, Mail, Office, Role, User
from coordination.services.events import record
from coordination.services.invitations import is_live, withdraw_invitation
from coordination.services.mail import post
from coordination.services.mentions import pattern_of, replace_mentions
from coordination.services.refusals import Refusal
from coordination.signals import person_anonymised

logger = logging.getLogger("portal.security")

# No letter can be sent there (RFC 2606).
NOWHERE = "anonymised.invalid"


class OwnAnonymisation(Refusal):
    message = _("Nobody anonymises his or her own account. Ask another administrator.")


class AlreadyAnonymised(Refusal):
    message = _("This account is anonymised already.")


class OfficesNotEnded(Refusal):
    """Carries the offices, so that they can be handed over first."""

    def __init__(self, offices: Collection[Office]) -> None:
        said = _("This person is in office: %(offices)s. End it and hand over what goes with it.")
        named = get_text_list([str(office) for office in offices], gettext("and"))
        super().__init__(said % {"offices": named})


@dataclass(frozen=True)
class Identity:
    """What tells who somebody is: every name and address that the portal has known."""

    names: frozenset[str]
    addresses: frozenset[str]


def identity_of(user: User) -> Identity:
    """By the account, the invitations to its addresses, and the names that it had before."""
    addresses = {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
    }
    accepted = Invitation.objects.filter(accepted_by=user)
    addresses |= set(accepted.values_list("email", flat=True))
    addresses = {address.lower() for address in addresses}
    names = {user.name, *_invitations_to(addresses).values_list("name", flat=True)}
    for event in Event.objects.about(user).filter(verb="coordination.user_changed"):
        names |= {name for name in event.changes.get("name", []) if name}
    return Identity(frozenset(names - {""}), frozenset(addresses))


def is_anonymised(user: User) -> bool:
    return user.email.endswith(f"@{NOWHERE}")


@transaction.atomic
def anonymise_person(
    user: User,
    *,
    by: User,
    reason: str,
    names: Collection[str] | None = None,
    at: dt.datetime | None = None,
) -> User:
    """Put "Former user 12" in the place of the person everywhere, and return the account.

    What was done in office stays on record under that name (R27). ``names`` are those that are
    sought in what people wrote, all known ones when None: the name of a post is nobody's. Frozen
    snapshots and files stay as they are (R19, R22). Raises OwnAnonymisation, AlreadyAnonymised and
    OfficesNotEnded.
    """
    now = at or timezone.now()
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _guard(user, by, timezone.localdate(now))
    known = identity_of(user)
    words = known.addresses | (known.names if names is None else known.names & set(names))

    name = _name_for(user)
    _end_what_is_open(user, known.addresses, by=by, at=now)
    _shut_out(user, known)
    user.name, user.email = name, f"former-user-{user.pk}@{NOWHERE}"
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save(update_fields=["name", "email", "is_active", "is_staff", "is_superuser", "password"])
    _invitations_to(known.addresses).update(name=name, email=user.email)
    replace_mentions(words, name)

    note = pattern_of(known.names | known.addresses).sub(name, reason)
    event = record("coordination.person_anonymised", user, by=by, note=note, at=now)
    _tell_administrators(event, user, by=by, at=now)
    transaction.on_commit(
        lambda: logger.info("Person %s was anonymised.", user.pk, extra={"user": by.pk})
    )
    return user


def _guard(user: User, by: User, today: dt.date) -> None:
    if user == by:
        raise OwnAnonymisation
    if is_anonymised(user):
        raise AlreadyAnonymised
    ended = Office.objects.ended(on=today).values("pk")
    lasting = Office.objects.filter(holder=user).exclude(pk__in=ended).in_full().in_order()
    if lasting:
        raise OfficesNotEnded(lasting)


def _name_for(user: User) -> str:
    """In the portal's own language, as it is kept."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Former user %(number)s") % {"number": user.pk}


def _invitations_to(addresses: Collection[str]) -> models.QuerySet[Invitation]:
    """They are kept in small letters."""
    return Invitation.objects.filter(email__in=addresses)


def _end_what_is_open(user: User, addresses: Collection[str], *, by: User, at: dt.datetime) -> None:
    """No invitation brings the person back, and whoever keeps more of him or her lets it go."""
    for invitation in _invitations_to(addresses):
        if is_live(invitation, at=at):
            withdraw_invitation(invitation, by=by, at=at)
    person_anonymised.send(User, user=user, addresses=addresses, by=by, at=at)


def _shut_out(user: User, known: Identity) -> None:
    """Remove what signs the person in, and every letter to him or her, sent or waiting."""
    own, mentioned = str(user.pk), pattern_of(known.addresses)
    for session in Session.objects.iterator():
        kept = session.get_decoded()
        if kept.get("_auth_user_id") == own or mentioned.search(repr(kept)):
            session.delete()
    for kind in (UserSession, Authenticator, SocialAccount, EmailAddress):
        kind.objects.filter(user=user).delete()
    for address in known.addresses:
        Mail.objects.filter(recipient__iexact=address).delete()


def _tell_administrators(event: Event, user: User, *, by: User, at: dt.datetime) -> None:
    """By its number: after a backup is restored, this letter says whom to anonymise again."""
    held = Office.objects.of(Role.ADMINISTRATOR).held(on=timezone.localdate(at))
    others = User.objects.filter(pk__in=held.values("holder")).exclude(pk=by.pk)
    post(
        f"person-anonymised:{event.pk}",
        others,
        subject=_("An account was anonymised: %(name)s") % {"name": user.name},
        template="coordination/emails/person_anonymised.txt",
        context={"name": user.name, "number": user.pk, "by": by, "event": event},
        at=at,
    )
