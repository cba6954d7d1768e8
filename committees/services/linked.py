"""What higher apps show on the page of an action item or an alert: the work that it concerns.

Committees do not know of work plans: whoever has something to show registers an asker.
"""

from __future__ import annotations

from collections.abc import Callable

from committees.models import ActionItem, Alert
from coordination.models import Visitor

from .desk_lists import DeskList

Asker = Callable[[Visitor, ActionItem | Alert], DeskList]

_askers: list[Asker] = []


def register_linked(asker: Asker) -> Asker:
    """Ask ``asker(user, thing)`` too for what the thing is linked to."""
    _askers.append(asker)
    return asker


def linked_to(user: Visitor, thing: ActionItem | Alert) -> list[DeskList]:
    """The lists that have something on them, as far as the user may see it."""
    return [found for ask in _askers if (found := ask(user, thing)).rows]
