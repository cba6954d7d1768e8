"""Who is told: offices and holders, as they stand on the day."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from coordination.models import PARTNER_ROLES, Mechanism, Office, Organisation, Place, Role, User
from coordination.models.office import OfficeQuerySet

EMAILS = "workplans/emails"


def reporters_of(organisation: Organisation, *, at: dt.datetime) -> list[User]:
    """Those who fill in the organisation's reports."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    return holders(held.filter(organisation=organisation))


def verifiers_in(place: Place, mechanism: Mechanism, *, at: dt.datetime) -> list[User]:
    """Those who verify what is reported in the place to the mechanism."""
    held = Office.objects.held(on=timezone.localdate(at)).of(Role.COUNTY_FOCAL_POINT)
    return holders(held.at(place).counting_in(mechanism))


def holders(offices: OfficeQuerySet) -> list[User]:
    return list(User.objects.filter(offices__in=offices).distinct().order_by("pk"))


def officials_of(department: Organisation, mechanism: Mechanism, *, at: dt.datetime) -> list[User]:
    """Who works for the department in an office that counts in the mechanism.

    Of a department without any, those of the government that it is part of.
    """
    day = timezone.localdate(at)
    held = Office.objects.giving_rights_in(mechanism, on=day).held(on=day)
    own = holders(held.filter(organisation=department))
    if own or department.parent_id is None:
        return own
    return holders(held.filter(organisation=department.parent_id))
