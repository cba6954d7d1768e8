"""What waits on a person's desk from the bodies that the person sits on, keeps or chairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from committees.models import bodies_chaired_by, bodies_kept_by, bodies_sat_on
from coordination.models import Standing, User

from .actions import actions_to_confirm, own_actions
from .alert_desk import alerts_to_follow
from .cadence import missed_meetings
from .desk_lists import DeskList
from .escalations import answers_received, issues_to_answer, own_issues
from .meeting_desk import meetings_to_answer, meetings_to_call, meetings_to_come
from .memo_desk import comments_to_answer, memos_to_comment
from .minutes_desk import decisions_to_ratify, minutes_to_check, minutes_to_keep
from .nominations import nominations_to_confirm
from .rosters import rosters_to_confirm
from .succession import terms_ending

Asker = Callable[[User, dt.datetime], DeskList]
Concerns = Callable[[User], bool]


def leads(user: User) -> bool:
    """Whether the person keeps or chairs a body."""
    return bool(bodies_kept_by(user) or bodies_chaired_by(user))


def seats(user: User) -> bool:
    """Whether the person may have to confirm who sits on a body."""
    return leads(user) or Standing.of(user).is_administrator


def sits(user: User) -> bool:
    return bool(bodies_sat_on(user))


def works(user: User) -> bool:
    """Whether the person works for an organisation."""
    return bool(Standing.of(user).organisations)


def anyone(_user: User) -> bool:
    return True


# Each answers with the list of one kind, in the order in which a desk shows them. Only those whom
# it can concern are asked for: to compose a question takes longer than to answer it with nothing.
ASKED: tuple[tuple[Asker, Concerns], ...] = (
    (alerts_to_follow, anyone),
    (missed_meetings, leads),
    (nominations_to_confirm, seats),
    (rosters_to_confirm, leads),
    (terms_ending, anyone),
    (meetings_to_answer, sits),
    (meetings_to_call, leads),
    (own_actions, anyone),
    (actions_to_confirm, leads),
    (issues_to_answer, leads),
    (answers_received, anyone),
    (own_issues, anyone),
    (memos_to_comment, works),
    (comments_to_answer, works),
    (meetings_to_come, sits),
    (minutes_to_keep, leads),
    (decisions_to_ratify, leads),
    (minutes_to_check, sits),
)


def committee_lists(user: User, *, at: dt.datetime) -> list[DeskList]:
    """The lists of the bodies that have something on them."""
    concerned = {each for each in (leads, seats, sits, works, anyone) if each(user)}
    asked = [ask for ask, concerns in ASKED if concerns in concerned]
    return [found for ask in asked if (found := ask(user, at)).rows]
