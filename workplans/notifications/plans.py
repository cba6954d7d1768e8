"""Letters about a joint work plan as a whole: its states, phases, signatures and departments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import COUNTY_ROLES, PARTNER_ROLES, Membership, Office, Role, User
from coordination.services.mail import post
from workplans.models import JointWorkPlan, Nudge, Phase, PlanVersion, Signature

from .audience import EMAILS, holders


def tell_of_new_plan(plan: JointWorkPlan, *, at: dt.datetime) -> None:
    """Tell the officials of the place and the members, who enter what they will do."""
    held = Office.objects.held(on=timezone.localdate(at))
    members = Membership.objects.current(on=plan.mechanism.today(at))
    members = members.filter(mechanism=plan.mechanism)
    partners = held.of(*PARTNER_ROLES).filter(organisation__in=members.values("organisation"))
    post(
        f"plan-created:{plan.pk}",
        holders(partners | held.of(*COUNTY_ROLES).at(plan.place).counting_in(plan.mechanism)),
        subject=_("A plan is begun: %(plan)s") % {"plan": plan},
        template=f"{EMAILS}/plan_created.txt",
        context={"plan": plan},
        at=at,
    )


def tell_of_plan_state(plan: JointWorkPlan, note: str, *, at: dt.datetime) -> None:
    """Tell those whose activities stand in the plan, and the officials of its place."""
    held = Office.objects.held(on=timezone.localdate(at))
    leads = held.of(*PARTNER_ROLES).filter(organisation__in=plan.activities.values("lead"))
    post(
        f"plan-state:{plan.pk}:{plan.state}:{at.isoformat()}",
        holders(leads | held.of(*COUNTY_ROLES).at(plan.place).counting_in(plan.mechanism)),
        subject=_("%(state)s: %(plan)s") % {"state": plan.get_state_display(), "plan": plan},
        template=f"{EMAILS}/plan_state.txt",
        context={"plan": plan, "note": note},
        at=at,
    )


def tell_of_published_plan(plan: JointWorkPlan, *, at: dt.datetime) -> None:
    """Tell those whose activities stand in the plan that everyone can read it now."""
    held = Office.objects.held(on=timezone.localdate(at)).of(*PARTNER_ROLES)
    post(
        f"plan-published:{plan.pk}",
        holders(held.filter(organisation__in=plan.activities.values("lead"))),
        subject=_("Public now: %(plan)s") % {"plan": plan},
        template=f"{EMAILS}/plan_published.txt",
        context={"plan": plan},
        at=at,
    )


def tell_signatories(version: PlanVersion, *, at: dt.datetime) -> None:
    """Tell those who can sign in the portal that a version waits for them."""
    plan = version.plan
    held = Office.objects.held(on=timezone.localdate(at))
    owed = {
        side: version.signatures.filter(side=side).values("organisation")
        for side in Signature.Side.values
    }
    officials = held.of(Role.COUNTY_FOCAL_POINT).at(plan.place).counting_in(plan.mechanism)
    partners = held.of(Role.PARTNER_SIGNATORY).filter(organisation__in=owed[Signature.Side.PARTNER])
    donors = held.of(Role.DONOR_OFFICER).filter(organisation__in=owed[Signature.Side.DONOR])
    post(
        f"version-frozen:{version.pk}",
        holders(officials | partners | donors),
        subject=_("To be signed: %(plan)s") % {"plan": plan},
        template=f"{EMAILS}/version_frozen.txt",
        context={"version": version, "plan": plan},
        at=at,
    )


GATES = {
    "gate_requested": _("Gate requested: %(phase)s"),
    "gate_passed": _("Passed: %(phase)s"),
    "gate_sent_back": _("Sent back: %(phase)s"),
}


def tell_of_gate(phase: Phase, deed: str, lines: Iterable[str], *, at: dt.datetime) -> None:
    """Tell the focal points of the place and the secretariat, who decide on a phase together."""
    plan = phase.plan
    held = Office.objects.held(on=timezone.localdate(at))
    officials = held.of(Role.COUNTY_FOCAL_POINT).at(plan.place).counting_in(plan.mechanism)
    clerks = held.of(Role.SECRETARIAT).filter(mechanism=plan.mechanism)
    post(
        f"{deed}:{phase.pk}:{at.isoformat()}",
        holders(officials | clerks),
        subject=GATES[deed] % {"phase": phase},
        template=f"{EMAILS}/gate.txt",
        context={"phase": phase, "plan": plan, "deed": deed, "lines": list(lines)},
        at=at,
    )


def tell_department(
    nudge: Nudge, official: User, things: Iterable[str], *, at: dt.datetime
) -> None:
    """Tell one official what waits for the department, as far as that official sees it (P9)."""
    post(
        f"department-nudged:{nudge.pk}",
        [official],
        subject=_("%(champion)s asks %(department)s: %(plan)s")
        % {"champion": nudge.seat, "department": nudge.department, "plan": nudge.plan},
        template=f"{EMAILS}/department_nudged.txt",
        context={"nudge": nudge, "plan": nudge.plan, "things": list(things)},
        at=at,
    )
