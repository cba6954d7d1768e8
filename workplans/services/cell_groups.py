"""The columns of a joint work plan in groups, from which a person chooses; and those to read only.

A column that another deed makes is shown beside what is typed, and changes where that deed is done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from coordination.models import User, lead_departments
from workplans.models import Activity, ActivityTie, Commitment, JointWorkPlan

from .cells import HEADS
from .output_cells import OUTPUTS


class Group(NamedTuple):
    label: Any
    names: tuple[str, ...]


# In the order in which a joint work plan is read (domain 5.1).
GROUPS = {
    "what": Group(_("What"), ("activity_type", "sector", "joint_priority", "target_group")),
    "who": Group(_("Who"), ("lead", "responsible_post", "partners")),
    "where": Group(_("Where and when"), ("places", "starts_on", "ends_on")),
    "outputs": Group(_("Outputs and targets"), OUTPUTS),
    "county": Group(
        _("The county’s plans"), ("departments", "cidp_line", "adp_line", "intended_result")
    ),
    "money": Group(_("Money"), ("budget_minor", "currency", "commitments")),
    "risks": Group(_("Links and risks"), ("ties", "assumptions")),
    "standing": Group(_("How it stands"), ("status", "status_reason", "is_public")),
}
AT_FIRST = ("what", "where", "money")

READ_HEADS = {
    "departments": _("Lead department"),
    "commitments": _("Commitments"),
    "ties": _("Tied to"),
    "status": _("Status"),
    "status_reason": _("Reason of the status"),
}
COLUMN_HEADS: dict[str, Any] = HEADS | READ_HEADS

# What stands in a column, by the key of the activity.
Texts = dict[int, str]


def columns_of_groups(chosen: Iterable[str]) -> list[str]:
    """The title, and the columns of the groups in their order; those shown at first for none."""
    wanted = set(chosen) & GROUPS.keys() or set(AT_FIRST)
    return ["title", *(name for key in GROUPS if key in wanted for name in GROUPS[key].names)]


def texts_to_read(
    plan: JointWorkPlan, activities: Sequence[Activity], names: Iterable[str], *, reader: User
) -> dict[str, Texts]:
    """What the reader finds in those of the columns that no cell changes; fixed queries."""
    return {name: READERS[name](plan, activities, reader) for name in names if name in READ_HEADS}


def _departments(plan: JointWorkPlan, activities: Sequence[Activity], _reader: User) -> Texts:
    used = {activity.sector_id for activity in activities if activity.sector_id}
    found = lead_departments(used, plan.place)
    names = {key: " / ".join(map(str, departments)) for key, departments in found.items()}
    return {activity.pk: names.get(activity.sector_id or 0, "") for activity in activities}


def _commitments(plan: JointWorkPlan, _activities: Sequence[Activity], reader: User) -> Texts:
    rows = Commitment.objects.visible_to(reader).of_plan(plan)
    rows = rows.exclude(state=Commitment.State.WITHDRAWN).select_related("organisation")
    return _joined(
        (row.activity_id, f"{row.organisation}: {row.amount} ({row.get_state_display()})")
        for row in rows.order_by("pk")
    )


def _ties(plan: JointWorkPlan, _activities: Sequence[Activity], reader: User) -> Texts:
    """Seen from each of the two: in a sequence what comes before it, or after it."""
    rows = ActivityTie.objects.visible_to(reader).of_plan(plan)
    words = {True: _("after %(code)s"), False: _("before %(code)s")}
    said: list[tuple[int, str]] = []
    for tie in rows.select_related("first", "second").order_by("kind", "pk"):
        for activity, other in ((tie.first, tie.second), (tie.second, tie.first)):
            if tie.kind == ActivityTie.Kind.SEQUENCING:
                shown = words[activity == tie.second] % {"code": other.code}
            else:
                shown = f"{tie.get_kind_display()}: {other.code}"
            said.append((activity.pk, shown))
    return _joined(said)


def _joined(pairs: Iterable[tuple[int, str]]) -> Texts:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for key, words in pairs:
        found[key].append(words)
    return {key: "; ".join(words) for key, words in found.items()}


Reader = Callable[[JointWorkPlan, Sequence[Activity], User], Texts]
READERS: Mapping[str, Reader] = {
    "departments": _departments,
    "commitments": _commitments,
    "ties": _ties,
    "status": lambda _plan, activities, _reader: {
        activity.pk: str(activity.get_status_display()) for activity in activities
    },
    "status_reason": lambda _plan, activities, _reader: {
        activity.pk: activity.status_reason for activity in activities
    },
}
