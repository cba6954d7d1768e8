"""Who may do what in `workplans`. Rights derive from offices alone (R26)."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from coordination.models import Mechanism, Membership, Organisation, Standing, User

from .models import Activity, Indicator, JointWorkPlan

# --- Plans and activities ---


def can_see_work(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """Read what is not for the public: internal activities, drafts of indicators, who did what."""
    return Mechanism.objects.taking_part(user).filter(pk=mechanism.pk).exists()


def can_publish_plan(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat makes a plan public; what is in it is the lead organisations' (R25)."""
    return plan.mechanism_id in Standing.of(user).secretariat_of


def can_create_activity(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    return organisations_led_by(user, plan).exists()


def organisations_led_by(
    user: User | AnonymousUser, plan: JointWorkPlan
) -> models.QuerySet[Organisation]:
    """Organisations of the plan's mechanism for which the user may write activities."""
    standing = Standing.of(user)
    members = Membership.objects.current(on=standing.on).filter(mechanism=plan.mechanism_id)
    return Organisation.objects.filter(
        Q(pk__in=members.values("organisation")) | Q(pk=plan.lead_department_id),
        pk__in=standing.reports_for,
    )


def can_edit_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    """Each organisation writes its own activities; nobody writes another's (domain 1.33)."""
    return activity.lead_id in Standing.of(user).reports_for


def can_update_activity(user: User | AnonymousUser, activity: Activity) -> bool:
    return activity.lead_id in Standing.of(user).reports_for


# --- Indicators ---


def can_create_indicator(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    return mechanism.pk in Standing.of(user).secretariat_of


def can_edit_indicator(user: User | AnonymousUser, indicator: Indicator) -> bool:
    """The secretariat keeps reference sheets, baselines and targets (R25)."""
    return indicator.mechanism_id in Standing.of(user).secretariat_of
