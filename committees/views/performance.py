"""How communes perform and what they were granted: the body's page, one commune, its reviews."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.performance import CriteriaForm, PerformanceForm, ScaleFormSet
from committees.models import Body, Grant, PerformanceReview
from committees.permissions import can_read_body, can_record_grant, can_record_performance
from committees.services.criteria import CriteriaTooEarly, set_criteria
from committees.services.grants import totals_of
from committees.services.performance import (
    RULE,
    OtherCriteriaInForce,
    ReviewOnRecord,
    correct_review,
    places_reviewed,
    record_review,
)
from committees.services.performance_tables import performance_table, place_lines, review_lines
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Place
from coordination.permissions import require
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from coordination.services.spreadsheets import to_csv, to_xlsx
from coordination.views.signed_in import SignedInRequest

from . import bodies
from .decisions import KINDS, XLSX

LINES_A_PAGE = 50
# The fields that refusals are about.
FIELDS: dict[type[Refusal], str] = {
    CriteriaTooEarly: "applies_from",
    DayToCome: "reviewed_on",
    OtherCriteriaInForce: "reviewed_on",
    ReviewOnRecord: "reviewed_on",
}


@require_safe
def performance_list(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """One row a commune: its newest review, the trend, what was decided and paid."""
    body = find_reviewing(request, slug, body_slug)
    user, reads = request.user, can_read_body(request.user, body)
    places = places_reviewed(body)
    page = Paginator(places, LINES_A_PAGE).get_page(request.GET.get("page"))
    reviews = PerformanceReview.objects.visible_to(user).filter(body=body)
    context = {
        "mechanism": body.mechanism,
        "body": body,
        "level": body.reviews_level,
        "page": page,
        "lines": place_lines(user, body, page),
        "reviewed": reviews.filter(place__in=places).order_by().values("place").distinct().count(),
        "totals": totals_of(Grant.objects.visible_to(user).filter(body=body)),
        # To others criteria are told with the first review by them that they may read.
        "criteria": criteria_of(body)
        if reads
        else criteria_of(body).filter(pk__in=reviews.order_by().values("criteria_set")),
        "rule": RULE,
        "exports": [
            {"kind": kind, "url": reverse("performance-export", args=[slug, body.slug, kind])}
            for kind in KINDS
        ],
        "reads": reads,
        "can_record": can_record_performance(user, body),
        "events": Event.objects.about_any(body.criteria_sets.select_related("body"))
        if reads
        else None,
    }
    return render(request, "committees/performance_list.html", context)


@require_safe
def performance_export(request: HttpRequest, slug: str, body_slug: str, kind: str) -> HttpResponse:
    """Every score and every grant that the visitor reads, one row each (R23)."""
    if kind not in KINDS:
        raise Http404
    body = find_reviewing(request, slug, body_slug)
    table = performance_table(request.user, body)
    if kind == "xlsx":
        response = HttpResponse(to_xlsx(table), content_type=XLSX)
    else:
        response = HttpResponse(to_csv(table), content_type="text/csv")
    name = f"{slug}-{body.slug}-performance.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def performance_detail(request: HttpRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """One commune: every review with its scores, every grant, and what was done to them."""
    body = find_reviewing(request, slug, body_slug)
    place = find_place(body, pk)
    user = request.user
    reviews = PerformanceReview.objects.visible_to(user).filter(body=body, place=place)
    grants = Grant.objects.visible_to(user).filter(body=body, place=place)
    reads = can_read_body(user, body)
    context = {
        "mechanism": body.mechanism,
        "body": body,
        "level": body.reviews_level,
        "place": place,
        "lines": [
            (line, scores_of(line.review))
            for line in review_lines(list(reviews.in_full().newest_first()))
        ],
        "grants": grants.in_full().newest_first(),
        "totals": totals_of(grants),
        "rule": RULE,
        "reads": reads,
        "can_record": can_record_performance(user, body) and body.criteria_sets.exists(),
        "can_grant": can_record_grant(user, body),
        "events": Event.objects.about_any(
            reviews.select_related("place"), grants.select_related("place")
        )
        if reads
        else None,
    }
    return render(request, "committees/performance_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def criteria_edit(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """The body's next criteria, from a day on; what was scored before stands as it was."""
    body = find_reviewing(request, slug, body_slug)
    require(can_record_performance(request.user, body))
    newest = criteria_of(body).first()
    form = CriteriaForm(request.POST or None)
    scales = ScaleFormSet(request.POST or None, newest=newest)
    if request.method == "POST" and form.is_valid() and scales.is_valid():
        try:
            criteria = set_criteria(
                body, by=request.user, scales=scales.scales(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal, FIELDS.get(type(refusal)))
        else:
            messages.success(request, _("Saved: version %(number)d.") % {"number": criteria.number})
            return redirect("performance-list", slug, body.slug)
    context = {
        "form": form,
        "scales": scales,
        "newest": newest,
        "body": body,
        "level": body.reviews_level,
        "mechanism": body.mechanism,
    }
    return render(request, "committees/criteria_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def performance_create(
    request: SignedInRequest, slug: str, body_slug: str, pk: int
) -> HttpResponse:
    """A review of one commune, by the newest criteria or by those that the address names."""
    body = find_reviewing(request, slug, body_slug)
    require(can_record_performance(request.user, body))
    place = find_place(body, pk)
    criteria_sets = list(criteria_of(body))
    asked = {str(each.number): each for each in criteria_sets}.get(request.GET.get("criteria", ""))
    criteria = asked or next(iter(criteria_sets), None)
    if criteria is None:
        messages.warning(request, _("Set the criteria first: a review scores by them."))
        return redirect("criteria-edit", slug, body.slug)
    form = PerformanceForm(request.POST or None, body=body, criteria=criteria)
    if request.method == "POST" and form.is_valid():
        try:
            review = record_review(
                body, place, by=request.user, criteria=criteria, **form.content()
            )
        except Refusal as refusal:
            form.add_error(FIELDS.get(type(refusal)), str(refusal))
        else:
            messages.success(request, _("Recorded: %(what)s.") % {"what": review})
            return redirect(review)
    others = [each for each in criteria_sets if each.pk != criteria.pk]
    context = {"form": form, "criteria": criteria, "others": others, "place": place}
    return render(request, "committees/performance_form.html", {**context, **page_of(body)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def performance_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """A review as it is right; the second of two editors is shown both versions."""
    review = find_review(request, pk)
    body, criteria = review.body, review.criteria_set
    require(can_record_performance(request.user, body))
    form, conflict = (
        PerformanceForm(request.POST or None, body=body, criteria=criteria, review=review),
        None,
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            correct_review(
                review, by=request.user, seen_version=typed["seen_version"],
                reason=typed["reason"], **form.content(),
            )  # fmt: skip
        except EditedMeanwhile:
            form, conflict = correct_conflict(request, form, review)
        except Refusal as refusal:
            form.add_error(FIELDS.get(type(refusal)), str(refusal))
        else:
            messages.success(request, _("Corrected. What it said before stays on record."))
            return redirect(review)
    context = {
        "form": form,
        "conflict": conflict,
        "criteria": criteria,
        "review": review,
        "place": review.place,
    }
    return render(request, "committees/performance_form.html", {**context, **page_of(body)})


# --- Parts ----------------------------------------------------------------------------------------


def find_reviewing(request: HttpRequest, slug: str, body_slug: str) -> Body:
    """The body at this address if it reviews places, else 404."""
    body = bodies.find_body(request, slug, body_slug)
    if body.reviews_level is None:
        raise Http404
    return body


def find_place(body: Body, pk: int) -> Place:
    """A place that the body reviews, else 404."""
    return get_object_or_404(places_reviewed(body), pk=pk)


def find_review(request: HttpRequest, pk: int) -> PerformanceReview:
    """The review as far as the visitor may read it, else 404."""
    seen = PerformanceReview.objects.visible_to(request.user).in_full()
    return get_object_or_404(seen.select_related("body__place", "body__reviews_level"), pk=pk)


def criteria_of(body: Body) -> Any:
    """The versions of its criteria, the newest first."""
    return body.criteria_sets.prefetch_related("criteria").order_by("-number")


def page_of(body: Body) -> dict[str, Any]:
    """What every page about a commune says of its body."""
    return {"body": body, "level": body.reviews_level, "mechanism": body.mechanism}


def scores_of(review: PerformanceReview) -> list[tuple[Any, Any]]:
    """Each criterion with its score, None for one that was not scored (R4)."""
    scores = {row.criterion_id: row.score for row in review.scores.all()}
    criteria = sorted(review.criteria_set.criteria.all(), key=lambda each: each.position)
    return [(each, scores.get(each.pk)) for each in criteria]


def correct_conflict(
    request: SignedInRequest, mine: PerformanceForm, review: PerformanceReview
) -> tuple[PerformanceForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = find_review(request, review.pk)
    criteria = current.criteria_set
    theirs = PerformanceForm(body=current.body, criteria=criteria, review=current)
    fields = [each for each in differences(mine, theirs) if each.label != mine["reason"].label]
    saved = Event.objects.about(current).order_by("-pk").first()
    data = merged(mine, theirs, current.version)
    again = PerformanceForm(data, body=current.body, criteria=criteria, review=current)
    return again, Conflict.since(saved, fields)
