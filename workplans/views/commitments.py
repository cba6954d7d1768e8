"""Commitments: entered by officers, confirmed by the signatory in two taps, released and spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, SeenForm, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.commitments import (
    CloseForm,
    CommitmentForm,
    ConfirmForm,
    ReleaseForm,
    SpendingForm,
    WithdrawalForm,
)
from workplans.models import Commitment
from workplans.permissions.money import (
    can_confirm_commitment,
    can_edit_commitment,
    can_enter_commitment,
)
from workplans.services.commitments import (
    ConfirmationTakenBack,
    ConfirmedBeyondAmount,
    ReleasedBeyondConfirmed,
    ReleaseTakenBack,
    SpentBeyondReleased,
    close_commitment,
    confirm_commitment,
    edit_commitment,
    enter_commitment,
    has_signatory,
    record_spending,
    release_commitment,
    withdraw_commitment,
)

from .activities import find_activity


@require_safe
@login_required
def commitment_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A commitment with everything that became of it."""
    commitment = find_commitment(request, pk)
    mechanism = commitment.activity.plan.mechanism
    today = mechanism.today()
    context = {
        **around(commitment),
        "days": commitment.days_waiting(on=today),
        "spendings": commitment.spendings.select_related("period", "commitment").order_by(
            "period__starts_on"
        ),
        "passed_on": commitment.passed_on.select_related("organisation").order_by("pk"),
        "events": Event.objects.about(commitment).select_related("by"),
        "can_edit": can_edit_commitment(request.user, commitment),
        "can_confirm": can_confirm_commitment(request.user, commitment),
    }
    return render(request, "workplans/commitment_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_create(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """What one of the visitor's own organisations would put into the activity."""
    activity = find_activity(request, slug, plan, code)
    require(can_enter_commitment(request.user, activity))
    form = CommitmentForm(request.POST or None, activity=activity, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            commitment = enter_commitment(activity, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            say_who_is_asked(request, commitment)
            return redirect(commitment)
    context = {
        "form": form,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
    }
    return render(request, "workplans/commitment_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is promised; the second of two editors is shown both versions."""
    commitment = find_commitment(request, pk)
    require(can_edit_commitment(request.user, commitment))
    form, conflict = content_form(request, commitment, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            edit_commitment(
                commitment,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = content_conflict(request, form, commitment)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(commitment)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(commitment)
    context = {"form": form, "conflict": conflict, **around(commitment)}
    return render(request, "workplans/commitment_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page of the letter: what is asked for, and one button; the signatory's own act (R14)."""
    commitment = find_commitment(request, pk)
    require(can_confirm_commitment(request.user, commitment))
    if not commitment.is_waiting:
        messages.info(request, _("Nothing waits for a confirmation here."))
        return redirect(commitment)
    return do(request, commitment, CONFIRM)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_release(request: SignedInRequest, pk: int) -> HttpResponse:
    """How much was handed over: the signatory's to say."""
    commitment = find_commitment(request, pk)
    require(can_confirm_commitment(request.user, commitment))
    return do(request, commitment, RELEASE)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_spend(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was spent in a period."""
    commitment = find_commitment(request, pk)
    require(can_edit_commitment(request.user, commitment))
    today = commitment.activity.plan.mechanism.today()
    return do(request, commitment, SPEND, on=today)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """It will not come: an officer's to say while nothing is confirmed, then the signatory's."""
    commitment = find_commitment(request, pk)
    may = can_confirm_commitment if commitment.confirmed_minor else can_edit_commitment
    require(may(request.user, commitment))
    return do(request, commitment, WITHDRAW)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def commitment_close(request: SignedInRequest, pk: int) -> HttpResponse:
    """All of it is accounted for: the signatory's to say."""
    commitment = find_commitment(request, pk)
    require(can_confirm_commitment(request.user, commitment))
    return do(request, commitment, CLOSE)


@dataclass(frozen=True)
class Deed:
    """What can be done to a commitment on a page of its own."""

    heading: str | Promise
    lead: str | Promise
    submit: str | Promise
    said: str | Promise
    form: Callable[..., SeenForm]
    service: Callable[..., Any]
    # The field at which it is said that the amount is too much, or too little.
    amount: str | None = None


BEYOND = (
    ConfirmationTakenBack,
    ConfirmedBeyondAmount,
    ReleasedBeyondConfirmed,
    ReleaseTakenBack,
    SpentBeyondReleased,
)
CONFIRM = Deed(
    gettext_lazy("Confirm the commitment"),
    gettext_lazy("From then on the county and the partners build on it."),
    gettext_lazy("Confirm"),
    gettext_lazy("Confirmed."),
    ConfirmForm,
    confirm_commitment,
    "confirmed_minor",
)
RELEASE = Deed(
    gettext_lazy("Record a release"),
    gettext_lazy("What has been handed over, or is at the activity’s disposal, in all."),
    gettext_lazy("Record the release"),
    gettext_lazy("Recorded."),
    ReleaseForm,
    release_commitment,
    "released_minor",
)
SPEND = Deed(
    gettext_lazy("Record what was spent"),
    gettext_lazy("One amount a period; entered again, it takes the place of the first."),
    gettext_lazy("Record"),
    gettext_lazy("Recorded."),
    SpendingForm,
    lambda commitment, **content: record_spending(commitment, content.pop("period"), **content),
    "amount_minor",
)
WITHDRAW = Deed(
    gettext_lazy("Withdraw the commitment"),
    gettext_lazy(
        "It no longer counts, but for what was released before: that is still accounted for."
    ),
    gettext_lazy("Withdraw"),
    gettext_lazy("Withdrawn."),
    WithdrawalForm,
    withdraw_commitment,
)
CLOSE = Deed(
    gettext_lazy("Close the commitment"),
    gettext_lazy("Nothing more comes of it, and all of it is accounted for. It no longer changes."),
    gettext_lazy("Close"),
    gettext_lazy("Closed."),
    CloseForm,
    close_commitment,
)


def do(
    request: SignedInRequest, commitment: Commitment, deed: Deed, **made_of: Any
) -> HttpResponse:
    """The page of a deed, and the deed when it is sent."""
    form = deed.form(request.POST or None, commitment=commitment, **made_of)
    if request.method == "POST" and form.is_valid():
        try:
            deed.service(commitment, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal, deed.amount if isinstance(refusal, BEYOND) else None)
        else:
            messages.success(request, str(deed.said))
            return redirect(commitment)
    context = {"form": form, "deed": deed, **around(commitment)}
    return render(request, "workplans/commitment_deed.html", context)


def find_commitment(request: HttpRequest, pk: int) -> Commitment:
    """The commitment as far as the visitor may see it, else 404."""
    seen = Commitment.objects.visible_to(request.user).in_full()
    return get_object_or_404(seen.select_related("passes_on__organisation", "confirmed_by"), pk=pk)


def around(commitment: Commitment) -> dict[str, Any]:
    """What every page of a commitment stands in."""
    activity = commitment.activity
    return {
        "commitment": commitment,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
    }


def say_who_is_asked(request: HttpRequest, commitment: Commitment) -> None:
    """Say that the signatory has a letter, or that nobody is there to be asked."""
    if has_signatory(commitment, at=timezone.now()):
        messages.success(request, _("Entered as indicative. The signatory is asked by e-mail."))
        return
    words = {"organisation": commitment.organisation}
    said = _(
        "Entered as indicative. Nobody holds the office of signatory for %(organisation)s, so "
        "nobody can confirm it: have one invited."
    )
    messages.warning(request, said % words)


def content_form(request: SignedInRequest, commitment: Commitment, data: Any) -> CommitmentForm:
    return CommitmentForm(
        data, activity=commitment.activity, user=request.user, commitment=commitment
    )


def content_conflict(
    request: SignedInRequest, mine: CommitmentForm, commitment: Commitment
) -> tuple[CommitmentForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = Commitment.objects.in_full().get(pk=commitment.pk)
    theirs = content_form(request, current, None)
    saved = Event.objects.about(current).select_related("by").first()
    again = content_form(request, current, merged(mine, theirs, current.version))
    return again, Conflict.since(saved, differences(mine, theirs))
