"""A body is proposed, edited, and moved through its life."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from committees.forms.bodies import BodyForm, BodyMoveForm
from committees.models import Body
from committees.permissions import can_create_body, can_keep_body
from committees.services.formation import (
    BodyAddressTaken,
    BodyUnderItself,
    LevelInUse,
    create_body,
    edit_body,
    move_body,
    moves_of,
)
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body

# What an editor may have to be told of: a page's deed, and the administration's.
EDITS = ("committees.body_edited", "committees.body_changed")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def body_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Propose a body of the mechanism."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_create_body(request.user, mechanism))
    form = BodyForm(request.POST or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            body = create_body(mechanism, by=request.user, **form.content())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Proposed. Its terms of reference come next."))
            return redirect(body)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "committees/body_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def body_edit(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """What is told of a body; the second of two editors is shown both versions."""
    body = find_body(request, slug, body_slug)
    require(can_keep_body(request.user, body))
    form, conflict = BodyForm(request.POST or None, mechanism=body.mechanism, body=body), None
    if request.method == "POST" and form.is_valid():
        try:
            body = edit_body(
                body,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, body)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(Body.objects.select_related("mechanism").get(pk=body.pk))
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(body)
    context = {"form": form, "conflict": conflict, "body": body, "mechanism": body.mechanism}
    return render(request, "committees/body_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def body_move(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """Record that it was configured, met, was suspended or dissolved."""
    body = find_body(request, slug, body_slug)
    require(can_keep_body(request.user, body))
    today = body.mechanism.today()
    form = BodyMoveForm(body, request.POST or None, initial={"on": today})
    if request.method == "POST" and form.is_valid():
        try:
            body = move_body(body, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("On record: %(body)s is “%(state)s”.")
            words = {"body": body, "state": body.get_state_display()}
            messages.success(request, said % words)
            return redirect(body)
    context = {"form": form, "body": body, "mechanism": body.mechanism, "moves": moves_of(body)}
    return render(request, "committees/body_move.html", context)


def edit_conflict(
    request: SignedInRequest, mine: BodyForm, body: Body
) -> tuple[BodyForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    # By its key: the other may have given it another address.
    current = Body.objects.select_related("mechanism").get(pk=body.pk)
    theirs = BodyForm(mechanism=current.mechanism, body=current)
    data = merged(mine, theirs, current.version)
    again = BodyForm(data, mechanism=current.mechanism, body=current)
    saved = Event.objects.about(current).filter(verb__in=EDITS).first()
    return again, Conflict.since(saved, differences(mine, theirs))


def add_refusal(form: BodyForm, refusal: Refusal) -> None:
    """Say the refusal at the field that it is about."""
    fields: dict[type[Refusal], str] = {
        BodyAddressTaken: "slug", BodyUnderItself: "parent", LevelInUse: "reviews_level",
    }  # fmt: skip
    form.add_error(fields.get(type(refusal)), str(refusal))
