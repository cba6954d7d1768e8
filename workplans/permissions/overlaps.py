"""Who sees possible overlaps, and who decides on them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from coordination.models import Mechanism, Standing, User, lead_departments
from workplans.models import Overlap, RoleOverlap

from .standing import can_see_work


def can_see_overlaps(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Whoever takes part; what is only possible is not for the public (domain 1.15)."""
    return can_see_work(user, mechanism)


def can_decide_overlap(user: User | AnonymousUser, overlap: Overlap) -> bool:
    """The place's focal point, or the department that leads the sector (domain 1.15).

    Nobody who works for one of the two leads decides, nor the secretariat (R25).
    """
    standing, mechanism = Standing.of(user), overlap.first.plan.mechanism_id
    if {overlap.first.lead_id, overlap.second.lead_id} & standing.organisations:
        return False
    if standing.verifies(overlap.place, mechanism):
        return True
    sector = overlap.first.sector_id
    leading = lead_departments([sector], overlap.place).get(sector, []) if sector else []
    return bool({department.pk for department in leading} & standing.reports_for)


def can_raise_role_overlap(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Whoever takes part sees two bodies do the same first (domain 1.33: comment)."""
    return can_see_work(user, mechanism)


def can_decide_role_overlap(user: User | AnonymousUser, overlap: RoleOverlap) -> bool:
    """A focal point of the mechanism: bodies are the government's to order (domain 1.15)."""
    standing = Standing.of(user)
    places = overlap.mechanism.places.all()
    return any(standing.verifies(place, overlap.mechanism_id) for place in places)
