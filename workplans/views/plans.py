"""Joint work plans: the list of a mechanism's, and one plan with its activities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from coordination.models import Mechanism, Organisation, Period
from coordination.permissions import can_hand_over_backbone, can_see_people, require
from coordination.services.days import day_in_words
from coordination.services.events import newest_about
from coordination.services.refusals import Refusal
from coordination.services.spreadsheets import to_csv, to_xlsx
from coordination.templatetags.looks import look_of
from coordination.views.composed import composed_once
from coordination.views.signed_in import SignedInRequest
from workplans.forms.plans import ActivityFilter, filters_in_words
from workplans.models import Activity, JointWorkPlan, PlanningLine, code_order
from workplans.models.activity import ActivityQuerySet
from workplans.permissions.activities import can_chase_updates, can_create_activity
from workplans.permissions.plans import (
    can_advance_plan,
    can_create_plan,
    can_edit_plan,
    can_publish_plan,
    can_take_next_step,
)
from workplans.services.plan_exports import activities_table, with_context
from workplans.services.plan_posts import leading_posts
from workplans.services.planning_calendars import misalignments, occurrences_of
from workplans.services.plans import (
    Grouping,
    Line,
    PlanGroup,
    UpdatesReceived,
    count_statuses,
    ended_periods,
    group_activities,
    publish_plan,
    span_in_words,
    unresolved_sectors,
    updates_received,
)
from workplans.services.update_chasing import chase_updates, last_chased

LINES_A_PAGE = 50
CODES_SHOWN = 12
EVENTS_SHOWN = 30
KINDS = ("xlsx", "csv")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def plan_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The plans of a mechanism, the newest year first."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    seen = Activity.objects.visible_to(request.user).values("pk")
    plans = (
        JointWorkPlan.objects.visible_to(request.user)
        .filter(mechanism=mechanism)
        .select_related("mechanism", "place", "calendar", "lead_department")
        .annotate(activity_count=Count("activities", filter=Q(activities__in=seen)))
        .order_by("-starts_on", "place__name", "title")
    )
    context = {
        "mechanism": mechanism,
        "plans": plans,
        "can_create": can_create_plan(request.user, mechanism),
    }
    return render(request, "workplans/plan_list.html", context)


@require_safe
@composed_once
def plan_detail(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """One plan: its activities as filtered, how they stand, and whose updates are missing."""
    found = find_plan(request, slug, plan)
    listing = Listing(request, found)
    page = Paginator(listing.lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    champions, _liaisons = leading_posts(found, on=found.mechanism.today())
    return render(
        request,
        "workplans/plan_detail.html",
        {
            "plan": found,
            "mechanism": found.mechanism,
            "spans": span_in_words(found),
            "alerts": misalignments(occurrences_of(found), found.phases.in_order())
            if found.state in JointWorkPlan.BEFORE_SIGNING
            else None,
            "champions": champions,
            "listing": listing,
            "page": page,
            "sections": list(sections_of(page, listing)),
            "exports": exports_of(request, found),
            "events": newest_about(found, EVENTS_SHOWN)
            if can_see_people(request.user, found.mechanism)
            else None,
            "unresolved": unresolved_sectors(found, listing.activities),
            "terms": found.backbone_terms.newest_first(),
            "can_edit": can_edit_plan(request.user, found),
            "is_past": found.is_past(on=found.mechanism.today())
            and can_advance_plan(request.user, found),
            "can_advance": can_advance_plan(request.user, found),
            "can_take_step": can_take_next_step(request.user, found),
            "can_hand_over": can_hand_over_backbone(request.user, found.mechanism)
            and not found.is_over,
            "can_publish": can_publish_plan(request.user, found),
            "can_create": can_create_activity(request.user, found),
            "can_chase": can_chase_updates(request.user, found),
        },
    )


@require_safe
def plan_export(request: HttpRequest, slug: str, plan: str, kind: str) -> HttpResponse:
    """The activities as filtered, one row each, as XLSX or CSV (R23)."""
    if kind not in KINDS:
        raise Http404
    found = find_plan(request, slug, plan)
    listing = Listing(request, found)
    table = activities_table(
        found,
        listing.activities,
        order=listing.order,
        filters=filters_in_words(listing.filter.form),
        received=listing.updates,
        lines_seen=listing.lines_seen,
    )
    if kind == "xlsx":
        response = HttpResponse(to_xlsx(table), content_type=XLSX)
    else:
        response = HttpResponse(to_csv(with_context(table, found)), content_type="text/csv")
    name = f"{slug}-{plan}-activities.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@require_POST
def plan_publish(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Make the plan public."""
    found = find_plan(request, slug, plan)
    require(can_publish_plan(request.user, found))
    try:
        publish_plan(found, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The plan is public now."))
    return redirect(found)


@login_required
@require_POST
def updates_chase(
    request: SignedInRequest, slug: str, plan: str, *, period: str, organisation: str
) -> HttpResponse:
    """Ask an organisation for the updates that it owes for the period."""
    found = find_plan(request, slug, plan)
    require(can_chase_updates(request.user, found))
    asked = get_object_or_404(Organisation, slug=organisation)
    quarter = get_object_or_404(Period, code=period)
    try:
        chase_updates(found, quarter, asked, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("%(organisation)s is asked.") % {"organisation": asked})
    return redirect(f"{found.get_absolute_url()}?updates={quarter.code}")


def find_plan(request: HttpRequest, slug: str, plan: str) -> JointWorkPlan:
    """The plan at this address as far as the visitor may see it, else 404."""
    plans = JointWorkPlan.objects.visible_to(request.user).select_related(
        "mechanism__calendar",
        "mechanism__backbone",
        "place",
        "calendar",
        "lead_department",
        "backbone",
    )
    return get_object_or_404(plans, mechanism__slug=slug, slug=plan)


class GroupingWords(NamedTuple):
    """How a way to group is worded: in a sentence, over a column, over a table, for the rest."""

    name: str | Promise
    head: str | Promise
    caption: str | Promise
    rest: str | Promise


GROUPINGS = {
    Grouping.RESULT: GroupingWords(
        gettext_lazy("intended result"),
        gettext_lazy("Intended result"),
        gettext_lazy("By intended result"),
        gettext_lazy("Under no intended result"),
    ),
    Grouping.SECTOR: GroupingWords(
        gettext_lazy("sector"),
        gettext_lazy("Sector"),
        gettext_lazy("By sector"),
        gettext_lazy("Without a sector"),
    ),
    Grouping.PROGRAMME: GroupingWords(
        gettext_lazy("programme of the ADP"),
        gettext_lazy("Programme of the ADP"),
        gettext_lazy("By programme of the ADP"),
        gettext_lazy("Without a line of the ADP"),
    ),
}


class Listing:
    """The activities of a plan as the address filters, groups and orders them."""

    def __init__(
        self,
        request: HttpRequest,
        plan: JointWorkPlan,
        filter_class: type[ActivityFilter] = ActivityFilter,
    ) -> None:
        self.plan = plan
        self.period_code = request.GET.get("updates", "")
        seen = Activity.objects.visible_to(request.user).filter(plan=plan)
        self.filter = filter_class(request, plan, seen)
        self.activities: ActivityQuerySet = self.filter.qs
        self.lines_seen = PlanningLine.objects.visible_to(request.user)

    @cached_property
    def order(self) -> list[int]:
        """Keys of the activities in their order; by code as people count, unless told otherwise."""
        rows = list(self.activities.values_list("pk", "code"))
        if not self.filter.form.cleaned_data.get("order"):
            rows.sort(key=lambda row: code_order(row[1]))
        return [pk for pk, _code in rows]

    @cached_property
    def grouping(self) -> Grouping:
        """As asked; else by intended result where the plan has any."""
        if asked := self.filter.form.cleaned_data.get("group"):
            return Grouping(asked)
        has_results = self.plan.activities.exclude(intended_result=None).exists()
        return Grouping.RESULT if has_results else Grouping.SECTOR

    @cached_property
    def groups(self) -> list[PlanGroup]:
        return group_activities(
            self.activities, by=self.grouping, order=self.order, lines_seen=self.lines_seen
        )

    @property
    def words(self) -> GroupingWords:
        return GROUPINGS[self.grouping]

    @property
    def other_groupings(self) -> list[tuple[str, GroupingWords]]:
        """The ways to group that are not in force."""
        return [(by.value, words) for by, words in GROUPINGS.items() if by != self.grouping]

    @cached_property
    def lines(self) -> list[tuple[PlanGroup, Line]]:
        """Every line with its group, over all groups."""
        return [(group, line) for group in self.groups for line in group.lines]

    @cached_property
    def statuses(self) -> list[dict[str, Any]]:
        """Code, label, tone and count of each status that occurs, in the order of a life."""
        counts = count_statuses(self.groups)
        return [
            {"code": code, "label": label, "tone": look_of(code).tone, "count": counts[code]}
            for code, label in Activity.Status.choices
            if counts[code]
        ]

    @property
    def has_guests(self) -> bool:
        """Whether some activity is shown under more results than its own."""
        return any(line.is_cross_listed for _group, line in self.lines)

    @property
    def bar(self) -> list[dict[str, Any]]:
        """The statuses as the chart takes them."""
        return [{key: row[key] for key in ("label", "count", "tone")} for row in self.statuses]

    @property
    def matrix(self) -> list[tuple[PlanGroup, list[int]]]:
        """Each group with its count of each status that occurs."""
        codes = [row["code"] for row in self.statuses]
        return [(group, [group.counts[code] for code in codes]) for group in self.groups]

    @cached_property
    def periods(self) -> list[Period]:
        today = self.plan.mechanism.today()
        return ended_periods(self.plan, on=today)

    @cached_property
    def updates(self) -> UpdatesReceived | None:
        """For the period in the address, else for the last that ended; None before the first."""
        asked = [period for period in self.periods if period.code == self.period_code]
        for period in asked or self.periods[:1]:
            return updates_received(self.activities, period)
        return None

    @cached_property
    def chased(self) -> dict[int, str]:
        """The day on which each organisation was last asked for its updates, by its key."""
        days = last_chased(self.plan, self.updates.period) if self.updates else {}
        return {organisation: day_in_words(day) for organisation, day in days.items()}

    @property
    def codes_shown(self) -> int:
        """How many codes of missing updates stand beside an organisation: of a single one, all."""
        missing = self.updates.missing if self.updates else {}
        return CODES_SHOWN if len(missing) > 1 else len(self.order)

    @property
    def period_label(self) -> str:
        """The period of the updates by the calendar of the plan."""
        return self.plan.calendar.label(self.updates.period) if self.updates else ""


@dataclass(frozen=True)
class Section:
    """What one page shows of a group."""

    group: PlanGroup
    rows: list[tuple[Activity, bool]]
    is_continued: bool


def sections_of(page: Page, listing: Listing) -> Iterator[Section]:
    """The lines of the page under their groups, each with its activity and "is cross-listed"."""
    keys = {line.activity for _group, line in page}
    found = Activity.objects.select_related("lead", "intended_result").prefetch_related("places")
    activities = found.in_bulk(keys)
    for activity in activities.values():
        activity.plan = listing.plan
    for group in listing.groups:
        rows = [line for owner, line in page if owner is group]
        if rows:
            shown = [(activities[line.activity], line.is_cross_listed) for line in rows]
            yield Section(group, shown, is_continued=rows[0] is not group.lines[0])


def exports_of(request: HttpRequest, plan: JointWorkPlan) -> list[dict[str, str]]:
    """The list as it stands, as files."""
    query = request.GET.copy()
    query.pop("page", None)
    suffix = f"?{query.urlencode()}" if query else ""
    return [
        {
            "kind": kind,
            "url": reverse("plan-export", args=[plan.mechanism.slug, plan.slug, kind]) + suffix,
        }
        for kind in KINDS
    ]
