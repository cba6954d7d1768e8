"""Where each process keeps pages that it has composed: in its own memory, compressed, bounded.

Nothing of them leaves the process: no names of people in Redis, and no page that waits for one
that hangs. Whether a page still holds is the database's to say (coordination.services.pulse).
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from coordination.models.pulse import Beat, Beats

MEGABYTE = 1024 * 1024
QUICKLY = 1


class KeptPage(NamedTuple):
    """A page as it was composed, and the beat that each table had which it tells of, before."""

    beats: dict[str, Beat | None]
    body: bytes  # compressed
    headers: dict[str, str]


class Shelf:
    """Pages by what they were composed for; those not asked for longest go first."""

    def __init__(self, *, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self.lock = threading.Lock()

    def find(self, key: Hashable, *, now: Beats) -> KeptPage | None:
        """The page, if nothing that it tells of has changed since."""
        with self.lock:
            page = self.pages.get(key)
            if page is None or any(now.get(table) != beat for table, beat in page.beats.items()):
                return None
            self.pages.move_to_end(key)
            return page

    def keep(self, key: Hashable, page: KeptPage) -> None:
        """Put the page in place of an older one, and take away what there is no room for."""
        with self.lock:
            self._take(key)
            self.pages[key] = page
            self.bytes += len(page.body)
            while self.bytes > self.most_bytes:
                self._take(next(iter(self.pages)))

    def empty(self) -> None:
        with self.lock:
            self.pages.clear()
            self.bytes = 0

    def _take(self, key: Hashable) -> None:
        page = self.pages.pop(key, None)
        self.bytes -= len(page.body) if page else 0


shelf = Shelf(most_bytes=12 * MEGABYTE)


def compressed(body: bytes) -> bytes:
    return zlib.compress(body, QUICKLY)


def expanded(body: bytes) -> bytes:
    return zlib.decompress(body)
