"""What a person may do with commitments, rates and the travel policy."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from coordination.models import Mechanism, Membership, Organisation, Role, Standing, User, serves_in
from workplans.models import Activity, Commitment, JointWorkPlan
from workplans.models.commitment import COUNTY_TYPES

from .standing import answers_for


def can_see_commitments(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Whose money it is; the public, and a donor of other awards, reads totals (domain 1.33)."""
    return mechanism.pk in serves_in(user)


def organisations_paying(
    user: User | AnonymousUser, activity: Activity
) -> models.QuerySet[Organisation]:
    """Organisations for which the user may enter what they put into the activity."""
    standing = Standing.of(user)
    members = Membership.objects.current(on=standing.on).filter(mechanism=activity.plan.mechanism)
    concerned = (
        Q(pk__in=members.values("organisation"))
        | Q(pk=activity.plan.lead_department_id)
        | Q(pk=activity.lead_id)
        | Q(pk__in=activity.partners.values("organisation"))
    )
    own = Q(pk__in=standing.reports_for) & concerned
    place = activity.plan.place
    for office in standing.focal_point_offices:
        path = office.place_path or ""
        is_near = path in place.path_and_above or place.has_at(path)
        if is_near and office.mechanism in {None, activity.plan.mechanism_id}:
            own |= Q(place__path=path, type__in=COUNTY_TYPES)
    return Organisation.objects.filter(own)


def can_enter_commitment(user: User | AnonymousUser, activity: Activity) -> bool:
    return organisations_paying(user, activity).exists()


def can_edit_commitment(user: User | AnonymousUser, commitment: Commitment) -> bool:
    """Its organisation's data officer or signatory; of a county's, the focal point."""
    organisation = commitment.organisation
    standing = Standing.of(user)
    return organisation.pk in standing.reports_for or answers_for(
        standing, organisation, commitment.activity.plan.mechanism_id
    )


def can_confirm_commitment(user: User | AnonymousUser, commitment: Commitment) -> bool:
    """Only the organisation's authorised signatory, or who answers for the county's money (R14).

    Whoever is of the mechanism's secretariat never does, whatever else the person holds (R25).
    """
    standing, mechanism = Standing.of(user), commitment.activity.plan.mechanism_id
    if mechanism in standing.secretariat_of:
        return False
    organisation = commitment.organisation
    signs_for = {office.organisation for office in standing.holding(Role.PARTNER_SIGNATORY)}
    return organisation.pk in signs_for or answers_for(standing, organisation, mechanism)


def can_set_rates(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat keeps the rates: they are facts with a source, and approve nothing (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_begin_travel_policy(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat records what county and partners agreed on (R25)."""
    return mechanism.pk in Standing.of(user).secretariat_of
