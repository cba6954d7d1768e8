"""Action memos: the list, one of them, its drafting, comments, and what bodies resolved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.forms.memos import (
    CirculateForm,
    CommentAnswerForm,
    CommentForm,
    MemoFilter,
    MemoForm,
    OutcomesForm,
    ReadyForm,
)
from committees.models import Memo, MemoCirculation
from committees.permissions import (
    can_comment_memo,
    can_draft_memo,
    can_edit_memo,
    can_resolve_memo,
    can_see_committee_work,
)
from committees.services.memo_circulations import answer_comment, circulate_memo, comment_memo
from committees.services.memo_outcomes import (
    implement_memo,
    meetings_to_resolve_at,
    record_outcomes,
)
from committees.services.memos import DRAFTED, create_memo, edit_memo, make_memo_ready
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .deeds import DeedPage, show_deed
from .escalations import find_mechanism

LINES_A_PAGE = 50


@require_safe
def memo_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The memos of a mechanism that the visitor reads, with where each waits."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    seen = Memo.objects.visible_to(request.user).filter(mechanism=mechanism)
    narrowed = MemoFilter(request.GET, seen)
    rows = narrowed.qs.with_turns().order_by("code", "pk")
    context = {
        "mechanism": mechanism,
        "filter": narrowed,
        "page": Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page")),
        "today": mechanism.today(),
        "can_draft": can_draft_memo(request.user, mechanism),
    }
    return render(request, "committees/memo_list.html", context)


@require_safe
def memo_detail(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """What it recommends, which body has it since when, and what each resolved."""
    memo = find_memo(request, slug, code)
    can_edit = can_edit_memo(request.user, memo)
    circulations = memo.circulations.select_related("organisation", "commented_by").order_by("pk")
    turn = memo.turn
    is_open = memo.state in {Memo.State.READY, Memo.State.UNDER_REVIEW}
    adopted = {Memo.State.ADOPTED, Memo.State.ADOPTED_IN_PART}
    is_inside = can_see_committee_work(request.user, memo.mechanism)
    context = {
        "memo": memo,
        "mechanism": memo.mechanism,
        "recommendations": memo.recommendations.prefetch_related(
            "outcomes__body", "outcomes__decision__body"
        ).order_by("number"),
        "addressees": memo.addressees.all(),
        "turn": turn if is_open else None,
        "days": memo.days_held(on=memo.mechanism.today()),
        "circulations": [each for each in circulations if reads_comment(request, each)],
        "can_edit": can_edit and memo.state in DRAFTED,
        "can_circulate": can_edit,
        "can_resolve": bool(turn and is_open and can_resolve_memo(request.user, turn.body)),
        "can_implement": can_edit and memo.state in adopted,
        "comments_own": {each.pk for each in circulations if can_comment_memo(request.user, each)},
        "events": Event.objects.about(memo).select_related("by") if is_inside else None,
    }
    return render(request, "committees/memo_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memo_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """A new draft."""
    mechanism = find_mechanism(request, slug)
    require(can_draft_memo(request.user, mechanism))
    form = MemoForm(request.POST or None, mechanism=mechanism, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            memo = create_memo(mechanism, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The memo is drafted. Say when it is ready."))
            return redirect(memo)
    return render(request, "committees/memo_form.html", {"form": form, "mechanism": mechanism})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memo_edit(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """Its words and bodies; the second of two editors is shown both versions."""
    memo = find_memo(request, slug, code)
    require(can_edit_memo(request.user, memo))
    known: dict[str, Any] = {"mechanism": memo.mechanism, "user": request.user}
    form, conflict = MemoForm(request.POST or None, memo=memo, **known), None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            edit_memo(memo, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            current = find_memo(request, slug, code)
            theirs = MemoForm(memo=current, **known)
            fields = differences(form, theirs)
            if not fields:  # both typed the same, or one clicked twice
                return redirect(memo)
            saved = Event.objects.about(current).order_by("-pk").first()
            conflict = Conflict.since(saved, fields)
            form = MemoForm(merged(form, theirs, current.version), memo=current, **known)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(memo)
    context = {"form": form, "conflict": conflict, "memo": memo, "mechanism": memo.mechanism}
    return render(request, "committees/memo_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memo_ready(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """It waits for a meeting from now on."""
    memo = find_memo(request, slug, code)
    require(can_edit_memo(request.user, memo))
    form = ReadyForm(request.POST or None, initial={"waiting_reason": memo.waiting_reason})
    said = _("Ready; it is offered for the agenda of the next meeting.")
    deed = deed_on(memo, make_memo_ready, (_("The memo is ready"), _("It is ready"), said))
    return show_deed(request, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memo_circulate(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """Send it for comment."""
    memo = find_memo(request, slug, code)
    require(can_edit_memo(request.user, memo))
    form = CirculateForm(request.POST or None, memo=memo)
    deed = deed_on(memo, circulate_memo, (_("Send it for comment"), _("Send"), _("Sent.")))
    return show_deed(request, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memo_comment(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """What one's organisation says of it."""
    memo = find_memo(request, slug, code)
    circulation = get_object_or_404(memo.circulations.select_related("organisation"), pk=pk)
    require(can_comment_memo(request.user, circulation))
    form = CommentForm(request.POST or None, initial={"comment": circulation.comment})
    words = (_("Comment on the memo"), _("Send the comment"), _("Your comment is in."))
    deed = deed_on(memo, on(circulation, comment_memo), words)
    return show_deed(request, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_answer(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """The comment is accepted or declined."""
    memo = find_memo(request, slug, code)
    circulation = get_object_or_404(memo.circulations.select_related("organisation"), pk=pk)
    require(can_edit_memo(request.user, memo))
    form = CommentAnswerForm(request.POST or None)
    words = (_("Answer the comment"), _("Send the answer"), _("Answered."))
    about = f"{circulation.organisation}: {circulation.comment}"
    deed = deed_on(memo, on(circulation, answer_comment), words, about=about)
    return show_deed(request, form, deed)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def memo_resolve(request: SignedInRequest, slug: str, code: str, body_slug: str) -> HttpResponse:
    """What a body resolved about each recommendation."""
    memo = find_memo(request, slug, code)
    addressees = memo.addressees.select_related("body__mechanism")
    body = get_object_or_404(addressees, body__slug=body_slug).body
    require(can_resolve_memo(request.user, body))
    form = OutcomesForm(request.POST or None, memo=memo, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            record_outcomes(memo, by=request.user, body=body, **form.content())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(memo)
    has_met = meetings_to_resolve_at(body).exists()
    context = {"form": form, "memo": memo, "body": body, "mechanism": memo.mechanism}
    return render(request, "committees/memo_resolve.html", context | {"has_met": has_met})


@login_required
@require_POST
def memo_implement(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """What was adopted of it is done."""
    memo = find_memo(request, slug, code)
    require(can_edit_memo(request.user, memo))
    try:
        implement_memo(memo, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Implemented."))
    return redirect(memo)


def find_memo(request: HttpRequest, slug: str, code: str) -> Memo:
    """The memo at this address as far as the visitor may see it, else 404."""
    seen = Memo.objects.visible_to(request.user).with_turns()
    return get_object_or_404(seen, mechanism__slug=slug, code=code)


def reads_comment(request: HttpRequest, circulation: MemoCirculation) -> bool:
    """Comments are for who prepares the memo and for the organisation that made them."""
    own = can_comment_memo(request.user, circulation)
    return own or can_edit_memo(request.user, circulation.memo)


def on(circulation: MemoCirculation, service: Callable[..., Any]) -> Callable[..., Any]:
    """The service of a circulation, as the page of a deed on its memo calls it."""
    return lambda _memo, **typed: service(circulation, **typed)


def deed_on(
    memo: Memo, service: Callable[..., Any], words: tuple[str, str, str], *, about: str = ""
) -> DeedPage:
    """The page of a deed; ``words`` are its heading, its button, and what is said afterwards."""
    return DeedPage(
        memo,
        about or memo.title,
        service,
        *words,
        mechanism=memo.mechanism,
        room=_("Memos"),
        room_url=reverse("memo-list", args=[memo.mechanism.slug]),
    )
