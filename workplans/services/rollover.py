"""From one year's plan to the next: lines carried or dropped, and two years compared (P35).

A carried line begins its life anew. What it is goes over; what has become of it does not: status,
progress, dates, budget, the line of the annual plan, commitments, events and links stay with the
year that they belong to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.models import User
from coordination.services.event_changes import Change, in_words, label_of
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Activity, ActivityOutput, CarriedLine, JointWorkPlan, code_order
from workplans.models.activity import ActivityQuerySet

from .activities import ActivityContent, activity_in_words, create_activity


class NotALaterYear(Refusal):
    message = _("Lines go over into a later plan of the same place, in the same mechanism.")


class PlanIsNotDrafted(Refusal):
    message = _("Lines go over while the later plan is being drafted; this one is signed.")


class DropWithoutReason(Refusal):
    message = _("Say why each line is dropped.")


class LinesRefused(Refusal):
    """Nothing was carried; ``refusals`` say why, by the key of the earlier line (R28)."""

    def __init__(self, refusals: dict[int, Refusal]) -> None:
        super().__init__(
            ngettext(
                "Nothing was carried over: %(count)d line could not be.",
                "Nothing was carried over: %(count)d lines could not be.",
                len(refusals),
            )
            % {"count": len(refusals)}
        )
        self.refusals = refusals


@dataclass(frozen=True)
class LineChoice:
    """What shall become of a line: carried under a code, or dropped for a reason."""

    activity: Activity
    is_carried: bool
    code: str = ""
    reason: str = ""


@transaction.atomic
def roll_over(
    plan: JointWorkPlan,
    into: JointWorkPlan,
    *,
    by: User,
    choices: Iterable[LineChoice],
    at: dt.datetime | None = None,
) -> list[CarriedLine]:
    """Carry or drop the chosen lines, all or nothing; a line decided already stays as it is.

    Raises NotALaterYear, PlanIsNotDrafted or LinesRefused.
    """
    now = at or timezone.now()
    into = JointWorkPlan.objects.select_for_update().get(pk=into.pk)
    check_later(plan, into)
    decided = set(CarriedLine.objects.filter(plan=into).values_list("earlier", flat=True))
    lines, refusals = [], {}
    for choice in choices:
        if choice.activity.plan_id != plan.pk or choice.activity.pk in decided:
            continue
        try:
            with transaction.atomic():
                lines.append(_decide(choice, into, by=by, at=now))
        except Refusal as refusal:
            refusals[choice.activity.pk] = refusal
    if refusals:
        raise LinesRefused(refusals)
    if lines:
        carried = sum(line.later is not None for line in lines)
        note = _("carried over: %(carried)d, dropped: %(dropped)d") % {
            "carried": carried,
            "dropped": len(lines) - carried,
        }
        record("workplans.plan_rolled_over", into, by=by, note=str(note), at=now)
    return lines


def check_later(plan: JointWorkPlan, into: JointWorkPlan) -> None:
    """Raise NotALaterYear or PlanIsNotDrafted unless lines can go over."""
    is_later = into.starts_on >= plan.ends_before
    same = (into.mechanism_id, into.place_id) == (plan.mechanism_id, plan.place_id)
    if not (is_later and same):
        raise NotALaterYear
    if into.state not in JointWorkPlan.DRAFTED:
        raise PlanIsNotDrafted


def years_around(plan: JointWorkPlan, seen: Any) -> list[JointWorkPlan]:
    """The plans among ``seen`` of the same place and mechanism, the newest first."""
    others = seen.filter(mechanism=plan.mechanism_id, place=plan.place_id).exclude(pk=plan.pk)
    return list(others.select_related("mechanism", "place", "calendar").order_by("-starts_on"))


@dataclass(frozen=True)
class CarriedPair:
    """A line of both years, and what changed in its content."""

    earlier: Activity
    later: Activity
    changes: Sequence[Change]


@dataclass(frozen=True)
class Comparison:
    """Two years side by side."""

    carried: Sequence[CarriedPair]
    new: Sequence[Activity]
    dropped: Sequence[tuple[Activity, str]]
    # Lines of the earlier year about which nobody has decided.
    undecided: Sequence[Activity]


def compare_years(
    earlier: JointWorkPlan, later: JointWorkPlan, *, seen: ActivityQuerySet
) -> Comparison:
    """What was carried, is new or was dropped, among the activities that are ``seen``.

    A line goes on with the one that it was carried into; without a decision on record, with the
    one of the same code.
    """
    before = _by_code(seen.filter(plan=earlier))
    after = _by_code(seen.filter(plan=later))
    decisions = CarriedLine.objects.filter(plan=later, earlier__plan=earlier)
    links = {line.earlier_id: line for line in decisions}
    taken = {line.later_id for line in links.values()}
    by_key = {row.pk: row for row in after}
    by_code = {row.code.casefold(): row for row in after if row.pk not in taken}
    carried, dropped, undecided, met = [], [], [], set()
    for row in before:
        line = links.get(row.pk)
        if line is not None and line.later_id is None:
            dropped.append((row, line.reason))
            continue
        match = by_key.get(line.later_id or 0) if line else by_code.get(row.code.casefold())
        if match is not None:
            met.add(match.pk)
            carried.append(CarriedPair(row, match, _changes(row, match)))
        elif line is None:
            undecided.append(row)
    # A line that went on into one that the reader does not see is neither new nor dropped.
    new = [row for row in after if row.pk not in met and row.pk not in taken]
    return Comparison(carried, new, dropped, undecided)


def _by_code(activities: ActivityQuerySet) -> list[Activity]:
    rows = activities.in_full().prefetch_related("also_under").select_related("plan__mechanism")
    return sorted(rows, key=lambda row: code_order(row.code))


def _changes(earlier: Activity, later: Activity) -> list[Change]:
    before, after = activity_in_words(earlier), activity_in_words(later)
    return [
        Change(
            str(label_of(Activity, name) or name),
            in_words(_plain(before.get(name)), Activity, name),
            in_words(_plain(value), Activity, name),
        )
        for name, value in after.items()
        if before.get(name) != value
    ]


def _plain(value: Any) -> Any:
    """A day as the record keeps it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _decide(choice: LineChoice, into: JointWorkPlan, *, by: User, at: dt.datetime) -> CarriedLine:
    if not choice.is_carried and not choice.reason.strip():
        raise DropWithoutReason
    later = _carry(choice, into, by=by, at=at) if choice.is_carried else None
    line = CarriedLine(
        earlier=choice.activity,
        plan=into,
        later=later,
        reason="" if later else choice.reason.strip(),
        by=by,
        at=at,
    )
    line.full_clean()
    line.save()
    return line


def _carry(choice: LineChoice, into: JointWorkPlan, *, by: User, at: dt.datetime) -> Activity:
    """The new line: proposed, without dates, targets, budget and whatever hangs on those."""
    old = choice.activity
    content: ActivityContent = {
        "code": choice.code or old.code,
        "title": old.title,
        "description": old.description,
        "activity_type": old.activity_type,
        "joint_priority": old.joint_priority,
        "sector": old.sector,
        # The programme frames several years; the line of the annual plan is the next year's.
        "cidp_line": old.cidp_line,
        "adp_line": None,
        "intended_result": old.intended_result,
        "also_under": list(old.also_under.all()),
        "lead": old.lead,
        "responsible_post": old.responsible_post,
        "places": list(old.places.all()),
        "target_group": old.target_group,
        "starts_on": None,
        "ends_on": None,
        "budget_minor": None,
        "currency": "",
        "assumptions": old.assumptions,
        "is_public": old.is_public,
    }
    partners = [(partner.organisation, partner.role) for partner in old.partners.all()]
    new = create_activity(into, by=by, partners=partners, at=at, **content)
    ActivityOutput.objects.bulk_create(
        ActivityOutput(
            activity=new, position=output.position, indicator_id=output.indicator_id,
            wording=output.wording, unit=output.unit,
        )
        for output in old.outputs.all()
    )  # fmt: skip
    if new.origin != old.origin and old.is_illustrative:
        new.origin = old.origin
        new.save(update_fields=["origin"])
    return new


def lines_to_decide(
    plan: JointWorkPlan, into: JointWorkPlan, *, seen: ActivityQuerySet
) -> list[Activity]:
    """The lines among ``seen`` about which nobody has decided for the later plan, by code."""
    decided = CarriedLine.objects.filter(plan=into).values("earlier")
    rows = seen.filter(plan=plan).filter(~Q(pk__in=decided)).in_full()
    rows = rows.prefetch_related("also_under")
    return sorted(rows, key=lambda row: code_order(row.code))
