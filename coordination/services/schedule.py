"""What must happen by the clock: a registry that the scheduler's loop works through.

A function registers itself in its app's `tasks.py`, is called without arguments, and calls one
service. It may be called twice at once (two hosts, two schedulers) and must do its work once: it
claims by a conditional update. It needs no broker, so that what a broker lost can be sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class ScheduledJob:
    """A function and how often it is called."""

    name: str
    every: timedelta
    run: Callable[[], None]


_jobs: dict[str, ScheduledJob] = {}


def scheduled(*, every: timedelta) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the decorated function to be called `every` so often; return it unchanged."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        _jobs[name] = ScheduledJob(name, every, function)
        return function

    return register


def scheduled_jobs() -> list[ScheduledJob]:
    """Return every registered job, by name."""
    return [_jobs[name] for name in sorted(_jobs)]
