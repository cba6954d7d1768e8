"""An activity: its page, its content, and its progress updates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.models import ActionItem, Decision
from committees.models.action import ActionItemQuerySet
from coordination.forms.conflicts import Conflict, Difference, differences, merged
from coordination.models import Event, Organisation, Period, lead_departments
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.activities import (
    ActivityForm,
    BasePartnerFormSet,
    EvidenceFormSet,
    PartnerFormSet,
    UpdateForm,
)
from workplans.models import (
    Activity,
    ActivityComment,
    ActivityEvent,
    ActivityOutput,
    ActivityPartner,
    ActivityTie,
    ActivityUpdate,
    Bottleneck,
    Commitment,
    Overlap,
    PlanningLine,
    Risk,
    ValueForMoneyAudit,
)
from workplans.models.activity_comment import ActivityCommentQuerySet
from workplans.models.overlap import OverlapQuerySet
from workplans.permissions.activities import (
    can_confirm_activity,
    can_create_activity,
    can_edit_activity,
    can_end_activity,
    can_link_action,
    can_move_activity,
    can_record_event,
    can_update_activity,
)
from workplans.permissions.money import can_enter_commitment
from workplans.permissions.standing import can_see_work
from workplans.services.activities import ActivityCodeTaken, create_activity, edit_activity
from workplans.services.activity_outputs import quarters_of
from workplans.services.activity_ties import ties_shown
from workplans.services.budget_entries import budget_entry
from workplans.services.money import money_of_activity
from workplans.services.moves import moves_of
from workplans.services.overlap_search import Match
from workplans.services.overlaps import mark_of_matches
from workplans.services.updates import check_update_is_open, periods_to_update, update_activity

from .move_words import MOVES
from .overlaps import overlaps_to_see
from .plans import find_plan

OF_PLAN = ("plan__calendar", "plan__place")


@require_safe
def activity_detail(request: HttpRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """Everything of one activity, with its updates, the newest first."""
    activity = find_activity(request, slug, plan, code)
    mechanism = activity.plan.mechanism
    updates = activity.updates.select_related("period", "alert").prefetch_related("evidence__file")
    is_inside = can_see_work(request.user, mechanism)
    can_update = can_update_activity(request.user, activity)
    today = mechanism.today()
    lines = cited_lines(request, activity)
    return render(
        request,
        "workplans/activity_detail.html",
        {
            "activity": activity,
            "plan": activity.plan,
            "mechanism": mechanism,
            "places": activity.places.select_related("level").order_by("path"),
            "updates": updates.order_by("-period__starts_on"),
            "events": Event.objects.about(activity).select_related("by") if is_inside else None,
            "merged_into": seen_merger(request, activity),
            "cancelled_by": seen_decision(request, activity),
            "outputs": outputs_seen(request, activity),
            "quarters": quarters_of(activity.plan),
            "ties": ties_shown(activity, ActivityTie.objects.visible_to(request.user)),
            "comments": comments_on(request, activity) if is_inside else None,
            "postponements": activity.postponements.order_by("at", "pk"),
            "moves": moves_open_to(request, activity),
            "can_confirm": bool(activity.awaiting) and can_confirm_activity(request.user, activity),
            "departments": departments_of(activity),
            **lines,
            "budget": budget_entry(lines["adp_line"], on=today) if lines["adp_line"] else None,
            "open_periods": periods_to_update(activity, on=today) if can_update else [],
            "can_edit": can_edit_activity(request.user, activity),
            "actions": linked_actions(request, activity) if is_inside else None,
            "real_days": real_days_told(activity),
            "bottlenecks": bottlenecks_of(request, activity),
            "risks": risks_of(request, activity),
            "audits": audits_of(request, activity),
            "occasions": occasions_of(request, activity),
            "can_record": can_record_event(request.user, activity),
            "can_link": can_link_action(request.user, activity),
            "is_inside": is_inside,
            "today": today,
            "overlaps": overlaps_of(request, activity) if is_inside else None,
            "money": money_of_activity(activity),
            "commitments": commitments_of(request, activity, on=today) if is_inside else [],
            "can_commit": can_enter_commitment(request.user, activity),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_create(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """A new activity of one of the visitor's own organisations."""
    found = find_plan(request, slug, plan)
    require(can_create_activity(request.user, found))
    form = ActivityForm(request.POST or None, plan=found, user=request.user)
    partners = PartnerFormSet(request.POST or None, plan=found)
    matches: list[tuple[Activity, Match]] = []
    if request.method == "POST" and form.is_valid() and partners.is_valid():
        matches = overlaps_to_see(request, found, form.content())
    if request.method == "POST" and form.is_valid() and partners.is_valid() and not matches:
        try:
            activity = create_activity(
                found, by=request.user, partners=partners.partners(), **form.content()
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(code)s is in the plan.") % {"code": activity.code})
            return redirect(activity)
    context = {
        "form": form,
        "partners": partners,
        "matches": matches,
        "overlaps_seen": mark_of_matches(matches),
        "plan": found,
        "mechanism": found.mechanism,
    }
    return render(request, "workplans/activity_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_edit(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """The content of an activity; the second of two editors is shown both versions."""
    activity = find_activity(request, slug, plan, code)
    require(can_edit_activity(request.user, activity))
    form, partners = content_forms(request, activity, request.POST or None)
    conflict = None
    matches: list[tuple[Activity, Match]] = []
    if request.method == "POST" and form.is_valid() and partners.is_valid():
        matches = overlaps_to_see(request, activity.plan, form.content(), activity)
    if request.method == "POST" and form.is_valid() and partners.is_valid() and not matches:
        try:
            activity = edit_activity(
                activity,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                partners=partners.partners(),
                **form.content(),
            )
        except EditedMeanwhile:
            form, partners, conflict = content_conflict(request, form, partners, activity)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(activity)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(activity)
    context = {
        "form": form,
        "partners": partners,
        "matches": matches,
        "overlaps_seen": mark_of_matches(matches),
        "conflict": conflict,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
    }
    return render(request, "workplans/activity_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_update(
    request: SignedInRequest, slug: str, plan: str, *, code: str, period: str
) -> HttpResponse:
    """The one progress update of the activity for a period."""
    activity = find_activity(request, slug, plan, code)
    require(can_update_activity(request.user, activity))
    quarter = get_object_or_404(Period, code=period)
    try:
        today = activity.plan.mechanism.today()
        check_update_is_open(activity, quarter, on=today)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect(activity)
    update = activity.updates.filter(period=quarter).select_related("by").first()
    form = UpdateForm(request.POST or None, activity=activity, update=update)
    evidence = EvidenceFormSet(request.POST or None, request.FILES or None, prefix="evidence")
    conflict = None
    if request.method == "POST" and form.is_valid() and evidence.is_valid():
        try:
            update_activity(
                activity,
                quarter,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                new_evidence=evidence.evidence(),
                dropped_evidence=form.cleaned_data.get("drop", ()),
                alert=form.cleaned_data["alert"],
                **form.progress(),
            )
        except EditedMeanwhile:
            form, conflict = update_conflict(request, form, activity, quarter)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The update for %(period)s is in.") % {"period": quarter})
            return redirect(activity)
    context = {
        "form": form,
        "evidence": evidence,
        "conflict": conflict,
        "update": update,
        "period": quarter,
        "label": activity.plan.calendar.label(quarter),
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
    }
    return render(request, "workplans/activity_update.html", context)


def moves_open_to(request: HttpRequest, activity: Activity) -> list[tuple[str, str]]:
    """The deeds that its state and the visitor's offices allow: name and heading of each."""
    may_move = can_move_activity(request.user, activity)
    may_end = can_end_activity(request.user, activity)
    if activity.plan.is_over:
        return []
    return [
        (name, str(MOVES[name].heading))
        for name in moves_of(activity)
        if (may_end if MOVES[name].is_end else may_move)
    ]


def cited_lines(request: HttpRequest, activity: Activity) -> dict[str, PlanningLine | None]:
    """The lines that it cites, as far as the visitor may see their documents."""
    keys = {"cidp_line": activity.cidp_line_id, "adp_line": activity.adp_line_id}
    seen = PlanningLine.objects.visible_to(request.user).select_related("document__mechanism")
    found = seen.in_bulk([key for key in keys.values() if key])
    return {name: found.get(key or 0) for name, key in keys.items()}


def outputs_seen(request: HttpRequest, activity: Activity) -> QuerySet[ActivityOutput]:
    """Its outputs; those by an indicator that the visitor may not see are left out."""
    rows = (
        ActivityOutput.objects.visible_to(request.user)
        .filter(activity=activity)
        .select_related("indicator__mechanism")
    )
    return rows.order_by("position", "pk")


def comments_on(request: HttpRequest, activity: Activity) -> ActivityCommentQuerySet:
    """What was said of it, the newest first."""
    seen = ActivityComment.objects.visible_to(request.user).filter(activity=activity)
    return seen.select_related("by").order_by("-at", "-pk")


def seen_merger(request: HttpRequest, activity: Activity) -> Activity | None:
    """What it was merged into, as far as the visitor may see it."""
    if activity.merged_into_id is None:
        return None
    return Activity.objects.visible_to(request.user).filter(pk=activity.merged_into_id).first()


def seen_decision(request: HttpRequest, activity: Activity) -> Decision | None:
    """The decision that cancelled it, as far as the visitor may see it."""
    if activity.cancelled_by_id is None:
        return None
    seen = Decision.objects.visible_to(request.user).select_related("body")
    return seen.filter(pk=activity.cancelled_by_id).first()


def departments_of(activity: Activity) -> list[Organisation]:
    """The departments that lead its sector in the plan's place; there should be one (P14)."""
    if activity.sector_id is None:
        return []
    found = lead_departments([activity.sector_id], activity.plan.place)
    return found.get(activity.sector_id, [])


def linked_actions(request: HttpRequest, activity: Activity) -> ActionItemQuerySet:
    """The action items that it serves, as far as the visitor may see them."""
    seen = ActionItem.objects.visible_to(request.user)
    linked = seen.filter(pk__in=activity.action_links.values("action"))
    return linked.select_related("body", "owner_seat", "owner_organisation").in_order()


def overlaps_of(request: HttpRequest, activity: Activity) -> OverlapQuerySet:
    """Its possible overlaps that still meet or were decided on."""
    seen = Overlap.objects.visible_to(request.user).about(activity)
    return seen.filter(Q(is_met=True) | ~Q(decision="")).in_full().in_order()


def real_days_told(activity: Activity) -> ActivityUpdate | None:
    """The newest update that tells when work really began or ended."""
    told = activity.updates.exclude(began_on=None, finished_on=None)
    return told.order_by("-period__starts_on").first()


def bottlenecks_of(request: HttpRequest, activity: Activity) -> QuerySet[Bottleneck]:
    """What delays it, as far as the visitor may see it."""
    seen = Bottleneck.objects.visible_to(request.user).filter(activities=activity)
    return seen.select_related("plan__mechanism").in_order()


def audits_of(request: HttpRequest, activity: Activity) -> QuerySet[ValueForMoneyAudit]:
    """Those of it alone, as far as the visitor may see them (S10)."""
    seen = ValueForMoneyAudit.objects.visible_to(request.user).filter(activity=activity)
    return seen.select_related("mechanism").newest_first()


def risks_of(request: HttpRequest, activity: Activity) -> QuerySet[Risk]:
    """The open risks that threaten it, as far as the visitor may see them."""
    seen = Risk.objects.visible_to(request.user).open().filter(activities=activity)
    return seen.select_related("plan__mechanism").in_order()


def occasions_of(request: HttpRequest, activity: Activity) -> QuerySet[ActivityEvent]:
    """Its trainings and visits, as far as the visitor may see them."""
    seen = ActivityEvent.objects.visible_to(request.user).filter(activity=activity)
    return seen.select_related("activity__plan__mechanism", "place").in_order()


def commitments_of(
    request: HttpRequest, activity: Activity, *, on: dt.date
) -> list[tuple[Commitment, int | None]]:
    """What is put into it, as far as the visitor may see whose it is, and the days waited."""
    seen = Commitment.objects.visible_to(request.user).filter(activity=activity)
    rows = seen.in_full().order_by("pk")
    return [(row, row.days_waiting(on=on)) for row in rows]


def find_activity(request: HttpRequest, slug: str, plan: str, code: str) -> Activity:
    """The activity at this address as far as the visitor may see it, else 404."""
    seen = Activity.objects.visible_to(request.user).in_full()
    return get_object_or_404(
        seen.select_related(*OF_PLAN), plan__mechanism__slug=slug, plan__slug=plan, code=code
    )


def content_forms(
    request: SignedInRequest, activity: Activity, data: Any
) -> tuple[ActivityForm, BasePartnerFormSet]:
    """The form of the activity and that of its co-implementers."""
    form = ActivityForm(data, plan=activity.plan, user=request.user, activity=activity)
    rows = activity.partners.order_by("pk").values("organisation", "role")
    return form, PartnerFormSet(data, plan=activity.plan, initial=list(rows))


def content_conflict(
    request: SignedInRequest, mine: ActivityForm, partners: BasePartnerFormSet, activity: Activity
) -> tuple[ActivityForm, BasePartnerFormSet, Conflict]:
    """The forms as typed, in sight of what another has saved, and both versions side by side."""
    # By its key: the other may have given it another code.
    current = Activity.objects.in_full().select_related(*OF_PLAN).get(pk=activity.pk)
    theirs, their_partners = content_forms(request, current, None)
    fields = differences(mine, theirs)
    own = sorted(str(ActivityPartner(organisation=o, role=r)) for o, r in partners.partners())
    others = sorted(str(partner) for partner in current.partners.all())
    if own != others:
        beginning = ", ".join(own) if not partners.was_touched() else partners.beginning()
        words = ", ".join(own), ", ".join(others), beginning
        fields.append(Difference(_("Co-implementers"), *words))
    saved = Event.objects.about(current).filter(verb="workplans.activity_edited").first()
    data = merged(mine, theirs, current.version)
    again, my_partners = content_forms(request, current, data)
    rows = my_partners if partners.was_touched() else their_partners
    return again, rows, Conflict.since(saved, fields)


def update_conflict(
    request: SignedInRequest, mine: UpdateForm, activity: Activity, period: Period
) -> tuple[UpdateForm, Conflict]:
    """The form as typed, in sight of the update that another has saved."""
    current = activity.updates.select_related("by").get(period=period)
    theirs = UpdateForm(activity=activity, update=current)
    data = merged(mine, theirs, current.version)
    again = UpdateForm(data, activity=activity, update=current)
    return again, Conflict(current.by, current.at, differences(mine, theirs))


def add_refusal(form: ActivityForm, refusal: Refusal) -> None:
    """Say the refusal at the field that it is about."""
    form.add_error("code" if isinstance(refusal, ActivityCodeTaken) else None, str(refusal))
