"""Who may do what in `coordination`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from coordination.models import (
    Award,
    Invitation,
    Mechanism,
    Office,
    Organisation,
    Role,
    Standing,
    StoredFile,
    User,
    takes_part_in,
)

# Whoever asks: rights of someone who has not signed in are asked for as well.
Visitor = User | AnonymousUser
Reader = Callable[[Visitor, StoredFile], bool]
Giver = Callable[[Visitor, Mechanism], bool]

_readers: list[Reader] = []
_givers: dict[str, Giver] = {}


def require(allowed: bool) -> None:  # noqa: FBT001  # reads as a sentence: require(can_…)
    """Pass when ``allowed``; otherwise raise PermissionDenied, which answers 403."""
    if not allowed:
        raise PermissionDenied


def can_administer(user: Visitor) -> bool:
    return Standing.of(user).is_administrator


def can_manage_people(user: Visitor, mechanism: Mechanism) -> bool:
    """Invite people into offices of the mechanism and end them: its secretariat, administrators."""
    standing = Standing.of(user)
    return standing.is_administrator or mechanism.pk in standing.secretariat_of


def can_move_mechanism(user: Visitor, mechanism: Mechanism) -> bool:
    """Its secretariat records what its chair decided; an administrator never does (domain 1.1)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_hand_over_backbone(user: Visitor, mechanism: Mechanism) -> bool:
    """Its secretariat records that another organisation takes over, as its chair decided."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_keep_members(user: Visitor, mechanism: Mechanism) -> bool:
    """Its secretariat enters who joined and who left."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_see_support(user: Visitor, mechanism: Mechanism) -> bool:
    """What the backbone did for whom is for whoever takes part."""
    return mechanism.pk in takes_part_in(user)


def can_log_support(user: Visitor, mechanism: Mechanism) -> bool:
    """The backbone's own people, its secretariat, write down what it did (P7)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_see_people(user: Visitor, mechanism: Mechanism) -> bool:
    """Names and addresses of office holders are for who takes part as well (domain 1.33)."""
    if can_administer(user):
        return True
    return mechanism.pk in takes_part_in(user)


def can_see_organisation_record(user: Visitor, organisation: Organisation) -> bool:
    """Who did what to it, for who takes part in a mechanism together with it (R24)."""
    shared = Mechanism.objects.on_record_for(user)
    return Organisation.objects.taking_part_in(shared).filter(pk=organisation.pk).exists()


def can_see_award_record(user: Visitor, award: Award) -> bool:
    """Who did what to it, for who takes part in a mechanism that it funds (R24)."""
    return Mechanism.objects.on_record_for(user).filter(awards=award).exists()


def can_give_role(user: Visitor, role: str, mechanism: Mechanism | None) -> bool:
    """Only an administrator makes an administrator; some roles are given by rules of their own."""
    if role == Role.ADMINISTRATOR or mechanism is None:
        return can_administer(user)
    if role in _givers:
        return _givers[role](user, mechanism)
    return can_manage_people(user, mechanism)


def register_giver(role: str, giver: Giver) -> None:
    """Ask ``giver(user, mechanism)`` who may give the role, instead of the people's managers."""
    _givers[role] = giver


def can_see_office(user: Visitor, office: Office) -> bool:
    """One's own offices, and those that name a mechanism that one takes part in."""
    if office.holder_id == user.pk:
        return True
    if office.mechanism is None:
        return can_administer(user)
    return can_see_people(user, office.mechanism)


def can_end_office(user: Visitor, office: Office) -> bool:
    """The secretariat ends offices that name its mechanism; the others are the administrators'."""
    return ends_offices(user)(office)


def ends_offices(user: Visitor) -> Callable[[Office], bool]:
    """``can_end_office`` for many offices, asking once what the user holds."""
    standing = Standing.of(user)

    def may_end(office: Office) -> bool:
        of_mechanism = office.role != Role.ADMINISTRATOR and office.mechanism_id is not None
        return standing.is_administrator or (
            of_mechanism and office.mechanism_id in standing.secretariat_of
        )

    return may_end


def can_withdraw_invitation(user: Visitor, invitation: Invitation) -> bool:
    """Whoever may invite into an office may withdraw such an invitation."""
    return can_give_role(user, invitation.role, invitation.mechanism)


def can_anonymise_person(user: Visitor) -> bool:
    """Whoever administers: it touches all mechanisms."""
    return can_administer(user)


def can_see_events(user: Visitor) -> bool:
    """The whole record, over all mechanisms; a thing's own timeline stands on its page."""
    return can_administer(user)


def register_reader(reader: Reader) -> Reader:
    """Ask ``reader(user, file)`` too who may open a file; every app knows its own attachments."""
    _readers.append(reader)
    return reader


def can_open_file(user: Visitor, file: StoredFile) -> bool:
    """Whether some thing that the file is attached to is open to the user."""
    return any(reader(user, file) for reader in _readers)
