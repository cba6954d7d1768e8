"""What several questions of right ask: whom somebody serves and answers for."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from coordination.models import Mechanism, Organisation, Standing, User, takes_part_in
from workplans.models.commitment import COUNTY_TYPES


def can_see_work(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Read what is not for the public: internal activities, drafts of indicators, who did what."""
    return mechanism.pk in takes_part_in(user)


def serves(user: User | AnonymousUser, mechanism: int) -> bool:
    return mechanism in Standing.of(user).secretariat_of


def answers_for(standing: Standing, organisation: Organisation, mechanism: int) -> bool:
    """Whether the person is focal point of the very place that the organisation governs."""
    return organisation.type in COUNTY_TYPES and any(
        organisation.place is not None
        and office.place_path == organisation.place.path
        and office.mechanism in {None, mechanism}
        for office in standing.focal_point_offices
    )
