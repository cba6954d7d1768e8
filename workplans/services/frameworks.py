"""Results frameworks: their steps to force, and who answers for each result (domain 1.16)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Organisation, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import IntendedResult, ResultsFramework

from .refusals import ReasonMissing

State = ResultsFramework.State

# What each step is called in the record.
STEPS = {
    State.REVIEWED: "workplans.framework_reviewed",
    State.ENDORSED: "workplans.framework_endorsed",
    State.IN_FORCE: "workplans.framework_put_in_force",
    State.REVISED: "workplans.framework_replaced",
}


class FrameworkReplaced(Refusal):
    message = _("A later version of this framework is in force. This one stays as it is.")


class FrameworkMovedOn(Refusal):
    """Says where the framework is."""

    def __init__(self, framework: ResultsFramework) -> None:
        said = _("The framework has moved on meanwhile. It is now: %(state)s.")
        super().__init__(said % {"state": framework.get_state_display()})


@transaction.atomic
def advance_framework(
    framework: ResultsFramework,
    *,
    by: User,
    to: str,
    note: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> ResultsFramework:
    """Record that the framework has come to its next state, as its parties decided; return it.

    ``note`` says who. The version that comes into force replaces the one that was. Raises
    FrameworkMovedOn unless ``to`` comes next, DoneMeanwhile after what was ``seen``, or
    ReasonMissing.
    """
    now, note = at or timezone.now(), note.strip()
    # One version of a framework is in force: two that come into force take turns.
    Mechanism.objects.select_for_update(no_key=True).get(pk=framework.mechanism_id)
    framework = _lock(framework)
    if framework.next_state is None or framework.next_state != to:
        raise FrameworkMovedOn(framework)
    guard_seen(framework, seen=seen)
    if not note:
        raise ReasonMissing
    if to == State.IN_FORCE:
        earlier = ResultsFramework.objects.filter(
            mechanism=framework.mechanism_id, name=framework.name, state=State.IN_FORCE
        )
        for other in earlier.select_for_update(no_key=True):
            _move(other, State.REVISED, by=by, note=str(framework), at=now)
    _move(framework, State(to), by=by, note=note, at=now)
    return framework


@transaction.atomic
def edit_intended_result(
    result: IntendedResult,
    *,
    by: User,
    owner: Organisation | None,
    assumptions: str,
    risks: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> IntendedResult:
    """Say who answers for the intended result, on what it rests and what endangers it; return it.

    Raises FrameworkReplaced, or DoneMeanwhile after what was ``seen``.
    """
    _lock(result.framework)
    rows = IntendedResult.objects.select_related("framework", "owner")
    result = rows.select_for_update(of=("self",), no_key=True).get(pk=result.pk)
    if result.framework.state == State.REVISED:
        raise FrameworkReplaced
    before = _in_words(result)
    result.owner = owner
    result.assumptions, result.risks = assumptions.strip(), risks.strip()
    changes = changes_between(before, _in_words(result))
    if changes:
        guard_seen(result, seen=seen)
        result.full_clean()
        result.save(update_fields=["owner", "assumptions", "risks"])
        record("workplans.intended_result_edited", result, by=by, changes=changes, at=at)
    return result


def _lock(framework: ResultsFramework) -> ResultsFramework:
    rows = ResultsFramework.objects.select_related("mechanism")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=framework.pk)


def _move(framework: ResultsFramework, to: State, *, by: User, note: str, at: dt.datetime) -> None:
    before = str(framework.get_state_display())
    framework.state = to
    framework.full_clean()
    framework.save(update_fields=["state"])
    changes = {"state": [before, str(framework.get_state_display())]}
    record(STEPS[to], framework, by=by, changes=changes, note=note, at=at)


def _in_words(result: IntendedResult) -> dict[str, str]:
    return {
        "owner": str(result.owner or ""),
        "assumptions": result.assumptions,
        "risks": result.risks,
    }
