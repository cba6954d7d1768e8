"""The gate of a phase: asked for, passed by focal point and secretariat each, or sent back.

Neither side passes it alone (R25), and nobody passes it without a word to what is missing (P23).
"""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Gate, GatePass, JointWorkPlan, Phase, Step
from workplans.notifications.plans import tell_of_gate

from .phase_work import required_of
from .phases import guard_past, lock_phase
from .refusals import ReasonMissing

State = Phase.State
AFTER_SIGNING = (Step.IMPLEMENT, Step.REVIEW)
Side = GatePass.Side


class PhaseIsBlocked(Refusal):
    """Names what the phase waits for."""


class GateNotOpen(Refusal):
    message = gettext_lazy("Nobody has asked for this gate, or it is decided meanwhile.")


class PhaseNotUnderWay(Refusal):
    """Says how the phase stands."""

    def __init__(self, phase: Phase) -> None:
        said = _("The gate is asked for while a phase is under way. This one is now: %(state)s.")
        super().__init__(said % {"state": phase.get_state_display()})


class SideHasPassed(Refusal):
    """Says which side has passed it already."""

    def __init__(self, passed: GatePass) -> None:
        said = _("This gate is passed already by: %(side)s.")
        super().__init__(said % {"side": passed.get_side_display()})


class OnePersonTwoSides(Refusal):
    message = gettext_lazy("You have passed this gate for the other side: somebody else decides.")


class AcknowledgementMissing(Refusal):
    message = gettext_lazy("Somebody or something is missing: say in a sentence why it may pass.")


class MissingChanged(Refusal):
    message = gettext_lazy(
        "What is missing has changed since you opened this page. Look at it again; then decide."
    )


@transaction.atomic
def request_gate(
    phase: Phase,
    *,
    by: User,
    ended_on: dt.date,
    note: str = "",
    at: dt.datetime | None = None,
) -> Gate:
    """Ask both sides to let the phase pass. Raises PhaseNotUnderWay, PhaseIsBlocked, DayToCome."""
    now = at or timezone.now()
    phase = lock_phase(phase)
    if not phase.is_open:
        raise PhaseNotUnderWay(phase)
    _guard_blocked(phase)
    guard_past(phase, ended_on, now)
    gate = Gate(phase=phase, requested_by=by, requested_at=now, ended_on=ended_on, note=note)
    gate.full_clean()
    gate.save()
    _move(phase, State.GATE_REQUESTED)
    record("workplans.gate_requested", phase, by=by, note=note, at=now)
    tell_of_gate(phase, "gate_requested", missing_at_gate(phase), at=now)
    return gate


@transaction.atomic
def pass_gate(
    phase: Phase,
    *,
    by: User,
    side: str,
    acknowledgement: str = "",
    seen_missing: str | None = None,
    at: dt.datetime | None = None,
) -> Gate:
    """One side lets the phase pass; with the second it is passed.

    Raises GateNotOpen, SideHasPassed, OnePersonTwoSides, PhaseIsBlocked, AcknowledgementMissing, or
    MissingChanged when what is missing is not what ``seen_missing`` is the digest of.
    """
    now, acknowledgement = at or timezone.now(), acknowledgement.strip()
    phase = lock_phase(phase)
    gate = open_gate(phase)
    for passed in gate.passes.all():
        if passed.side == side:
            raise SideHasPassed(passed)
        if passed.passed_by_id == by.pk:
            raise OnePersonTwoSides
    _guard_blocked(phase)
    lines = missing_at_gate(phase)
    if seen_missing is not None and seen_missing != digest_of(lines):
        raise MissingChanged
    missing = "\n".join(lines)
    if missing and not acknowledgement:
        raise AcknowledgementMissing
    passed = GatePass(
        gate=gate, side=side, missing=missing, acknowledgement=acknowledgement, passed_by=by,
        passed_at=now,
    )  # fmt: skip
    passed.full_clean()
    passed.save()
    changes = {"side": [None, str(passed.get_side_display())]}
    record(
        "workplans.gate_passed_by_side", phase, by=by, changes=changes, note=acknowledgement, at=now
    )
    if gate.passes.count() == len(Side):
        _finish(phase, gate, now)
    return gate


@transaction.atomic
def send_back_gate(phase: Phase, *, by: User, reason: str, at: dt.datetime | None = None) -> Gate:
    """Either side sends the phase back to work. Raises GateNotOpen or ReasonMissing."""
    now, reason = at or timezone.now(), reason.strip()
    phase = lock_phase(phase)
    gate = open_gate(phase)
    if not reason:
        raise ReasonMissing
    gate.sent_back_by, gate.sent_back_at, gate.reason = by, now, reason
    gate.full_clean()
    gate.save(update_fields=["sent_back_by", "sent_back_at", "reason"])
    _move(phase, State.SENT_BACK)
    record("workplans.gate_sent_back", phase, by=by, note=reason, at=now)
    tell_of_gate(phase, "gate_sent_back", [reason], at=now)
    return gate


def missing_at_gate(phase: Phase) -> list[str]:
    """Who of the required was missing at the sessions, and what is not done; never hidden."""
    people = [str(each) for each in required_of(phase) if each.is_missing]
    undone = phase.items.filter(done_on=None).order_by("kind", "position", "pk")
    return people + [_("Not done: %(point)s") % {"point": item} for item in undone]


def gates_before_signing(plan: JointWorkPlan) -> list[Phase]:
    """Phases of the plan that come before its signature and are not passed, in their order.

    Nothing forbids to sign meanwhile (domain 1.10, 1.11); who signs is told. The phase in which it
    is signed stands here while it has not begun: its own gate asks for the signature.
    """
    found = []
    for phase in plan.phases.in_order():
        is_signing = phase.step == Step.SIGN
        if phase.step in AFTER_SIGNING or (is_signing and phase.state != State.NOT_STARTED):
            break
        if phase.state != State.PASSED:
            phase.plan = plan
            found.append(phase)
        if is_signing:
            break
    return found


def digest_of(missing: list[str]) -> str:
    """What a page carries of the lines that it showed."""
    return hashlib.sha256("\n".join(missing).encode()).hexdigest()


def open_gate(phase: Phase) -> Gate:
    """The request that waits. Raises GateNotOpen."""
    gate = phase.gates.filter(passed_at=None, sent_back_at=None).first()
    if gate is None:
        raise GateNotOpen
    return gate


def _guard_blocked(phase: Phase) -> None:
    blocked = phase.items.filter(blocked_by__isnull=False).select_related("blocked_by")
    if item := blocked.order_by("position", "pk").first():
        said = _("“%(point)s” waits for %(who)s: %(note)s")
        words = {"point": item, "who": item.blocked_by, "note": item.blocked_note}
        raise PhaseIsBlocked(said % words)


def _finish(phase: Phase, gate: Gate, now: dt.datetime) -> None:
    gate.passed_at = now
    gate.save(update_fields=["passed_at"])
    days = phase.days
    phase.ended_on = gate.ended_on
    phase.sequence += days != phase.days
    _move(phase, State.PASSED, "ended_on", "sequence")
    record("workplans.phase_passed", phase, by=None, at=now)
    tell_of_gate(phase, "gate_passed", [], at=now)


def _move(phase: Phase, to: str, *columns: str) -> None:
    phase.state = to
    phase.full_clean()
    phase.save(update_fields=["state", *columns])
