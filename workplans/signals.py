"""What higher apps may listen to: a change in what counts, told inside the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.dispatch import Signal

if TYPE_CHECKING:
    from .models import Result


@dataclass(frozen=True)
class StateChange:
    """One result's step; ``before`` or ``after`` is None when it did not or does not exist."""

    result: Result
    before: str | None
    after: str | None


# Sent with ``changes: list[StateChange]`` after the rows were written and while their streams are
# locked, so that a receiver's totals change in the same transaction (R3).
results_changed = Signal()
