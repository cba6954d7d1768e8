"""Trainings and visits: the list of a plan's, one of them, and what it asks for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, Difference, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.spreadsheets import to_csv, to_xlsx
from coordination.views.signed_in import SignedInRequest
from workplans.forms.activity_events import (
    ActivityEventForm,
    BaseTurnoutFormSet,
    EventFileFormSet,
    EventPostponeForm,
    FollowUpDoneForm,
    FollowUpForm,
    TurnoutFormSet,
)
from workplans.models import Activity, ActivityEvent, EventFollowUp, JointWorkPlan
from workplans.permissions.activities import can_finish_follow_up, can_record_event
from workplans.permissions.standing import can_see_work
from workplans.services.activity_event_exports import activity_events_table
from workplans.services.activity_events import (
    add_activity_event,
    ask_follow_up,
    edit_activity_event,
    finish_follow_up,
    postpone_activity_event,
    reached,
    turnout_in_words,
    turnout_of,
)
from workplans.services.plan_exports import with_context
from workplans.services.travel import Yardstick

from .activities import find_activity
from .plans import XLSX, find_plan

KINDS = ("xlsx", "csv")


@require_safe
def activity_event_list(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Every training and visit of the plan, with what they add up to."""
    found = find_plan(request, slug, plan)
    events, kind = events_of(request, found)
    rows = list(events)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "events": rows,
        "reached": reached(rows),
        "kinds": ActivityEvent.Kind.choices,
        "kind": kind,
        "query": f"?kind={kind}" if kind else "",
        "today": found.mechanism.today(),
    }
    return render(request, "workplans/activity_event_list.html", context)


@require_safe
def activity_event_export(request: HttpRequest, slug: str, plan: str, kind: str) -> HttpResponse:
    """The list as it stands, as XLSX or CSV: counts, never names (R24)."""
    if kind not in KINDS:
        raise Http404
    found = find_plan(request, slug, plan)
    events, narrowed = events_of(request, found)
    filters = [(_("Kind"), str(ActivityEvent.Kind(narrowed).label))] if narrowed else []
    table = activity_events_table(found, events, filters=filters)
    if kind == "xlsx":
        response = HttpResponse(to_xlsx(table), content_type=XLSX)
    else:
        response = HttpResponse(to_csv(with_context(table, found)), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{plan}-events.{kind}"'
    return response


@require_safe
def activity_event_detail(
    request: HttpRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """One event: who took part, what was found, what follows."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    activity, mechanism = event.activity, event.activity.plan.mechanism
    is_inside = can_see_work(request.user, mechanism)
    evidence = event.evidence.select_related("file").order_by("pk")
    follow_ups = list(event.follow_ups.select_related("owner").in_order())
    for each in follow_ups:
        each.event = event
    context = {
        "event": event,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": mechanism,
        "participants": event.participants.select_related("place").order_by("pk"),
        "postponements": event.postponements.order_by("pk"),
        "evidence": evidence if is_inside else evidence.filter(is_public=True),
        "follow_ups": [(each, can_finish_follow_up(request.user, each)) for each in follow_ups],
        **travel_of(event),
        "is_inside": is_inside,
        "can_record": can_record_event(request.user, activity),
        "events": Event.objects.about(event).select_related("by") if is_inside else None,
        "today": mechanism.today(),
    }
    return render(request, "workplans/activity_event_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_event_create(
    request: SignedInRequest, slug: str, plan: str, *, code: str
) -> HttpResponse:
    """A training or visit that is planned, or was held."""
    activity = find_activity(request, slug, plan, code)
    require(can_record_event(request.user, activity))
    form = ActivityEventForm(request.POST or None, activity=activity)
    turnout = TurnoutFormSet(request.POST or None, activity=activity)
    files = EventFileFormSet(request.POST or None, request.FILES or None, prefix="files")
    if all_valid(request, form, turnout, files):
        try:
            event = add_activity_event(
                activity, by=request.user, turnout=turnout.turnout(), evidence=files.evidence(),
                **form.content(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect(event)
    return form_page(request, activity, form=form, turnout=turnout, files=files)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_event_edit(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """The content of an event; the second of two editors is shown both versions."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    activity = event.activity
    require(can_record_event(request.user, activity))
    form = ActivityEventForm(request.POST or None, activity=activity, event=event)
    turnout = TurnoutFormSet(request.POST or None, activity=activity, event=event)
    files = EventFileFormSet(request.POST or None, request.FILES or None, prefix="files")
    conflict = None
    if all_valid(request, form, turnout, files):
        try:
            edit_activity_event(
                event,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                turnout=turnout.turnout(),
                evidence=files.evidence(),
                dropped_evidence=form.cleaned_data.get("drop", ()),
                **form.content(),
            )
        except EditedMeanwhile:
            form, turnout, conflict = event_conflict(request, form, turnout, event)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(event)
    more = {"event": event, "conflict": conflict}
    return form_page(request, activity, form=form, turnout=turnout, files=files, **more)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_event_postpone(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """Put the event off; the old dates stay on its page."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    require(can_record_event(request.user, event.activity))
    form = EventPostponeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            postpone_activity_event(event, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded. Both dates are kept."))
            return redirect(event)
    return deed_page(request, event, {"form": form, "heading": _("Postpone the event")})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_ask(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """Ask an organisation for what the event found."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    require(can_record_event(request.user, event.activity))
    form = FollowUpForm(request.POST or None, activity=event.activity)
    if request.method == "POST" and form.is_valid():
        ask_follow_up(event, by=request.user, **form.cleaned_data)
        messages.success(request, _("Recorded. The organisation is told."))
        return redirect(event)
    return deed_page(request, event, {"form": form, "heading": _("Ask for a follow-up")})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_finish(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int, follow_up: int
) -> HttpResponse:
    """Record that a follow-up is done."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    asked = get_object_or_404(EventFollowUp.objects.filter(event=event), pk=follow_up)
    asked.event = event
    require(can_finish_follow_up(request.user, asked))
    today = event.activity.plan.mechanism.today()
    form = FollowUpDoneForm(request.POST or None, initial={"done_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            finish_follow_up(asked, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded as done."))
            return redirect(event)
    context = {"form": form, "heading": _("A follow-up is done"), "asked": asked}
    return deed_page(request, event, context)


def events_of(request: HttpRequest, plan: JointWorkPlan) -> tuple[QuerySet[ActivityEvent], str]:
    """The plan's events as far as the visitor sees them, of the kind in the address."""
    seen = ActivityEvent.objects.visible_to(request.user).filter(activity__plan=plan)
    kind = request.GET.get("kind", "")
    if kind not in ActivityEvent.Kind.values:
        kind = ""
    rows = seen.filter(kind=kind) if kind else seen
    related = ("activity__plan__mechanism", "place")
    more = ("participants", "organisations", "follow_ups")
    return rows.select_related(*related).prefetch_related(*more).in_order(), kind


def find_event(request: HttpRequest, slug: str, plan: str, *, code: str, pk: int) -> ActivityEvent:
    """The event of the activity as far as the visitor may see it, else 404."""
    activity = find_activity(request, slug, plan, code)
    seen = ActivityEvent.objects.visible_to(request.user).filter(activity=activity)
    event = get_object_or_404(seen.select_related("place__level"), pk=pk)
    event.activity = activity
    return event


def travel_of(event: ActivityEvent) -> dict[str, Any]:
    """The policy in force, what it pays where the event is, and what the event declares to pay."""
    yardstick = Yardstick(event.activity.plan.mechanism)
    declared = event.travel_rates.order_by("item", "role")
    return {
        "policy": yardstick.policy_of(event),
        "agreed": yardstick.agreed_for(event),
        "declared": yardstick.compare(event, declared),
    }


def event_conflict(
    request: SignedInRequest,
    mine: ActivityEventForm,
    turnout: BaseTurnoutFormSet,
    event: ActivityEvent,
) -> tuple[ActivityEventForm, BaseTurnoutFormSet, Conflict]:
    """The form as typed, in sight of what another has saved, the participants too."""
    activity = event.activity
    current = ActivityEvent.objects.visible_to(request.user).get(pk=event.pk)
    theirs = ActivityEventForm(activity=activity, event=current)
    fields = differences(mine, theirs)
    own = "; ".join(turnout_in_words(turnout.turnout()))
    others = "; ".join(turnout_in_words(turnout_of(current)))
    if own != others:
        beginning = own if not turnout.was_touched() else turnout.beginning()
        fields.append(Difference(_("Participants"), own, others, beginning))
    rows = turnout
    if not turnout.was_touched():
        rows = TurnoutFormSet(activity=activity, event=current)
    data = merged(mine, theirs, current.version)
    again = ActivityEventForm(data, activity=activity, event=current)
    saved = Event.objects.about(current).filter(verb="workplans.activity_event_edited").first()
    return again, rows, Conflict.since(saved, fields)


def all_valid(request: HttpRequest, *forms: Any) -> bool:
    """Whether all of what was posted holds; each is checked, so that each says its errors."""
    checked = [form.is_valid() for form in forms] if request.method == "POST" else [False]
    return all(checked)


def form_page(request: SignedInRequest, activity: Activity, **context: Any) -> HttpResponse:
    """The form of an event with its parts."""
    plan = activity.plan
    frame = {"activity": activity, "plan": plan, "mechanism": plan.mechanism}
    return render(request, "workplans/activity_event_form.html", {**frame, **context})


def deed_page(
    request: SignedInRequest, event: ActivityEvent, context: dict[str, Any]
) -> HttpResponse:
    """One small form about an event."""
    plan = event.activity.plan
    frame = {
        "event": event,
        "activity": event.activity,
        "plan": plan,
        "mechanism": plan.mechanism,
    }
    return render(request, "workplans/activity_event_deed.html", {**frame, **context})
