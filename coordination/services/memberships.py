"""Who belongs to a mechanism: joining it and leaving it (domain 1.4)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Membership, Organisation, Place, Side, User
from coordination.services.events import record
from coordination.services.refusals import Refusal


class AlreadyMember(Refusal):
    message = _("This organisation is a member already.")


class JoinsWhileMember(Refusal):
    message = _("This organisation was still a member on that day.")


class ExemptionReasonMissing(Refusal):
    message = _("Say why it does not report for these places.")


class MembershipAlreadyEnded(Refusal):
    message = _("This membership has already ended.")


class LeavesBeforeJoining(Refusal):
    message = _("This is before the day on which the organisation joined.")


@dataclass(frozen=True)
class SideBalance:
    """How many members of a mechanism are on one side, and who they are."""

    side: Side
    organisations: tuple[Organisation, ...]


def balance_of(memberships: Iterable[Membership]) -> list[SideBalance]:
    """The members by side, in the order of the sides; a side without any is named too (P39).

    Ask it of memberships loaded with their organisations. Without a member there is no balance.
    """
    found: defaultdict[Side, list[Organisation]] = defaultdict(list)
    for membership in memberships:
        found[membership.organisation.side].append(membership.organisation)
    if not found:
        return []
    return [
        SideBalance(side, tuple(found[side])) for side in Side if found[side] or side != Side.OTHER
    ]


@transaction.atomic
def admit_member(
    mechanism: Mechanism,
    organisation: Organisation,
    *,
    by: User,
    joined_on: dt.date | None,
    is_founding: bool = False,
    role: str = "",
    exempt_places: Iterable[Place] = (),
    exemption_reason: str = "",
    at: dt.datetime | None = None,
) -> Membership:
    """Record that the organisation belongs to the mechanism, and return the membership.

    ``joined_on`` is None where the day is not known. What it owes from then on follows from its
    streams (R5). Raises AlreadyMember, JoinsWhileMember or ExemptionReasonMissing.
    """
    exempt_places = list(exempt_places)
    Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    known = mechanism.memberships.filter(organisation=organisation)
    if known.filter(left_on=None).exists():
        raise AlreadyMember
    if joined_on and known.filter(left_on__gte=joined_on).exists():
        raise JoinsWhileMember
    if exempt_places and not exemption_reason.strip():
        raise ExemptionReasonMissing
    membership = Membership(
        mechanism=mechanism,
        organisation=organisation,
        joined_on=joined_on,
        is_founding=is_founding,
        role=role.strip(),
        exemption_reason=exemption_reason.strip(),
    )
    membership.full_clean()
    membership.save()
    membership.exempt_places.set(exempt_places)
    changes: dict[str, list[Any]] = {"organisation": ["", str(organisation)]}
    if joined_on:
        changes["joined_on"] = [None, joined_on]
    if exempt_places:
        changes["exempt_places"] = [[], sorted(str(place) for place in exempt_places)]
    note = membership.exemption_reason
    record("coordination.member_admitted", membership, by=by, changes=changes, note=note, at=at)
    return membership


@transaction.atomic
def end_membership(
    membership: Membership,
    *,
    by: User,
    last_day: dt.date,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Membership:
    """End the membership with ``last_day``, and return it as it stands now.

    The rights that its officers have by it end with that day (R26); what the organisation reported
    stays. Raises MembershipAlreadyEnded and LeavesBeforeJoining.
    """
    membership = Membership.objects.select_for_update(of=("self",)).in_full().get(pk=membership.pk)
    if membership.left_on is not None:
        raise MembershipAlreadyEnded
    if membership.joined_on and last_day < membership.joined_on:
        raise LeavesBeforeJoining
    membership.left_on = last_day
    membership.full_clean()
    membership.save(update_fields=["left_on"])
    changes = {"left_on": [None, last_day]}
    note = reason.strip()
    record("coordination.membership_ended", membership, by=by, changes=changes, note=note, at=at)
    return membership
