"""What waits on a person's desk from the bodies that he or she sits on, keeps or chairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from coordination.models import User

from .desk_lists import DeskList

Asker = Callable[[User, dt.datetime], DeskList]

# Each answers with the list of one kind, in the order in which a desk shows them.
ASKED: tuple[Asker, ...] = ()


def committee_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The lists of the bodies that have something on them."""
    return [found for ask in ASKED if (found := ask(user, at)).rows]
