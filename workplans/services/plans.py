"""What a joint work plan adds up to, and making it public."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    FiscalCalendar,
    Organisation,
    Period,
    Sector,
    User,
    add_months,
    lead_departments,
)
from coordination.models.period import MONTHS_IN_QUARTER
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import (
    Activity,
    IntendedResult,
    JointWorkPlan,
    PlanningLine,
    programme_of,
    walk,
    walk_lines,
)
from workplans.models.activity import ActivityQuerySet
from workplans.models.planning_document import PlanningLineQuerySet
from workplans.notifications.plans import tell_of_published_plan


class PlanAlreadyPublished(Refusal):
    message = _("This plan is public already.")


@transaction.atomic
def publish_plan(plan: JointWorkPlan, *, by: User, at: dt.datetime | None = None) -> JointWorkPlan:
    """Show the plan and its public activities to everyone; raises PlanAlreadyPublished."""
    now = at or timezone.now()
    plan = JointWorkPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.is_published:
        raise PlanAlreadyPublished
    plan.is_published = True
    plan.save(update_fields=["is_published"])
    record("workplans.plan_published", plan, by=by, changes={"is_published": [False, True]}, at=now)
    tell_of_published_plan(plan, at=now)
    return plan


class Grouping(StrEnum):
    """What the lines of a plan stand under."""

    RESULT = "result"
    SECTOR = "sector"
    PROGRAMME = "programme"


@dataclass(frozen=True)
class Line:
    """One row of a plan's table; a cross-listed one shows an activity that is counted elsewhere."""

    activity: int
    is_cross_listed: bool = False


Heading = IntendedResult | Sector | PlanningLine


@dataclass(frozen=True)
class PlanGroup:
    """Activities under one intended result, sector or programme of the ADP; None for the rest."""

    heading: Heading | None
    lines: tuple[Line, ...]
    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()


def group_activities(
    activities: ActivityQuerySet,
    *,
    by: Grouping,
    order: Iterable[int] | None = None,
    lines_seen: PlanningLineQuerySet | None = None,
) -> list[PlanGroup]:
    """The activities under their headings, in the order of the framework, the sectors or the ADP.

    ``order`` gives the keys of the activities as they shall stand within a group. A cross-listed
    activity stands under each of its intended results and is counted under its own alone, so that
    the counts of all groups add up to the number of activities. By programme it stands under that
    of its ADP line, as far as the line is among ``lines_seen``.
    """
    programmes = _programmes(activities, lines_seen) if by is Grouping.PROGRAMME else {}
    rows = {
        pk: (programmes.get(home or 0) if by is Grouping.PROGRAMME else home, status)
        for pk, home, status in activities.values_list("pk", FIELDS[by], "status")
    }
    lines: defaultdict[int | None, list[Line]] = defaultdict(list)
    counts: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    guests = _cross_listings(activities) if by is Grouping.RESULT else {}
    for pk in rows if order is None else order:
        home, status = rows[pk]
        lines[home].append(Line(pk))
        counts[home][status] += 1
        for other in guests.get(pk, ()):
            if other != home:
                lines[other].append(Line(pk, is_cross_listed=True))
    return [
        PlanGroup(heading, tuple(lines[key]), counts[key])
        for key, heading in _headings(by, set(lines))
    ]


FIELDS = {
    Grouping.RESULT: "intended_result",
    Grouping.SECTOR: "sector",
    Grouping.PROGRAMME: "adp_line",
}


def _programmes(
    activities: ActivityQuerySet, lines_seen: PlanningLineQuerySet | None
) -> dict[int, int]:
    """The programme of each line that is cited and seen, by their keys."""
    if lines_seen is None:
        return {}
    cited = lines_seen.filter(pk__in=activities.values("adp_line"))
    known = {
        line.pk: line for line in PlanningLine.objects.filter(document__in=cited.values("document"))
    }
    return {pk: programme_of(known[pk], known).pk for pk in cited.values_list("pk", flat=True)}


def count_statuses(groups: Iterable[PlanGroup]) -> Counter[str]:
    """How many activities have each status, over all groups; each activity counts once."""
    return sum((group.counts for group in groups), Counter())


@dataclass(frozen=True)
class UpdatesReceived:
    """How many activities that owed an update for the period have one, and whose are missing (R5).

    ``missing`` holds the codes of the activities by their lead organisation.
    """

    period: Period
    received: int
    missing: dict[Organisation, list[str]]

    @property
    def due(self) -> int:
        return self.received + sum(map(len, self.missing.values()))


def updates_received(activities: ActivityQuerySet, period: Period) -> UpdatesReceived:
    """Progress updates for the period; of those missing the codes, by lead organisation (P20)."""
    owing = activities.owing_update(period).order_by("lead__name", "code")
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for lead, code in owing.values_list("lead", "code"):
        codes[lead].append(code)
    leads = Organisation.objects.in_bulk(codes)
    return UpdatesReceived(
        period,
        activities.filter(updates__period=period).distinct().count(),
        {leads[lead]: found for lead, found in codes.items()},
    )


def unresolved_sectors(
    plan: JointWorkPlan, activities: ActivityQuerySet
) -> list[tuple[Sector, list[Organisation]]]:
    """The sectors of the activities that no department leads there, or more than one (P14)."""
    used = activities.standing().exclude(sector=None).order_by().values("sector")
    sectors = list(Sector.objects.filter(pk__in=used).order_by("scheme", "position", "name"))
    found = lead_departments((sector.pk for sector in sectors), plan.place)
    pairs = [(sector, found.get(sector.pk, [])) for sector in sectors]
    return [(sector, departments) for sector, departments in pairs if len(departments) != 1]


def ended_periods(plan: JointWorkPlan, *, on: dt.date) -> list[Period]:
    """The periods of the plan that are over on the day, the newest first."""
    during = Period.objects.filter(
        starts_on__lt=plan.ends_before, ends_before__gt=plan.starts_on
    ).ended(on=on)
    return list(during.order_by("-starts_on"))


def begun_periods(plan: JointWorkPlan, *, on: dt.date) -> list[Period]:
    """The periods of the plan that have begun on the day, the newest first."""
    during = Period.objects.filter(
        starts_on__lt=plan.ends_before, ends_before__gt=plan.starts_on, starts_on__lte=on
    )
    return list(during.order_by("-starts_on"))


def span_in_words(plan: JointWorkPlan) -> list[tuple[str, str]]:
    """The plan's time by every calendar in use: its name, and a year or a run of quarters (R9)."""
    calendars = [plan.calendar, plan.mechanism.calendar, *plan.mechanism.other_calendars.all()]
    return [
        (calendar.name, _span_by(calendar, plan))
        for calendar in {calendar.pk: calendar for calendar in calendars}.values()
    ]


def _cross_listings(activities: ActivityQuerySet) -> dict[int, list[int]]:
    through = Activity.also_under.through.objects.filter(activity__in=activities.values("pk"))
    listed: defaultdict[int, list[int]] = defaultdict(list)
    for activity, result in through.values_list("activity", "intendedresult"):
        listed[activity].append(result)
    return listed


def _headings(by: Grouping, keys: set[int | None]) -> list[tuple[int | None, Heading | None]]:
    """Those of ``keys`` that are in use, in their order; activities without a heading last."""
    found: list[tuple[int | None, Heading | None]]
    known = {key for key in keys if key is not None}
    if by is Grouping.RESULT:
        frameworks = IntendedResult.objects.filter(pk__in=known).values("framework")
        tree = IntendedResult.objects.filter(framework__in=frameworks)
        found = [(node.pk, node) for _depth, node in walk(tree) if node.pk in known]
    elif by is Grouping.PROGRAMME:
        documents = PlanningLine.objects.filter(pk__in=known).values("document")
        lines = PlanningLine.objects.filter(document__in=documents)
        found = [(line.pk, line) for _depth, line in walk_lines(lines) if line.pk in known]
    else:
        sectors = Sector.objects.filter(pk__in=known).order_by("scheme", "position", "name")
        found = [(sector.pk, sector) for sector in sectors]
    return [*found, (None, None)] if None in keys else found


def _span_by(calendar: FiscalCalendar, plan: JointWorkPlan) -> str:
    start = calendar.year_start(plan.starts_on)
    if (start, calendar.year_end(start)) == (plan.starts_on, plan.ends_before):
        return calendar.label_year(plan.starts_on)
    first = Period(starts_on=plan.starts_on)
    last = Period(starts_on=add_months(plan.ends_before, -MONTHS_IN_QUARTER))
    return f"{calendar.label(first)} – {calendar.label(last)}"
