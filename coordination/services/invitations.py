"""Invitations: the only way in. Accepting one gives the office that it carries."""

from __future__ import annotations

import datetime as dt
import secrets

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from coordination.models import Invitation, Mail, Mechanism, Office, Role, User, hash_token
from coordination.permissions import can_give_role
from coordination.services.events import record
from coordination.services.mail import SECRET_MARK, post, register_secret
from coordination.services.offices import (
    Appointment,
    OfficeAlreadyHeld,
    OwnOffice,
    give_office,
    is_held_already,
)
from coordination.services.refusals import Refusal
from coordination.signals import invitation_accepted

LIVES_FOR = dt.timedelta(days=14)
SESSION_KEY = "invitation"


class AlreadyInvited(Refusal):
    message = _("This person has an open invitation to this office.")


class InvitationUsed(Refusal):
    message = _("This invitation has been accepted already.")


class InvitationWithdrawn(Refusal):
    message = _("This invitation has been withdrawn.")


class InvitationExpired(Refusal):
    message = _("This invitation has expired. Ask whoever sent it for a new one.")


class InvitationLapsed(Refusal):
    message = _("Whoever sent this invitation may no longer give this office. Ask for a new one.")


class InvitationForAnother(Refusal):
    message = _("This invitation is for another e-mail address.")


@transaction.atomic
def invite_person(
    name: str,
    email: str,
    appointment: Appointment,
    *,
    by: User | None,
    at: dt.datetime | None = None,
) -> Invitation:
    """Invite whoever reads ``email`` into an office, by a letter with a secret link.

    The link holds 256 bits, of which only a hash is kept; it works once, for 14 days. ``by`` is
    None for the portal itself. Raises OwnOffice, OfficeAlreadyHeld and AlreadyInvited.
    """
    now = at or timezone.now()
    email = email.lower()
    _take_turns(appointment.mechanism, by)
    _guard_invitation(email, appointment, by, now)
    invitation = Invitation(
        name=name,
        email=email,
        role=appointment.role,
        organisation=appointment.organisation,
        place=appointment.place,
        mechanism=appointment.mechanism,
        office_starts_on=appointment.starts_on,
        office_ends_on=appointment.ends_on,
        instrument=appointment.instrument,
        invited_by=by,
        created_at=now,
        expires_at=now + LIVES_FOR,
        token_hash=hash_token(secrets.token_hex()),  # until its number is known, nobody's
    )
    invitation.full_clean()
    invitation.save()
    invitation.token_hash = hash_token(token_of(invitation))
    invitation.save(update_fields=["token_hash"])
    record("coordination.invitation_sent", invitation, by=by, at=now)
    post(
        f"invitation:{invitation.pk}",
        [email],
        subject=_("You are invited to Baraza as %(post)s") % {"post": appointment.post},
        template="coordination/emails/invitation.txt",
        context={"invitation": invitation, "post": appointment.post, "token": SECRET_MARK},
        at=now,
    )
    return invitation


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User, at: dt.datetime | None = None) -> Office:
    """Give ``by`` the office that ``invitation`` carries, and return it.

    Raises a Refusal when the invitation is over, or for someone else, or the office is held.
    """
    now = at or timezone.now()
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    guard_live(invitation, at=now)
    if by.email.lower() != invitation.email.lower():
        raise InvitationForAnother
    office = give_office(by, appointment_of(invitation), by=invitation.invited_by, at=now)
    invitation.accepted_at, invitation.accepted_by = now, by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record("coordination.invitation_accepted", invitation, by=by, at=now)
    invitation_accepted.send(Invitation, invitation=invitation, office=office, at=now)
    if invitation.invited_by:
        post(
            f"invitation-accepted:{invitation.pk}",
            [invitation.invited_by],
            subject=_("%(name)s is in office: %(office)s") % {"name": by, "office": office},
            template="coordination/emails/invitation_accepted.txt",
            context={"invitation": invitation, "office": office},
            at=now,
        )
    return office


@transaction.atomic
def withdraw_invitation(
    invitation: Invitation, *, by: User, at: dt.datetime | None = None
) -> Invitation:
    """Make the link of ``invitation`` worthless. Raises InvitationUsed and InvitationWithdrawn."""
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.withdrawn_at:
        raise InvitationWithdrawn
    invitation.withdrawn_at = at or timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record("coordination.invitation_withdrawn", invitation, by=by, at=at)
    return invitation


def guard_live(invitation: Invitation, *, at: dt.datetime | None = None) -> None:
    """Pass when ``invitation`` can still be accepted; otherwise raise the Refusal that says why.

    An invitation also lapses when whoever sent it may no longer give that office (R26).
    """
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.withdrawn_at:
        raise InvitationWithdrawn
    if invitation.expires_at <= (at or timezone.now()):
        raise InvitationExpired
    sender = invitation.invited_by
    if sender and not can_give_role(sender, invitation.role, invitation.mechanism):
        raise InvitationLapsed


def is_live(invitation: Invitation, *, at: dt.datetime | None = None) -> bool:
    """Whether ``invitation`` can still be accepted."""
    try:
        guard_live(invitation, at=at)
    except Refusal:
        return False
    return True


def hold_invitation(session: SessionBase, invitation: Invitation) -> None:
    """Remember on whose invitation this visitor came, until it is accepted or over."""
    session[SESSION_KEY] = invitation.pk


def held_invitation(session: SessionBase) -> Invitation | None:
    """The live invitation on which this visitor came, or None."""
    key = session.get(SESSION_KEY)
    if key is None:
        return None
    invitation = Invitation.objects.in_full().filter(pk=key).first()
    return invitation if invitation and is_live(invitation) else None


def appointment_of(invitation: Invitation) -> Appointment:
    """The appointment that ``invitation`` carries."""
    return Appointment(
        role=invitation.role,
        starts_on=invitation.office_starts_on,
        ends_on=invitation.office_ends_on,
        organisation=invitation.organisation,
        place=invitation.place,
        mechanism=invitation.mechanism,
        instrument=invitation.instrument,
    )


def token_of(invitation: Invitation) -> str:
    """The secret of the link, in 64 hexadecimal digits.

    It is derived from the portal's key, so that a letter can be written when it is sent and the
    secret stands nowhere: not in the invitation's row, and not in the letter's.
    """
    value = f"{invitation.pk} {invitation.created_at.isoformat()}"
    return salted_hmac("coordination.invitation", value, algorithm="sha256").hexdigest()


def _take_turns(mechanism: Mechanism | None, by: User | None) -> None:
    """One invitation at a time, in the mechanism or by the person: a double click is one."""
    if mechanism:
        Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    elif by:
        User.objects.select_for_update(no_key=True).get(pk=by.pk)


def _guard_invitation(
    email: str, appointment: Appointment, by: User | None, at: dt.datetime
) -> None:
    if by and by.email.lower() == email:
        raise OwnOffice
    known = User.objects.filter(email=email).first()
    if known and is_held_already(known, appointment):
        raise OfficeAlreadyHeld
    if appointment.role == Role.COMMITTEE_MEMBER:  # one a seat, which guards its own
        return
    same = Invitation.objects.live(at=at).filter(
        email=email,
        role=appointment.role,
        organisation=appointment.organisation,
        place=appointment.place,
        mechanism=appointment.mechanism,
    )
    if any(is_live(other, at=at) for other in same.select_related("mechanism", "invited_by")):
        raise AlreadyInvited


def _reveal_token(mail: Mail) -> str:
    return token_of(Invitation.objects.get(pk=mail.key.partition(":")[2]))


register_secret("invitation", _reveal_token)
