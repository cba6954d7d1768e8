"""Tying an activity to action items of committees."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from committees.models import ActionItem
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.action_links import ActionLinkForm
from workplans.permissions.activities import can_link_action
from workplans.services.action_links import link_action, unlink_action

from .activities import find_activity


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_link(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """Choose an action item that the activity serves, or take one off."""
    activity = find_activity(request, slug, plan, code)
    require(can_link_action(request.user, activity))
    form = ActionLinkForm(request.POST or None, activity=activity, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            link_action(activity, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Linked."))
            return redirect(activity)
    seen = ActionItem.objects.visible_to(request.user)
    context = {
        "form": form,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
        "actions": seen.filter(activity_links__activity=activity).select_related("body").in_order(),
    }
    return render(request, "workplans/action_link.html", context)


@login_required
@require_POST
def action_unlink(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """Take the link to an action item off."""
    activity = find_activity(request, slug, plan, code)
    require(can_link_action(request.user, activity))
    action = get_object_or_404(ActionItem.objects.visible_to(request.user), pk=pk)
    unlink_action(activity, by=request.user, action=action)
    messages.success(request, _("Taken off."))
    return redirect(activity)
