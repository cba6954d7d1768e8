"""Letters about what is promised to a plan."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import PARTNER_ROLES, Money, Office, Role, User
from coordination.services.mail import post
from workplans.models import Commitment
from workplans.models.commitment import COUNTY_TYPES

from .audience import EMAILS, holders


def signatories_of(commitment: Commitment, *, at: dt.datetime) -> list[User]:
    """Those who may confirm it today; nobody of the mechanism's secretariat (R25)."""
    organisation, mechanism = commitment.organisation, commitment.activity.plan.mechanism
    held = Office.objects.held(on=timezone.localdate(at))
    signing = held.of(Role.PARTNER_SIGNATORY).filter(organisation=organisation)
    if organisation.type in COUNTY_TYPES and organisation.place_id:
        answering = held.of(Role.COUNTY_FOCAL_POINT).filter(place=organisation.place_id)
        signing |= answering.counting_in(mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=mechanism)
    return holders(signing.exclude(holder__in=clerks.values("holder")))


def tell_signatory(commitment: Commitment, *, at: dt.datetime) -> None:
    """Ask who signs for the organisation to confirm it, in whole or in part."""
    _tell(
        signatories_of(commitment, at=at),
        commitment,
        f"commitment-asked:{commitment.pk}:{commitment.version}",
        _("To confirm: %(amount)s for %(activity)s"),
        template="commitment_asked",
        amount=commitment.unconfirmed,
        at=at,
    )


def tell_signatory_again(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell who signs that the day is past on which a decision was expected; once a day named."""
    _tell(
        signatories_of(commitment, at=at),
        commitment,
        f"commitment-late:{commitment.pk}:{commitment.expected_on}",
        _("Still to confirm: %(amount)s for %(activity)s"),
        template="commitment_asked",
        amount=commitment.unconfirmed,
        is_late=True,
        at=at,
    )


def tell_of_commitment(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell the organisation's officers, the activity's lead and the county what is confirmed."""
    _tell(
        _concerned_by(commitment, at=at),
        commitment,
        f"commitment-confirmed:{commitment.pk}:{commitment.confirmed_minor}",
        _("Confirmed: %(amount)s for %(activity)s"),
        template="commitment_confirmed",
        amount=commitment.confirmed,
        at=at,
    )


def tell_of_commitment_withdrawn(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell the same people that it will not come, and why."""
    _tell(
        _concerned_by(commitment, at=at),
        commitment,
        f"commitment-withdrawn:{commitment.pk}",
        _("Withdrawn: %(amount)s for %(activity)s"),
        template="commitment_withdrawn",
        amount=commitment.amount,
        at=at,
    )


def _tell(
    people: list[User],
    commitment: Commitment,
    key: str,
    subject: Promise,
    *,
    template: str,
    amount: Money,
    at: dt.datetime,
    is_late: bool = False,
) -> None:
    """One letter about a commitment; ``subject`` may use the amount and the activity."""
    activity = commitment.activity
    post(
        key,
        people,
        subject=subject % {"amount": amount, "activity": activity},
        template=f"{EMAILS}/{template}.txt",
        context={"commitment": commitment, "activity": activity, "is_late": is_late},
        at=at,
    )


def _concerned_by(commitment: Commitment, *, at: dt.datetime) -> list[User]:
    activity = commitment.activity
    held = Office.objects.held(on=timezone.localdate(at))
    reporting = held.of(*PARTNER_ROLES)
    reporting = reporting.filter(organisation__in=[commitment.organisation_id, activity.lead_id])
    above = {path for place in activity.places.all() for path in place.path_and_above}
    officials = held.of(Role.COUNTY_FOCAL_POINT).filter(place__path__in=above)
    return holders(reporting | officials.counting_in(activity.plan.mechanism))
