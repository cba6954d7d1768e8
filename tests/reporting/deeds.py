"""Results in any state, told to the totals as the services of `workplans` tell them."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from tests.factories.workplans import ResultFactory
from workplans.models import Result, ResultCell, ResultDecision
from workplans.signals import StateChange, results_changed

VERIFIED = Result.State.VERIFIED
SUBMITTED = Result.State.SUBMITTED


def report(stream, period, numerator, denominator=None, *, state=VERIFIED, **more) -> Result:
    """A value that a stream reports, by default verified at once; ``cells`` by category."""
    cells = more.pop("cells", {})
    with transaction.atomic():
        result = ResultFactory(
            stream=stream,
            period=period,
            numerator=None if numerator is None else Decimal(numerator),
            denominator=None if denominator is None else Decimal(denominator),
            state=state,
            **more,
        )
        for category, value in cells.items():
            numerator, denominator = value if isinstance(value, tuple) else (value, None)
            ResultCell.objects.create(
                result=result, category=category, numerator=numerator, denominator=denominator
            )
        results_changed.send(Result, changes=[StateChange(result, None, state)])
    return result


def move(results: list[Result], state: str) -> None:
    """Bring the results to a state, all in one deed."""
    with transaction.atomic():
        changes = []
        for result in results:
            changes.append(StateChange(result, result.state, state))
            result.state = state
            result.save(update_fields=["state"])
        results_changed.send(Result, changes=changes)


def restate(result, value, *, by, at):
    """A correction of the result, verified at the moment."""
    correction = report(
        result.stream, result.period, value, state=SUBMITTED, revision=result.revision + 1,
        restates=result, restatement_reason="A group was counted twice.", entered_by=by,
    )  # fmt: skip
    move([result], Result.State.RESTATED)
    move([correction], VERIFIED)
    ResultDecision.objects.create(
        result=correction, kind=ResultDecision.Kind.VERIFIED, by=by, at=at
    )
    return correction
