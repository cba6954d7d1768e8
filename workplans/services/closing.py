"""Whether a period is closed for progress updates: asked here, answered by higher apps."""

from __future__ import annotations

from collections.abc import Callable

from coordination.models import Period
from workplans.models import Activity

Closer = Callable[[Activity, Period], bool]

_closers: list[Closer] = []


def register_closer(closer: Closer) -> Closer:
    """Ask ``closer(activity, period)`` too, for instance whether a report on both is published."""
    if closer not in _closers:
        _closers.append(closer)
    return closer


def is_closed(activity: Activity, period: Period) -> bool:
    """Whether what the activity says about the period is already in a published report (R22)."""
    return any(closer(activity, period) for closer in _closers)
