"""What waits on a person's desk from the making of plans: signatures that are owed, and gates."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from committees.services.desk_lists import MOST, DeskList, DeskRow
from coordination.models import Role, Standing, User, within_offices
from workplans.models import GatePass, JointWorkPlan, Phase, PlanVersion, Signature

Side = Signature.Side


def signatures_owed(user: User) -> DeskList:
    """Versions of plans that wait for a signature which the person can give."""
    standing = Standing.of(user)
    signing = {office.organisation for office in standing.holding(Role.PARTNER_SIGNATORY)}
    government = within_offices(
        standing.focal_point_offices, "version__plan__place", "version__plan__mechanism"
    )
    mine = Q(side=Side.PARTNER, organisation__in=signing - {None})
    mine |= Q(side=Side.DONOR, organisation__in=standing.donors) | (
        Q(side=Side.COUNTY) & government
    )
    owed = Signature.objects.filter(mine, signed_on=None, version__in=PlanVersion.objects.open())
    rows = owed.select_related("organisation", "version__plan__mechanism").defer(
        "version__snapshot"
    )
    shown = [
        DeskRow(
            title=str(signature.version.plan),
            url=reverse("plan-signing", args=_address(signature.version.plan)),
            note=_("Version %(number)s, for %(who)s")
            % {"number": signature.version.number, "who": signature.organisation},
            status="to_be_signed",
        )
        for signature in rows.order_by("version__frozen_at", "pk")[:MOST]
    ]
    return DeskList("signatures-owed", _("To sign"), shown)


def gates_to_decide(user: User) -> DeskList:
    """Phases whose gate is asked for and which the person's side has not let pass."""
    standing = Standing.of(user)
    passed = GatePass.objects.filter(
        gate__phase=OuterRef("pk"), gate__passed_at=None, gate__sent_back_at=None
    )
    government = within_offices(standing.focal_point_offices, "plan__place", "plan__mechanism")
    serving = Q(plan__mechanism__in=standing.secretariat_of)
    waiting = (government & ~Exists(passed.filter(side=GatePass.Side.FOCAL_POINT))) | (
        serving & ~Exists(passed.filter(side=GatePass.Side.SECRETARIAT))
    )
    rows = Phase.objects.filter(waiting, state=Phase.State.GATE_REQUESTED)
    shown = [
        DeskRow(
            title=f"{phase.plan}: {phase}",
            url=phase.get_absolute_url(),
            status=phase.state,
            label=str(phase.get_state_display()),
        )
        for phase in rows.select_related("plan__mechanism").order_by("pk")[:MOST]
    ]
    return DeskList("gates-to-decide", _("Gates to decide on"), shown)


def process_lists(user: User) -> list[DeskList]:
    """The lists that have something on them."""
    standing = Standing.of(user)
    signs = standing.holding(Role.PARTNER_SIGNATORY, Role.COUNTY_FOCAL_POINT, Role.DONOR_OFFICER)
    decides = standing.holding(Role.SECRETARIAT, Role.COUNTY_FOCAL_POINT)
    asked = [
        *([signatures_owed(user)] if signs else []),
        *([gates_to_decide(user)] if decides else []),
    ]
    return [found for found in asked if found.rows]


def _address(plan: JointWorkPlan) -> list[str]:
    return [plan.mechanism.slug, plan.slug]
