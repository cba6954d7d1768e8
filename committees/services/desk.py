"""What waits on a person's desk from the bodies that he or she sits on, keeps or chairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from coordination.models import User

# Of each list the most urgent part; the page that it leads to has the rest.
MOST = 12


@dataclass(frozen=True)
class DeskRow:
    """One thing that waits: what it is, where its deed is done, what to know, how it stands."""

    title: str
    url: str
    note: str = ""
    status: str = ""
    label: str = ""


@dataclass(frozen=True)
class DeskList:
    """Things of one kind under one heading; ``is_due`` when something has to be done."""

    key: str
    heading: str
    rows: list[DeskRow]
    is_due: bool = True


Asker = Callable[[User, dt.datetime], DeskList]

# Each answers with the list of one kind, in the order in which a desk shows them.
ASKED: tuple[Asker, ...] = ()


def committee_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The lists of the bodies that have something on them."""
    return [found for ask in ASKED if (found := ask(user, at)).rows]
