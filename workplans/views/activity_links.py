"""What hangs on an activity: its outputs, its ties to others, comments and their answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.activity_links import (
    AnswerForm,
    CommentForm,
    OutputFormSet,
    TieForm,
    VersionForm,
)
from workplans.models import Activity, ActivityComment, ActivityTie
from workplans.permissions.activities import (
    can_answer_comment,
    can_comment_on_activity,
    can_edit_activity,
)
from workplans.services.activity_comments import (
    CommentAnswered,
    answer_comment,
    comment_on_activity,
)
from workplans.services.activity_outputs import (
    QUARTERS,
    outputs_in_words,
    quarters_of,
    set_outputs,
)
from workplans.services.activity_ties import tie_activities, ties_shown, untie_activities

from .activities import find_activity


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_outputs(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """The outputs with their targets by quarter, as one form."""
    activity = find_activity(request, slug, plan, code)
    require(can_edit_activity(request.user, activity))
    names = ("indicator", "wording", "unit", *QUARTERS)
    stored = list(activity.outputs.order_by("position", "pk").values(*names))
    quarters = quarters_of(activity.plan)
    outputs = OutputFormSet(
        request.POST or None,
        activity=activity,
        user=request.user,
        quarters=quarters,
        initial=stored,
    )
    version = VersionForm(request.POST or None, initial={"seen_version": activity.version})
    theirs: list[str] | None = None
    if request.method == "POST" and outputs.is_valid() and version.is_valid():
        seen = version.cleaned_data["seen_version"]
        try:
            set_outputs(activity, by=request.user, seen_version=seen, outputs=outputs.outputs())
        except EditedMeanwhile:
            theirs = outputs_in_words(activity)
            version = VersionForm(initial={"seen_version": activity.version})
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(activity)
    context = {"outputs": outputs, "version": version, "theirs": theirs}
    return show(request, "workplans/activity_outputs.html", activity, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_tie(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """Tie the activity to another, or take a tie off."""
    activity = find_activity(request, slug, plan, code)
    require(can_edit_activity(request.user, activity))
    form = TieForm(request.POST or None, activity=activity, user=request.user)
    if request.method == "POST" and form.is_valid():
        first, second, kind = form.pair(activity)
        try:
            tie_activities(
                first, second, by=request.user, kind=kind, note=form.cleaned_data["note"]
            )
        except Refusal as refusal:
            form.add_error("other", str(refusal))
        else:
            messages.success(request, _("Tied."))
            return redirect(activity)
    ties = ties_shown(activity, ActivityTie.objects.visible_to(request.user))
    return show(request, "workplans/activity_tie.html", activity, {"form": form, "ties": ties})


@login_required
@require_POST
def activity_untie(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """Take a tie off."""
    activity = find_activity(request, slug, plan, code)
    require(can_edit_activity(request.user, activity))
    ties = ActivityTie.objects.visible_to(request.user).of(activity)
    tie = get_object_or_404(ties.select_related("first", "second"), pk=pk)
    try:
        untie_activities(tie, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken off."))
    return redirect(activity)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_comment(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """Say something of the activity to its lead."""
    activity = find_activity(request, slug, plan, code)
    require(can_comment_on_activity(request.user, activity))
    form = CommentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            comment_on_activity(activity, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(request, _("The lead organisation is told."))
            return redirect(activity)
    return show(request, "workplans/activity_comment.html", activity, {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_answer(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """Accept or decline a comment, with the reason."""
    activity = find_activity(request, slug, plan, code)
    seen = ActivityComment.objects.visible_to(request.user).filter(activity=activity)
    comment = get_object_or_404(seen.select_related("by"), pk=pk)
    require(can_answer_comment(request.user, activity))
    if comment.answered_at and request.method != "POST":
        messages.info(request, str(CommentAnswered()))
        return redirect(activity)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_comment(comment, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Answered. Whoever commented is told."))
            return redirect(activity)
    context = {"form": form, "comment": comment}
    return show(request, "workplans/comment_answer.html", activity, context)


def show(
    request: SignedInRequest, template: str, activity: Activity, context: dict[str, Any]
) -> HttpResponse:
    """A page about the activity."""
    about = {
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
    }
    return render(request, template, about | context)
