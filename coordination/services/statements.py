"""The lists that documents give of a mechanism, in the order in which they are read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from coordination.models import Mechanism, Statement

Kind = Statement.Kind

# Shown in a way of their own: a vision leads, a next step has its owner, a milestone its date.
APART = (Kind.VISION, Kind.NEXT_STEP, Kind.MILESTONE)
# Whose numbers mean something.
RANKED = (Kind.PRINCIPLE, Kind.DEPTH)


@dataclass(frozen=True)
class StatementList:
    title: str
    is_ranked: bool
    statements: list[Statement]


@dataclass(frozen=True)
class Statements:
    """What is said of one mechanism; a list of which nothing is said is left out."""

    vision: list[Statement]
    lists: list[StatementList]
    next_steps: list[Statement]
    # The earliest first.
    milestones: list[Statement]


def statements_of(mechanism: Mechanism) -> Statements:
    """Everything said of the mechanism, in one query."""
    said: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in mechanism.statements.order_by("number"):
        said[statement.kind].append(statement)
    return Statements(
        vision=said[Kind.VISION],
        lists=[
            StatementList(str(kind.label), kind in RANKED, said[kind])
            for kind in Kind
            if said[kind] and kind not in APART
        ],
        next_steps=said[Kind.NEXT_STEP],
        milestones=sorted(said[Kind.MILESTONE], key=lambda each: (each.falls_on, each.number)),
    )
