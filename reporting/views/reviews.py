"""Quarterly reviews of a plan: the list, one with its pack, and its public page (P24, P25)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.making import answer_poll, making_context
from coordination.views.signed_in import SignedInRequest
from reporting.forms.reviews import DecisionRequestForm, PackRequestForm, ReviewForm
from reporting.models import Review, ReviewFile, ReviewPack
from reporting.permissions import (
    can_ask_decision,
    can_consent_to_review,
    can_open_review,
    can_prepare_review,
)
from reporting.services.review_contents import public_contents
from reporting.services.reviews import (
    ask_decision,
    cancel_pack,
    consent_to_pack,
    decisions_on,
    open_review,
    publish_pack,
    request_pack,
    retry_pack,
    review_body_of,
    send_request,
)
from reporting.views.files import hand_out_made
from workplans.models import JointWorkPlan

State = ReviewPack.State
MADE = (State.READY, State.PUBLISHED)
MEDIA_TYPES = {
    ReviewFile.Kind.PDF: "application/pdf",
    ReviewFile.Kind.INTERNAL: "application/pdf",
    ReviewFile.Kind.CSV: "text/csv",
    ReviewFile.Kind.JSON: "application/json",
}


@require_safe
def review_list(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The reviews of the plan, the newest quarter first."""
    found = find_plan(request, slug, plan)
    reviews = Review.objects.visible_to(request.user).filter(plan=found).in_full()
    seen = ReviewPack.objects.visible_to(request.user).defer("snapshot")
    packs = Prefetch("packs", seen.order_by("number"))
    may_open = can_open_review(request.user, found)
    today = found.mechanism.today()
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "reviews": reviews.prefetch_related(packs).order_by("-period__starts_on"),
        "form": ReviewForm(plan=found, on=today) if may_open else None,
    }
    return render(request, "reporting/review_list.html", context)


@login_required
@require_POST
def review_open(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Begin the review of a quarter, or open the one that is there."""
    found = find_plan(request, slug, plan)
    require(can_open_review(request.user, found))
    today = found.mechanism.today()
    form = ReviewForm(request.POST, plan=found, on=today)
    if not form.is_valid():
        messages.warning(request, _("Choose a quarter of the plan that is over."))
        return redirect("review-list", slug, plan)
    try:
        return redirect(open_review(found, form.cleaned_data["period"], by=request.user))
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("review-list", slug, plan)


@require_safe
def review_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The published review for everyone; for who works on it, the pack and what it waits for."""
    review = find_review(request, slug)
    works = Review.objects.working_for(request.user).filter(pk=review.pk).exists()
    published = review.packs.published().defer("snapshot").first()
    if published is not None and (not works or "public" in request.GET):
        return published_page(request, review, published, works=works)
    return render(request, "reporting/review_detail.html", workspace(request, review))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision_request(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask the committee for a decision."""
    review = find_review(request, slug)
    require(can_ask_decision(request.user, review))
    form = DecisionRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_decision(review, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Recorded. The secretariat sends it to the committee when it is ripe.")
            )
            return redirect(review)
    return render(request, "reporting/review_request_form.html", {"form": form, "review": review})


@login_required
@require_POST
def decision_request_send(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Put a request where the committee's next agenda is made of."""
    review = find_review(request, slug)
    require(can_prepare_review(request.user, review))
    asked = get_object_or_404(review.requests.select_related("review"), pk=pk)
    try:
        send_request(asked, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("It waits for the committee’s next agenda."))
    return redirect(review)


@login_required
@require_POST
def pack_request(request: SignedInRequest, slug: str) -> HttpResponse:
    """Have the pack made; a second click gets the first one's."""
    review = find_review(request, slug)
    require(can_prepare_review(request.user, review))
    form = PackRequestForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Open the review again and ask from there."))
        return redirect(review)
    try:
        request_pack(review, seen=form.cleaned_data["seen"], by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return redirect(review)


@require_safe
def pack_progress(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """How far the making of a pack is."""
    pack = find_pack(request, slug, number)
    page, progress = pack.get_absolute_url(), progress_of(pack)
    return answer_poll(request, pack, page=page, progress=progress)


@login_required
@require_POST
def pack_cancel(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Stop the making of a pack."""
    pack = find_pack(request, slug, number)
    require(can_prepare_review(request.user, pack.review))
    return answer_deed(request, pack, cancel_pack, _("Cancelled."))


@login_required
@require_POST
def pack_retry(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Make a pack that failed or was cancelled afresh."""
    pack = find_pack(request, slug, number)
    require(can_prepare_review(request.user, pack.review))
    return answer_deed(request, pack, retry_pack, "")


@login_required
@require_POST
def pack_consent(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """The focal point of the place agrees that this pack be published."""
    pack = find_pack(request, slug, number)
    require(can_consent_to_review(request.user, pack.review))
    return answer_deed(request, pack, consent_to_pack, _("Your consent is on record."))


@login_required
@require_POST
def pack_publish(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Make the public version public, for good."""
    pack = find_pack(request, slug, number)
    require(can_prepare_review(request.user, pack.review))
    return answer_deed(request, pack, publish_pack, _("The review is public now."))


@require_safe
def review_file(request: HttpRequest, slug: str, number: int, kind: str) -> HttpResponseBase:
    """A file of a pack: rights each time, then its bytes, if they are still those made."""
    visible = ReviewFile.objects.visible_to(request.user)
    files = visible.select_related("pack__review").defer("pack__snapshot")
    file = get_object_or_404(files, pack__review__slug=slug, pack__number=number, kind=kind)
    media_type = MEDIA_TYPES[ReviewFile.Kind(file.kind)]
    return hand_out_made(request, file, media_type=media_type, home=file.pack.review)


def workspace(request: HttpRequest, review: Review) -> dict[str, Any]:
    """What who works on the review sees: requests, the newest pack, and what happens next."""
    plan = review.plan
    found = review.packs.defer("snapshot").prefetch_related("files")
    packs = list(found.order_by("-number"))
    newest = packs[0] if packs else None
    made = next((each for each in packs if each.state in MADE), None)
    requests = list(review.requests.select_related("item").order_by("pk"))
    answers = decisions_on(requests)
    may_prepare = can_prepare_review(request.user, review)
    is_ready = made is not None and made is newest and made.state == State.READY
    return {
        "review": review,
        "plan": plan,
        "mechanism": plan.mechanism,
        "contents": made.contents if made else None,
        "made": made,
        "files": made.files.all() if made else [],
        "newest": newest,
        "progress": progress_of(newest) if newest and newest.state not in MADE else None,
        "requests": [(each, answers.get(each.pk, [])) for each in requests],
        "request_form": PackRequestForm(initial={"seen": newest.number if newest else 0}),
        "is_published": made is not None and made.state == State.PUBLISHED,
        "can_request": may_prepare and not (newest and newest.is_in_the_making),
        "can_prepare": may_prepare,
        # Before there is a committee nothing can be sent: the page says whom it waits for.
        "has_committee": bool(review.body_id or (requests and review_body_of(plan))),
        "can_ask": can_ask_decision(request.user, review),
        "can_consent": is_ready and can_consent_to_review(request.user, review),
        "can_publish": is_ready and may_prepare,
        "can_cancel": may_prepare and newest is not None and newest.is_in_the_making,
        "can_retry": may_prepare and newest is not None and newest.is_given_up,
        "events": events_of(review, packs),
    }


def events_of(review: Review, packs: list[ReviewPack]) -> QuerySet[Event]:
    """What was done to the review and its packs."""
    events = Event.objects.about(review)
    for pack in packs:
        events |= Event.objects.about(pack)
    return events.select_related("by")


def published_page(
    request: HttpRequest, review: Review, pack: ReviewPack, *, works: bool
) -> HttpResponse:
    """The public page: everything on it comes from the public contents (R24)."""
    context = {
        "review": review,
        "plan": review.plan,
        "mechanism": review.plan.mechanism,
        "pack": pack,
        "contents": public_contents(pack.contents),
        "files": pack.files.filter(kind__in=ReviewFile.PUBLIC).order_by("pk"),
        "works_on_it": works,
    }
    return render(request, "reporting/review_published.html", context)


def progress_of(pack: ReviewPack) -> dict[str, Any]:
    """What components/progress.html takes."""
    poll = reverse("pack-progress", args=[pack.review.slug, pack.number])
    return making_context(pack, poll=poll)


def find_plan(request: HttpRequest, slug: str, plan: str) -> JointWorkPlan:
    """The plan at this address as far as the visitor may see it, else 404."""
    plans = JointWorkPlan.objects.visible_to(request.user)
    related = ("mechanism__calendar", "place", "calendar")
    return get_object_or_404(plans.select_related(*related), mechanism__slug=slug, slug=plan)


def find_review(request: HttpRequest, slug: str) -> Review:
    """The review, if the visitor may see it; else 404."""
    return get_object_or_404(Review.objects.visible_to(request.user).in_full(), slug=slug)


def find_pack(request: HttpRequest, slug: str, number: int) -> ReviewPack:
    """The pack of a review as far as the visitor may see it, else 404; its snapshot on demand."""
    review = find_review(request, slug)
    packs = ReviewPack.objects.visible_to(request.user).filter(review=review).defer("snapshot")
    pack = get_object_or_404(packs, number=number)
    pack.review = review
    return pack


def answer_deed(
    request: SignedInRequest, pack: ReviewPack, deed: Callable[..., object], done: str
) -> HttpResponse:
    """Do the deed, say what came of it, and go back to the review."""
    try:
        deed(pack, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        if done:
            messages.success(request, done)
    if not Review.objects.visible_to(request.user).filter(pk=pack.review_id).exists():
        raise Http404
    return redirect(pack.review)
