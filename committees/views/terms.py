"""Terms of reference: the versions of a mechanism's bodies, one of them, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.terms import (
    AdoptionForm,
    HarmonisedTermsForm,
    PairForm,
    TermsForm,
    TermsMoveForm,
    TermsTableForm,
)
from committees.models import Body, Terms, TermsAdoption
from committees.permissions import (
    can_decide_terms,
    can_draft_terms,
    can_keep_body,
    can_see_committee_work,
    can_table_terms,
)
from committees.services.comparison import compare_terms
from committees.services.terms import (
    deciders_of,
    draft_terms,
    edit_terms,
    meetings_to_table_at,
    move_terms,
    record_adoption,
    table_terms,
)
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism, Visitor
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body

EVENTS_SHOWN = 30


@require_safe
def terms_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version of the mechanism's bodies, and those for all bodies of a kind."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    terms = Terms.objects.visible_to(request.user).filter(mechanism=mechanism).in_full()
    terms = terms.order_by("body__position", "body__name", "kind", "-number")
    context = {
        "mechanism": mechanism,
        "harmonised": [row for row in terms if row.body is None],
        "own": [row for row in terms if row.body is not None],
        "can_draft": can_draft_terms(request.user, mechanism, None),
    }
    return render(request, "committees/terms_list.html", context)


@require_safe
def terms_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its text, how it stands, and for a kind, how far each body has come with it."""
    terms = find_terms(request, pk)
    seen = Terms.objects.visible_to(request.user)
    others = seen.filter(mechanism=terms.mechanism_id, body=terms.body_id, kind=terms.kind)
    sees_work = can_see_committee_work(request.user, terms.mechanism)
    is_draft = terms.state == Terms.State.DRAFT
    drafts = can_draft_terms(request.user, terms.mechanism, terms.body)
    today = terms.mechanism.today()
    is_waiting = sees_work and terms.state == Terms.State.TABLED
    deciders = deciders_of(terms, on=today) if is_waiting else []
    chaired = [decider.body for decider in deciders if decider.is_chaired]
    can_table = is_draft and can_table_terms(request.user, terms)
    tabled_by = terms.deciding_bodies() if is_draft and sees_work and not can_table else []
    context = {
        "terms": terms,
        "mechanism": terms.mechanism,
        "others": others.exclude(pk=terms.pk).order_by("-number"),
        "rows": roll_out(terms, request.user),
        "can_edit": is_draft and drafts,
        "can_table": can_table,
        "tabled_by": [str(body) for body in tabled_by],
        "can_move": bool(states_for(request.user, terms)),
        "chaired": chaired,
        # Whom to invite, where nobody who decides can sign in.
        "unchaired": [] if chaired else deciders,
        "events": _events_of(terms)[:EVENTS_SHOWN] if sees_work else None,
    }
    return render(request, "committees/terms_detail.html", context)


def _events_of(terms: Terms) -> Any:
    """What was done to the terms, and how far each body came with them."""
    versions = Terms.objects.filter(pk=terms.pk).select_related("mechanism", "body")
    adoptions = TermsAdoption.objects.filter(terms=terms).select_related(
        "terms__mechanism", "terms__body", "body"
    )
    return Event.objects.about_any(versions, adoptions)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def body_terms_create(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """The next version of a body's terms; it begins from the version before."""
    body = find_body(request, slug, body_slug)
    require(can_draft_terms(request.user, body.mechanism, body))
    newest = body.terms.order_by("-number").first()
    form = TermsForm(request.POST or None, request.FILES or None, begin=newest)
    return drafted(request, form, body.mechanism, body)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """A version that all bodies of a kind shall adopt."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_draft_terms(request.user, mechanism, None))
    form = HarmonisedTermsForm(request.POST or None, request.FILES or None)
    return drafted(request, form, mechanism, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The text of a draft; the second of two editors is shown both versions."""
    terms = find_terms(request, pk)
    require(can_draft_terms(request.user, terms.mechanism, terms.body))
    form, conflict = TermsForm(request.POST or None, request.FILES or None, terms=terms), None
    if request.method == "POST" and form.is_valid():
        seen_version = form.cleaned_data["seen_version"]
        try:
            edit_terms(terms, by=request.user, seen_version=seen_version, **form.content())
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, terms)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(terms)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(terms)
    context = {"form": form, "conflict": conflict, "terms": terms, "mechanism": terms.mechanism}
    return render(request, "committees/terms_form.html", context | {"body": terms.body})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms_table(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lay a draft before a meeting of the body above."""
    terms = find_terms(request, pk)
    require(can_table_terms(request.user, terms))
    form = TermsTableForm(terms, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            table_terms(terms, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Tabled."))
            return redirect(terms)
    above = terms.deciding_bodies().select_related("mechanism").in_order().first()
    meetings = meetings_to_table_at(terms).exists()
    context = {"form": form, "terms": terms, "mechanism": terms.mechanism}
    context |= {"has_meetings": meetings, "above": above}
    return render(request, "committees/terms_table.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that terms were approved, sent back, or put in force."""
    terms = find_terms(request, pk)
    drafts = can_draft_terms(request.user, terms.mechanism, terms.body)
    # What is tabled the chair decides; whoever keeps the body then puts it in force.
    records = drafts and terms.state != Terms.State.TABLED
    require(records or can_decide_terms(request.user, terms))
    states = states_for(request.user, terms)
    form = TermsMoveForm(states, request.POST or None, initial={"on": day_of_move(terms)})
    if request.method == "POST" and form.is_valid():
        try:
            terms = move_terms(terms, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("On record: %(terms)s is “%(state)s”.")
            words = {"terms": terms, "state": terms.get_state_display()}
            messages.success(request, said % words)
            return redirect(terms)
    context = {"form": form, "terms": terms, "mechanism": terms.mechanism, "states": states}
    return render(request, "committees/terms_move.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms_adopt(request: SignedInRequest, pk: int, body_pk: int) -> HttpResponse:
    """How far one body has come with terms for all of its kind."""
    terms = find_terms(request, pk)
    bodies = Body.objects.visible_to(request.user).filter(mechanism=terms.mechanism_id)
    body = get_object_or_404(bodies.select_related("mechanism", "place"), pk=body_pk)
    require(can_keep_body(request.user, body))
    adoption = terms.adoptions.filter(body=body).first()
    form = AdoptionForm(request.POST or None, adoption=adoption)
    if request.method == "POST" and form.is_valid():
        try:
            record_adoption(terms, body, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(terms)
    context = {"form": form, "terms": terms, "body": body, "mechanism": terms.mechanism}
    return render(request, "committees/terms_adopt.html", context)


@require_safe
def terms_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions side by side, the words that differ marked (B24)."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    terms = Terms.objects.visible_to(request.user).filter(mechanism=mechanism).in_full()
    form = PairForm(terms.order_by("body__position", "kind", "-number"), request.GET or None)
    pair = form.pair()
    context = {
        "mechanism": mechanism,
        "form": form,
        "pair": pair,
        "rows": compare_terms(*pair) if pair else [],
    }
    return render(request, "committees/terms_compare.html", context)


@dataclass(frozen=True)
class RollOut:
    """One body of a kind: its own terms, and how far it has come with the harmonised ones."""

    body: Body
    old: Terms | None
    adoption: TermsAdoption | None
    can_record: bool


def roll_out(terms: Terms, user: Visitor) -> list[RollOut]:
    """A row a body of the kind, by place; none for terms of one body, or while they are a draft."""
    if terms.body is not None or terms.state == Terms.State.DRAFT:
        return []
    bodies = Body.objects.visible_to(user).filter(mechanism=terms.mechanism_id, kind=terms.kind)
    seen = Terms.objects.visible_to(user).filter(body__in=bodies).order_by("number")
    # The one in force, else the newest.
    old = {row.body_id: row for row in seen.exclude(state=Terms.State.IN_FORCE)}
    old |= {row.body_id: row for row in seen.filter(state=Terms.State.IN_FORCE)}
    adoptions = {row.body_id: row for row in terms.adoptions.all()}
    rows = bodies.exclude(state=Body.State.DISSOLVED).select_related("mechanism", "place")
    return [
        RollOut(body, old.get(body.pk), adoptions.get(body.pk), can_keep_body(user, body))
        for body in rows.order_by("place__name", "position", "name")
    ]


def find_terms(request: HttpRequest, pk: int) -> Terms:
    """The version as far as the visitor may see it, else 404."""
    return get_object_or_404(Terms.objects.visible_to(request.user).in_full(), pk=pk)


def day_of_move(terms: Terms) -> dt.date:
    """Of what is tabled the day of its meeting, which decides about it; else today."""
    meeting = terms.tabled_at
    if terms.state == Terms.State.TABLED and meeting and meeting.has_begun and meeting.day:
        return meeting.day
    return terms.mechanism.today()


def states_for(user: Visitor, terms: Terms) -> list[Terms.State]:
    """What the user may record of the terms: the body above decides, their keeper puts in force."""
    if can_decide_terms(user, terms):
        return list(terms.next_states)
    if not can_draft_terms(user, terms.mechanism, terms.body):
        return []
    return [state for state in terms.next_states if state == Terms.State.IN_FORCE]


def drafted(
    request: SignedInRequest, form: TermsForm, mechanism: Mechanism, body: Body | None
) -> HttpResponse:
    """Save what was typed as a draft, or show the form."""
    if request.method == "POST" and form.is_valid():
        of: dict[str, Any] = {"body": body, "kind": form.cleaned_data.get("kind", "")}
        try:
            terms = draft_terms(mechanism, by=request.user, **of, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved as a draft. It is tabled next."))
            return redirect(terms)
    context = {"form": form, "mechanism": mechanism, "body": body}
    return render(request, "committees/terms_form.html", context)


def edit_conflict(
    request: SignedInRequest, mine: TermsForm, terms: Terms
) -> tuple[TermsForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = Terms.objects.in_full().get(pk=terms.pk)
    theirs = TermsForm(terms=current)
    again = TermsForm(merged(mine, theirs, current.version), terms=current)
    saved = Event.objects.about(current).filter(verb="committees.terms_edited").first()
    return again, Conflict.since(saved, differences(mine, theirs))
