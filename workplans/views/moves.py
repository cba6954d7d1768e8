"""The deeds of an activity's life, and the county's word on them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.moves import ConfirmForm, MoveForm
from workplans.models import Activity
from workplans.permissions.activities import (
    can_confirm_activity,
    can_end_activity,
    can_move_activity,
)
from workplans.services.moves import (
    ActivityNotMovable,
    confirm_activity,
    moves_of,
    send_back_activity,
)

from .activities import find_activity
from .move_words import MOVES, Move


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_move(
    request: SignedInRequest, slug: str, plan: str, *, code: str, move: str
) -> HttpResponse:
    """One deed of the activity's life."""
    if move not in MOVES:
        raise Http404
    activity, deed = find_activity(request, slug, plan, code), MOVES[move]
    require((can_end_activity if deed.is_end else can_move_activity)(request.user, activity))
    if request.method != "POST" and move not in moves_of(activity):
        messages.warning(request, str(ActivityNotMovable(activity)))
        return redirect(activity)
    form = deed.form(request.POST or None, activity=activity, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            deed.service(activity, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(activity)
    return show(request, form, activity, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_confirm(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """The county confirms what the lead has said, or sends it back."""
    activity = find_activity(request, slug, plan, code)
    require(can_confirm_activity(request.user, activity))
    if request.method != "POST" and not activity.awaiting:
        messages.warning(request, _("Nothing waits for the county to confirm here."))
        return redirect(activity)
    form = ConfirmForm(request.POST or None, activity=activity, user=request.user)
    if request.method == "POST" and form.is_valid():
        said, seen = form.cleaned_data, form.cleaned_data["seen"]
        try:
            if said["verdict"] == ConfirmForm.CONFIRM:
                confirm_activity(activity, by=request.user, seen=seen)
            else:
                send_back_activity(activity, by=request.user, reason=said["reason"], seen=seen)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded. The lead organisation is told."))
            return redirect(activity)
    heading, lead = words_on(activity)
    deed = Move(ConfirmForm, confirm_activity, heading, lead, _("Record it"))
    return show(request, form, activity, deed)


def words_on(activity: Activity) -> tuple[str, str]:
    """What is to be confirmed, as heading and sentence."""
    lead = {"lead": activity.lead.name}
    if activity.awaiting == Activity.Awaiting.COMPLETION:
        return _("Is it completed?"), _("%(lead)s says that this activity is completed.") % lead
    return _("Is it agreed?"), _("%(lead)s says that this activity is agreed.") % lead


def show(request: SignedInRequest, form: MoveForm, activity: Activity, deed: Move) -> HttpResponse:
    context = {
        "form": form,
        "deed": deed,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
    }
    return render(request, "workplans/activity_move.html", context)
