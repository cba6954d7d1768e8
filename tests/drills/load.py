"""Many visitors at once for a while, and what they saw of the portal."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.drills.visitor import Answer


@dataclass
class Load:
    """How often each status came, how long each answer took, and how long all of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    duration: float = 0.0
    unanswered: int = 0  # within the minute that a visitor waits

    def note(self, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        self.seconds.append(answer.seconds)

    @property
    def broken(self) -> int:
        return self.unanswered + sum(
            self.statuses[status] for status in self.statuses if status >= 500
        )

    @property
    def a_second(self) -> float:
        return len(self.seconds) / self.duration

    def percentile(self, number: int) -> float:
        """The seconds within which so many of a hundred answers came."""
        return statistics.quantiles(self.seconds, n=100)[number - 1]


def under_load(clients: Sequence[Callable[[Load], None]], *, seconds: float) -> Load:
    """Let each client do its round again and again; it notes its answers in the load."""
    load, started = Load(), time.monotonic()
    failures: list[Exception] = []

    def go_on(client: Callable[[Load], None]) -> None:
        try:
            while time.monotonic() < started + seconds:
                try:
                    client(load)
                except TimeoutError:
                    load.unanswered += 1
        except Exception as failure:  # noqa: BLE001 - raised below, in the drill's own thread
            failures.append(failure)

    going = [threading.Thread(target=go_on, args=[client]) for client in clients]
    for each in going:
        each.start()
    for each in going:
        each.join()
    load.duration = time.monotonic() - started
    if failures:
        raise failures[0]
    return load
