"""Where each process keeps pages that it has composed: in its own memory, compressed, bounded.

Nothing of them leaves the process: no names of people in Redis, and no page that waits for one
that hangs. Whether a page still holds is the database's to say (coordination.services.pulse).
"""

from __future__ import annotations

import pickle
import threading
import zlib
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from coordination.models.pulse import Beat, Beats

from .readings import Question, unheeded

MEGABYTE = 1024 * 1024
QUICKLY = 1


class KeptPage(NamedTuple):
    """A page as it was composed, and what it hangs on.

    The names are those of tables, or of their parts, each with the beat that it had before.
    """

    beats: dict[str, Beat | None]
    unrepeatable: frozenset[str]  # names in questions that cannot be asked again
    questions: bytes  # packed
    body: bytes  # compressed
    headers: dict[str, str]

    @property
    def size(self) -> int:
        return len(self.body) + len(self.questions)

    def confirmed(self, now: Beats) -> KeptPage | None:
        """The page as of ``now``, if it would be composed alike; else None.

        It would, where nothing that it hangs on has changed, or else where all questions about
        that are answered as they were.
        """
        moved = {name for name, beat in self.beats.items() if now.get(name) != beat}
        if not moved:
            return self
        if not moved.isdisjoint(self.unrepeatable):
            return None
        questions = (each for each in unpacked(self.questions) if not moved.isdisjoint(each.names))
        with unheeded():
            if not all(question.is_answered_alike() for question in questions):
                return None
        return self._replace(beats={name: now.get(name) for name in self.beats})


class Shelf:
    """Pages by what they were composed for; those not asked for longest go first."""

    def __init__(self, *, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self.lock = threading.Lock()

    def find(self, key: Hashable) -> KeptPage | None:
        """The page that was kept last, whether it still holds or not."""
        with self.lock:
            page = self.pages.get(key)
            if page is not None:
                self.pages.move_to_end(key)
            return page

    def keep(self, key: Hashable, page: KeptPage) -> None:
        """Put the page in place of an older one, and take away what there is no room for."""
        with self.lock:
            self._take(key)
            self.pages[key] = page
            self.bytes += page.size
            while self.bytes > self.most_bytes:
                self._take(next(iter(self.pages)))

    def empty(self) -> None:
        with self.lock:
            self.pages.clear()
            self.bytes = 0

    def _take(self, key: Hashable) -> None:
        page = self.pages.pop(key, None)
        self.bytes -= page.size if page else 0


shelf = Shelf(most_bytes=12 * MEGABYTE)


def compressed(body: bytes) -> bytes:
    return zlib.compress(body, QUICKLY)


def expanded(body: bytes) -> bytes:
    return zlib.decompress(body)


def packed(questions: Iterable[Question]) -> bytes:
    """The questions as they are kept: their statements are long, and much alike."""
    return compressed(pickle.dumps(list(questions)))


def unpacked(questions: bytes) -> list[Question]:
    """What was ``packed`` by this process."""
    found: list[Question] = pickle.loads(expanded(questions))  # noqa: S301 - of this process's own memory
    return found
