"""Who records bottlenecks, risks, audits, and what was learnt; who assesses principles."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from coordination.models import Mechanism, Organisation, Standing, User
from workplans.models import Bottleneck, JointWorkPlan, Risk, ValueForMoneyAudit

from .activities import organisations_led_by


def organisations_raising(
    user: User | AnonymousUser, plan: JointWorkPlan
) -> models.QuerySet[Organisation]:
    """Those for which the user says what holds the plan up: own ones, and the backbone."""
    led = organisations_led_by(user, plan)
    if plan.mechanism_id not in Standing.of(user).secretariat_of:
        return led
    backbone = plan.served_by
    return led | Organisation.objects.filter(pk=backbone.pk) if backbone else led


def can_raise_bottleneck(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    return organisations_raising(user, plan).exists()


def can_edit_bottleneck(user: User | AnonymousUser, bottleneck: Bottleneck) -> bool:
    """Who raised it follows it up; the secretariat chases it."""
    standing = Standing.of(user)
    is_secretariat = bottleneck.plan.mechanism_id in standing.secretariat_of
    return is_secretariat or bottleneck.raised_by_id in standing.reports_for


def can_name_any_carrier(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """The secretariat and the place's officials write down what the parties agreed."""
    standing = Standing.of(user)
    is_secretariat = plan.mechanism_id in standing.secretariat_of
    return is_secretariat or standing.verifies(plan.place, plan.mechanism_id)


def can_record_risk(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """They for anyone, a partner's officer for the own organisation."""
    return can_name_any_carrier(user, plan) or organisations_led_by(user, plan).exists()


def can_keep_risk(user: User | AnonymousUser, risk: Risk) -> bool:
    """Review it, close it, say that it occurred: who carries it, and who keeps the register."""
    is_carrier = risk.owner_id in Standing.of(user).reports_for
    return is_carrier or can_name_any_carrier(user, risk.plan)


def can_record_audit(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat records what an auditor found; the auditor is a post, and never its own."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_follow_up_audit(user: User | AnonymousUser, audit: ValueForMoneyAudit) -> bool:
    """Say what was done about it: who is to follow it up, and the secretariat."""
    standing = Standing.of(user)
    is_owner = audit.owner_id is not None and audit.owner_id in standing.reports_for
    return is_owner or audit.mechanism_id in standing.secretariat_of


def can_reflect(user: User | AnonymousUser, plan: JointWorkPlan) -> bool:
    """Write the words of a review: the place's officials for their sectors, and the secretariat."""
    standing = Standing.of(user)
    is_secretariat = plan.mechanism_id in standing.secretariat_of
    return is_secretariat or standing.verifies(plan.place, plan.mechanism_id)


def can_open_assessment(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat opens a year's self-assessment; it sees no organisation's scores (R25)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def organisations_assessing(
    user: User | AnonymousUser, mechanism: Mechanism
) -> models.QuerySet[Organisation]:
    """Those for which the user answers: by its officers, a government by its focal point.

    And the backbone by the mechanism's secretariat.
    """
    standing = Standing.of(user)
    answered = Q(pk__in=standing.reports_for)
    if mechanism.pk in standing.secretariat_of:
        answered |= Q(backbone_of=mechanism)
    for office in standing.focal_point_offices:
        if office.mechanism in {None, mechanism.pk}:
            county = Organisation.Type.COUNTY_GOVERNMENT
            answered |= Q(type=county, place__path=office.place_path)
    return Organisation.objects.filter(answered).distinct()
