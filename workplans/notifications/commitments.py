"""Letters about what is promised to a plan."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import PARTNER_ROLES, Office, Role, User
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
    post(
        f"commitment-asked:{commitment.pk}:{commitment.version}",
        signatories_of(commitment, at=at),
        subject=_("To confirm: %(amount)s for %(activity)s")
        % {"amount": commitment.amount, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_asked.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def tell_signatory_again(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell who signs that the day is past on which a decision was expected; once a day named."""
    post(
        f"commitment-late:{commitment.pk}:{commitment.expected_on}",
        signatories_of(commitment, at=at),
        subject=_("Still to confirm: %(amount)s for %(activity)s")
        % {"amount": commitment.unconfirmed, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_asked.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def tell_of_commitment(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell the organisation's officers, the activity's lead and the county what is confirmed."""
    post(
        f"commitment-confirmed:{commitment.pk}:{commitment.confirmed_minor}",
        _concerned_by(commitment, at=at),
        subject=_("Confirmed: %(amount)s for %(activity)s")
        % {"amount": commitment.confirmed, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_confirmed.txt",
        context={"commitment": commitment, "activity": commitment.activity},
        at=at,
    )


def tell_of_commitment_withdrawn(commitment: Commitment, *, at: dt.datetime) -> None:
    """Tell the same people that it will not come, and why."""
    post(
        f"commitment-withdrawn:{commitment.pk}",
        _concerned_by(commitment, at=at),
        subject=_("Withdrawn: %(amount)s for %(activity)s")
        % {"amount": commitment.amount, "activity": commitment.activity},
        template=f"{EMAILS}/commitment_withdrawn.txt",
        context={"commitment": commitment, "activity": commitment.activity},
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
