"""Measuring side by side: ours and its floor in turns, so that a busy machine slows both."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

from config.garbage import search_seldom

MILLISECONDS = 1000
Deed = Callable[[], object]


@dataclass(frozen=True)
class Line:
    """One line of the table: a number against its limit; ``at_least`` turns the limit round.

    Without a limit it is told, and kept whatever it is.
    """

    what: str
    number: float
    limit: float | None
    ours: str
    floor: str = ""
    unit: str = ""
    spread: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        if self.limit is None:
            return True
        return self.number >= self.limit if self.at_least else self.number <= self.limit


@dataclass
class Database:
    """How often the database was asked, and how long it took to answer."""

    queries: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def watched_database() -> Iterator[Database]:
    """Every statement of the block is counted and timed."""
    seen = Database()

    def watch(execute, sql, params, many, context):
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seen.seconds += time.perf_counter() - started
            seen.queries.append(sql)

    with connection.execute_wrapper(watch):
        yield seen


def wall_seconds(deed: Deed) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def processor_seconds(deed: Deed) -> float:
    """What the deed and its processes computed, however busy the machine is."""
    started = _computed()
    deed()
    return _computed() - started


def _computed() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def database_seconds(deed: Deed) -> float:
    with watched_database() as seen:
        deed()
    return seen.seconds


def compared(
    what: str, ours: Deed, floor: Deed, *, limit: float | None, rounds: int,
    clock: Callable[[Deed], float] = wall_seconds, before: Deed = lambda: None,
) -> Line:  # fmt: skip
    """Ours ÷ floor, the median of the rounds, with the quartiles as the spread.

    What happens ``before`` each round is not timed.
    """
    for deed in (ours, floor, ours, floor):
        deed()  # what is made once is made now
    search_seldom()  # as the processes of config.gunicorn_conf do
    pairs = []
    for _round in range(rounds):
        before()
        pairs.append((clock(ours), clock(floor)))
    ratios = [one / other for one, other in pairs]
    ours_median, floor_median = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Line(
        what, statistics.median(ratios), limit, shown(ours_median), shown(floor_median), "×",
        spread_of(ratios),
    )  # fmt: skip


def spread_of(numbers: list[float]) -> str:
    """The quartiles: half of the numbers lie between them."""
    low, _median, high = statistics.quantiles(numbers, n=4)
    return f"{low:.2f}–{high:.2f}"


def limited(
    what: str, seconds: list[float], *, limit: float | None, floor: list[float] | None = None
) -> Line:
    """The median of some times, against a limit in milliseconds."""
    times = [each * MILLISECONDS for each in seconds]
    median = statistics.median(times)
    beside = shown(statistics.median(floor)) if floor else ""
    return Line(what, median, limit, f"{median:.1f} ms", beside, " ms", spread_of(times))


def shown(seconds: float) -> str:
    return f"{seconds * MILLISECONDS:.1f} ms"
