"""The library: every published report, found by mechanism, quarter, place, award and donor."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.models import Standing
from reporting.filters import ReportFilter
from reporting.models import Edition, Report, Review

REPORTS_A_PAGE = 20
REVIEWS_SHOWN = 10


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """Published reports, the newest quarter first; above them those that the visitor works on."""
    standing = Standing.of(request.user)
    published = in_full(Report.objects.visible_to(request.user).published())
    mine = bool(standing.donors) and "mine" in request.GET
    listed = published.funded_by(standing.donors) if mine else published
    found = ReportFilter(request.GET, queryset=listed, request=request)
    order = ("-period__starts_on", "mechanism__short_name", "place__name")
    page = Paginator(found.qs.order_by(*order), REPORTS_A_PAGE).get_page(request.GET.get("page"))
    working = Report.objects.working_for(request.user).exclude(editions__state="published")
    context = {
        "filter": found,
        "page": page,
        "working": with_newest(in_full(working).order_by(*order)),
        "reviews": newest_reviews(request),
        "is_donor": bool(standing.donors),
        "mine": mine,
        "can_create": bool(standing.secretariat_of),
    }
    return render(request, "reporting/report_list.html", context)


def newest_reviews(request: HttpRequest) -> QuerySet[Review]:
    """Published reviews of work plans that the visitor sees; each plan lists all of its own."""
    seen = Review.objects.visible_to(request.user).published().in_full()
    return seen.order_by("-period__starts_on", "plan__title")[:REVIEWS_SHOWN]


def in_full(reports):
    """With what a line of the list shows, in a fixed number of queries."""
    published = Edition.objects.published().defer("snapshot").prefetch_related("files")
    return reports.select_related("mechanism", "period", "place").prefetch_related(
        Prefetch("editions", published, to_attr="published_editions")
    )


def with_newest(reports):
    """With the newest edition of each."""
    newest = Edition.objects.defer("snapshot").order_by("-number")
    return reports.prefetch_related(Prefetch("editions", newest, to_attr="newest_first"))
