"""Which values wait for somebody's verdict: told shortly, for there may be thousands."""

from __future__ import annotations

from typing import NamedTuple

from coordination.models import Visitor
from workplans.models import Result


class Waiting(NamedTuple):
    """A value that waits: its keys, and what it is put in order by."""

    result: int
    organisation: int
    period: int
    path: str  # of its place
    position: int  # of its indicator


def waiting_for(user: Visitor) -> list[Waiting]:
    """Every value that the user may verify, in one query."""
    rows = Result.objects.awaiting_verification_by(user).values_list(
        *("pk", "stream__organisation", "period"),
        *("stream__place__path", "stream__version__indicator__position"),
    )
    return [Waiting(*row) for row in rows]
