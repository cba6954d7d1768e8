"""The lists that documents give of a mechanism, in the order in which they are read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Statement

Kind = Statement.Kind

# A heading, and the lists that stand under it.
ORDER: tuple[tuple[str, str | Promise, tuple[Statement.Kind, ...]], ...] = (
    ("manner", _("How it works"), (
        Kind.PRINCIPLE, Kind.MANDATE, Kind.BACKBONE, Kind.DUTY, Kind.PARTNERSHIP, Kind.DEPTH,
        Kind.TOOL,
    )),
    ("scope", _("Who and how far"), (Kind.REACH, Kind.POST)),
    ("learned", _("What has been discussed and learned"), (
        Kind.BENEFIT, Kind.ACHIEVEMENT, Kind.FINDING, Kind.BOTTLENECK, Kind.COMPARISON,
        Kind.WORKSHOP, Kind.DISCUSSION,
    )),
    ("ahead", _("What is ahead"), (Kind.SUCCESS, Kind.RECOMMENDATION, Kind.LEARNING)),
)  # fmt: skip
# A table each, for they have columns of their own.
APART = (Kind.NEXT_STEP, Kind.MILESTONE)
# Whose numbers mean something.
RANKED = (Kind.PRINCIPLE, Kind.DEPTH)


@dataclass(frozen=True)
class StatementList:
    title: str
    is_ranked: bool
    statements: list[Statement]


@dataclass(frozen=True)
class StatementGroup:
    key: str
    title: str | Promise
    lists: list[StatementList]


@dataclass(frozen=True)
class Statements:
    """What is said of one mechanism: only lists, and groups of them, that hold something."""

    groups: list[StatementGroup]
    next_steps: list[Statement]
    # The earliest first.
    milestones: list[Statement]


def statements_of(mechanism: Mechanism) -> Statements:
    """Everything said of the mechanism, in one query."""
    said: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in mechanism.statements.order_by("kind", "number"):
        said[statement.kind].append(statement)
    groups = [
        StatementGroup(key, title, _lists(said, kinds))
        for key, title, kinds in ORDER
        if any(said[kind] for kind in kinds)
    ]
    return Statements(
        groups=groups,
        next_steps=said[Kind.NEXT_STEP],
        milestones=sorted(said[Kind.MILESTONE], key=lambda each: (each.falls_on, each.number)),
    )


def _lists(
    said: dict[str, list[Statement]], kinds: tuple[Statement.Kind, ...]
) -> list[StatementList]:
    return [
        StatementList(str(kind.label), kind in RANKED, said[kind]) for kind in kinds if said[kind]
    ]
