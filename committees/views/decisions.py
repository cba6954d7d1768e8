"""Decisions: the register of a mechanism or a body, one decision, and how one is recorded."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.decisions import DecisionFilter, DecisionForm, filters_in_words
from committees.models import ActionItem, Body, Decision
from committees.permissions import can_read_in_full, can_take_minutes
from committees.services.decision_exports import decisions_table, standing_of
from committees.services.decisions import take_decision, tally_in_words
from committees.services.minutes_guards import is_confirmed
from committees.services.quorum import quorum_of
from coordination.models import Event, Mechanism
from coordination.services.refusals import Refusal
from coordination.services.spreadsheets import to_csv, to_xlsx
from coordination.views.signed_in import SignedInRequest

from .minutes import find_to_take, write_address

LINES_A_PAGE = 25
KINDS = ("xlsx", "csv")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def decision_list(request: HttpRequest, slug: str, body_slug: str = "") -> HttpResponse:
    """The register of a mechanism or of one body, narrowed in the address."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    body = find_body(mechanism, body_slug) if body_slug else None
    found = register(request, mechanism, body)
    page = Paginator(found.qs.in_full().in_order(), LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "mechanism": mechanism,
        "body": body,
        "filter": found,
        "page": page,
        "rows": [(decision, *standing_of(decision)) for decision in page],
        "exports": exports_of(request, mechanism, body),
    }
    return render(request, "committees/decision_list.html", context)


@require_safe
def decision_export(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """The register as filtered, one row each, as XLSX or CSV (R23)."""
    if kind not in KINDS:
        raise Http404
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    found = register(request, mechanism, None)
    decisions, filters = found.qs.in_order(), filters_in_words(found.form)
    table = decisions_table(mechanism, decisions, filters=filters)
    if kind == "xlsx":
        response = HttpResponse(to_xlsx(table), content_type=XLSX)
    else:
        response = HttpResponse(to_csv(table), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{slug}-decisions.{kind}"'
    return response


@require_safe
def decision_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision, verbatim: how it was taken, what it replaces, what was done about it."""
    seen = Decision.objects.visible_to(request.user)
    decision = get_object_or_404(seen.in_full(), pk=pk)
    body = decision.body
    code, label = standing_of(decision)
    related = seen.select_related("body").in_order()
    actions = ActionItem.objects.visible_to(request.user).filter(decision=decision)
    is_inside = can_read_in_full(request.user, decision.meeting)
    votes = decision.votes.select_related("seat").order_by("pk")
    context = {
        "decision": decision,
        "body": body,
        "mechanism": body.mechanism,
        "standing": code,
        "standing_label": label,
        "binding_on": decision.binding_on.order_by("short_name"),
        "votes": votes,
        "tally": tally_in_words(votes),
        "replaces": related.filter(superseded_by=decision),
        "replaced_by": related.filter(supersedes=decision),
        "ratified_by": related.filter(ratifies=decision),
        "ratifies": related.filter(ratified_by=decision),
        "actions": actions.select_related("body", "owner_seat", "owner_organisation").in_order(),
        "can_correct": decision.from_paper
        and can_take_minutes(request.user, decision.meeting)
        and not is_confirmed(decision.meeting),
        "events": Event.objects.about(decision).select_related("by") if is_inside else None,
    }
    return render(request, "committees/decision_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record what the meeting resolves, under an item or by itself."""
    meeting = find_to_take(request, pk)
    items = {str(item.pk): item for item in meeting.items.all()}
    item = items.get(request.GET.get("item", ""))
    form = DecisionForm(request.POST or None, meeting=meeting, item=item)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["item"]
        try:
            decision = take_decision(meeting, by=request.user, item=chosen, **form.resolution())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(number)s is recorded.") % {"number": decision})
            return redirect(write_address(meeting) + (f"#item-{chosen.pk}" if chosen else ""))
    context = {
        "form": form,
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "quorum": quorum_of(meeting) if meeting.is_counted else None,
        "cancel": write_address(meeting),
    }
    return render(request, "committees/decision_form.html", context)


def find_body(mechanism: Mechanism, slug: str) -> Body:
    """The body of the mechanism at this address, else 404."""
    return get_object_or_404(
        Body.objects.select_related("mechanism"), mechanism=mechanism, slug=slug
    )


def register(request: HttpRequest, mechanism: Mechanism, body: Body | None) -> DecisionFilter:
    """The decisions that the visitor reads, as the address narrows them."""
    decisions = Decision.objects.visible_to(request.user)
    of = Q(body=body) if body else Q(body__mechanism=mechanism)
    return DecisionFilter(request, decisions.filter(of), body=body)


def exports_of(
    request: HttpRequest, mechanism: Mechanism, body: Body | None
) -> list[dict[str, str]]:
    """Links to the same view as files."""
    asked = request.GET.copy()
    asked.pop("page", None)
    if body:
        asked["body"] = body.slug
    suffix = f"?{asked.urlencode()}" if asked else ""
    return [
        {"kind": kind, "url": reverse("decision-export", args=[mechanism.slug, kind]) + suffix}
        for kind in KINDS
    ]
