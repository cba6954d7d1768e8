"""The official calendars of a plan's year beside its phases, and its calendar address."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, add_months
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.templatetags.timelines import Lane, Mark, Span
from coordination.views.signed_in import SignedInRequest
from workplans.forms.planning_calendars import ParticipationForm, StepMoveForm
from workplans.models import JointWorkPlan, Participation, Phase, PlanFeed, PlanningCalendar
from workplans.permissions.plans import can_move_planning_step, can_record_participation
from workplans.permissions.standing import can_see_work
from workplans.services.plan_feeds import (
    fetch_plan_feed,
    open_plan_feed,
    plan_feed_with,
    revoke_plan_feed,
)
from workplans.services.planning_calendars import (
    Misalignment,
    Occurrence,
    days_late,
    misalignments,
    occurrences_of,
    phase_before,
    step_due,
    step_of,
)
from workplans.services.planning_steps import (
    move_step,
    record_participation,
    withdraw_participation,
)

from .plans import find_plan

CALENDAR = "text/calendar; charset=utf-8"


@require_safe
def plan_calendar(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """All calendars that run where the plan is made, over each other and over its phases."""
    return show_calendar(request, find_plan(request, slug, plan))


@never_cache
@login_required
@require_POST
def plan_feed_open(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """A new address of the plan's calendar, shown this once."""
    found = find_plan(request, slug, plan)
    _feed, token = open_plan_feed(found, by=request.user)
    return show_calendar(
        request, found, f"{settings.PUBLIC_URL}{reverse('plan-feed', args=[token])}"
    )


@login_required
@require_POST
def plan_feed_revoke(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Make one's calendar address worthless."""
    found = find_plan(request, slug, plan)
    feed = get_object_or_404(PlanFeed, pk=pk, user=request.user, plan=found)
    try:
        revoke_plan_feed(feed, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Revoked: the address opens nothing any more."))
    return redirect("plan-calendar", slug, plan)


@never_cache
@require_safe
def plan_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address, as its owner may see it now (R20)."""
    feed = plan_feed_with(token)
    if feed is None:
        raise Http404
    return HttpResponse(fetch_plan_feed(feed), content_type=CALENDAR)


@require_safe
def planning_step(
    request: HttpRequest, slug: str, plan: str, *, step: int, year: str
) -> HttpResponse:
    """One step of the official calendar: its rule, its day, and who took part."""
    found = find_plan(request, slug, plan)
    occurrence = find_step(found, step, year)
    notes = Participation.objects.filter(
        plan=found, event=step, for_year=occurrence.for_year, withdrawn_at=None
    )
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "occurrence": occurrence,
        "row": Row(occurrence, phase_before(occurrence, found.phases.in_order()), ()),
        "notes": notes.prefetch_related("organisations").order_by("took_part_on", "pk"),
        "is_inside": can_see_work(request.user, found.mechanism),
        "can_move": can_move_planning_step(request.user, found),
        "can_record": can_record_participation(request.user, found),
    }
    return render(request, "workplans/planning_step.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_step_move(
    request: SignedInRequest, slug: str, plan: str, *, step: int, year: str
) -> HttpResponse:
    """The place holds the step on another day; the second of two movers sees the first's."""
    found = find_plan(request, slug, plan)
    require(can_move_planning_step(request.user, found))
    occurrence = find_step(found, step, year)
    form, conflict = StepMoveForm(request.POST or None, occurrence=occurrence), None
    if request.method == "POST" and form.is_valid():
        try:
            move_step(found, occurrence, by=request.user, **form.cleaned_data)
        except EditedMeanwhile:
            form, conflict = move_conflict(request, form, found, find_step(found, step, year))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("planning-step", slug, plan, step, year)
    context = {"form": form, "conflict": conflict, "occurrence": occurrence}
    return render(request, "workplans/planning_step_form.html", context | frame(found))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def participation_record(
    request: SignedInRequest, slug: str, plan: str, *, step: int, year: str
) -> HttpResponse:
    """Note who took part in the step."""
    found = find_plan(request, slug, plan)
    require(can_record_participation(request.user, found))
    occurrence = find_step(found, step, year)
    form = ParticipationForm(request.POST or None, plan=found)
    if request.method == "POST" and form.is_valid():
        content = {**form.cleaned_data, "organisations": list(form.cleaned_data["organisations"])}
        try:
            record_participation(found, occurrence, by=request.user, **content)
        except Refusal as refusal:
            form.add_error("took_part_on", str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect("planning-step", slug, plan, step, year)
    context = {"form": form, "occurrence": occurrence, "is_note": True}
    return render(request, "workplans/planning_step_form.html", context | frame(found))


@login_required
@require_POST
def participation_withdraw(
    request: SignedInRequest, slug: str, plan: str, *, pk: int
) -> HttpResponse:
    """Take a note of who took part back."""
    found = find_plan(request, slug, plan)
    require(can_record_participation(request.user, found))
    note = get_object_or_404(Participation, pk=pk, plan=found)
    try:
        withdraw_participation(note, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn."))
    return redirect("planning-step", slug, plan, note.event_id, note.for_year.isoformat())


def show_calendar(request: HttpRequest, plan: JointWorkPlan, address: str = "") -> HttpResponse:
    """The page of the calendar, with a feed's new ``address``."""
    page = CalendarPage(plan, plan.mechanism.today())
    context = frame(plan) | {
        "page": page,
        "address": address,
        "feeds": PlanFeed.objects.in_use_by(request.user).filter(plan=plan).order_by("-pk"),
    }
    return render(request, "workplans/plan_calendar.html", context)


def frame(plan: JointWorkPlan) -> dict[str, Any]:
    return {"plan": plan, "mechanism": plan.mechanism}


def find_step(plan: JointWorkPlan, step: int, year: str) -> Occurrence:
    """The step for the year that an address names, else 404."""
    try:
        occurrence = step_due(plan, step, dt.date.fromisoformat(year))
    except ValueError:
        occurrence = None
    if occurrence is None:
        raise Http404
    return occurrence


def move_conflict(
    request: SignedInRequest, mine: StepMoveForm, plan: JointWorkPlan, current: Occurrence
) -> tuple[StepMoveForm, Conflict]:
    """The form as typed, in sight of the day that another has set, and both side by side."""
    theirs = StepMoveForm(occurrence=current)
    version = current.move.version if current.move else 0
    again = StepMoveForm(merged(mine, theirs, version), occurrence=current)
    # Why each moves it is each one's own.
    reason = str(mine["reason"].label)
    fields = [each for each in differences(mine, theirs) if each.label != reason]
    moved = Event.objects.about(plan).filter(verb="workplans.planning_step_moved").first()
    return again, Conflict.since(moved, fields)


@dataclass(frozen=True)
class Row:
    """A step of the official calendar as a line shows it."""

    occurrence: Occurrence
    phase: Phase | None
    notes: tuple[Participation, ...]

    @property
    def days_late(self) -> int | None:
        return days_late(self.occurrence, self.phase)

    @property
    def days_early(self) -> int:
        return -(self.days_late or 0)

    @property
    def is_late(self) -> bool:
        return (self.days_late or 0) > 0

    @property
    def waits_for(self) -> str:
        return str(self.phase) if self.phase else step_of(self.occurrence)


class CalendarPage:
    """What the page of a plan's calendar shows, read once."""

    def __init__(self, plan: JointWorkPlan, today: dt.date) -> None:
        self.plan, self.today = plan, today
        self.occurrences = occurrences_of(plan)
        self.phases = list(
            plan.phases.in_order().prefetch_related("sessions__meeting__body__mechanism")
        )
        for phase in self.phases:
            phase.plan = plan

    @cached_property
    def alerts(self) -> list[Misalignment]:
        return misalignments(self.occurrences, self.phases)

    @cached_property
    def calendars(self) -> list[PlanningCalendar]:
        """Those that have a step here, in their order."""
        found = {each.event.calendar_id: each.event.calendar for each in self.occurrences}
        return sorted(found.values(), key=lambda one: (one.position, one.pk))

    @cached_property
    def rows(self) -> list[Row]:
        notes: defaultdict[tuple[int, dt.date], list[Participation]] = defaultdict(list)
        said = Participation.objects.filter(plan=self.plan, withdrawn_at=None)
        for note in said.prefetch_related("organisations").order_by("took_part_on", "pk"):
            notes[note.event_id, note.for_year].append(note)
        return [
            Row(
                each,
                phase_before(each, self.phases),
                tuple(notes[each.event.pk, each.for_year]),
            )
            for each in self.occurrences
        ]

    @cached_property
    def starts_on(self) -> dt.date:
        """A year before the plan's, in which it is made."""
        return add_months(self.plan.starts_on, -12)

    @cached_property
    def ends_before(self) -> dt.date:
        """A quarter after the plan's year, in which it is reported on."""
        return add_months(self.plan.ends_before, 3)

    @cached_property
    def lanes(self) -> list[Lane]:
        """The calendars, one under the other, and under them the phases."""
        late = {each.occurrence.key for each in self.alerts}
        lanes = [self._calendar_lane(calendar, late) for calendar in self.calendars]
        return lanes + [self._phase_lane(phase) for phase in self.phases]

    def _calendar_lane(self, calendar: PlanningCalendar, late: set[str]) -> Lane:
        steps = [each for each in self.occurrences if each.event.calendar_id == calendar.pk]
        spans = [
            Span(each.begins_on, each.due_on, "quiet", is_plan=each.is_for_later)
            for each in steps
            if each.begins_on
        ]
        spans.sort(key=lambda span: not span.is_plan)  # what runs stands before what is planned
        marks = [Mark(each.due_on, "bad" if each.key in late else "busy") for each in steps]
        return Lane(calendar.name, tuple(spans), tuple(marks), in_words(steps))

    def _phase_lane(self, phase: Phase) -> Lane:
        spans = []
        if phase.planned_start and phase.planned_end:
            spans.append(Span(phase.planned_start, phase.planned_end, "busy", is_plan=True))
        if phase.started_on:
            last = self.today if not self.plan.is_over else self.plan.last_day
            until = phase.ended_on or max(phase.started_on, last)
            spans.append(Span(phase.started_on, until, "good"))
        days = [day for session in phase.sessions.all() if (day := session.meeting.day)]
        marks = [Mark(day, "ink") for day in days]
        sessions = [_("session %(day)s") % {"day": day.isoformat()} for day in sorted(days)]
        said = "; ".join([phase.state_label, *sessions])
        return Lane(f"{phase.position}. {phase}", tuple(spans), tuple(marks), said)


def in_words(steps: Iterable[Occurrence]) -> str:
    """The steps for those who listen."""
    return "; ".join(f"{each.event.short_name} {each.due_on.isoformat()}" for each in steps)
