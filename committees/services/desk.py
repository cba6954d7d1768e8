"""What waits on a person's desk from the bodies that he or she sits on, keeps or chairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from coordination.models import User

from .actions import actions_to_confirm, own_actions
from .cadence import missed_meetings
from .desk_lists import DeskList
from .escalations import answers_received, issues_to_answer, own_issues
from .meeting_desk import meetings_to_answer, meetings_to_call, meetings_to_come
from .minutes_desk import decisions_to_ratify, minutes_to_check, minutes_to_keep
from .nominations import nominations_to_confirm
from .rosters import rosters_to_confirm
from .succession import terms_ending

Asker = Callable[[User, dt.datetime], DeskList]

# Each answers with the list of one kind, in the order in which a desk shows them.
ASKED: tuple[Asker, ...] = (
    missed_meetings,
    nominations_to_confirm,
    rosters_to_confirm,
    terms_ending,
    meetings_to_answer,
    meetings_to_call,
    own_actions,
    actions_to_confirm,
    issues_to_answer,
    answers_received,
    own_issues,
    meetings_to_come,
    minutes_to_keep,
    decisions_to_ratify,
    minutes_to_check,
)


def committee_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The lists of the bodies that have something on them."""
    return [found for ask in ASKED if (found := ask(user, at)).rows]
