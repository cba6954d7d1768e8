"""The front page: what is coordinated where, and what came of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coordination.models import Mechanism
from coordination.views.composed import composed_once
from reporting.models import Report
from reporting.views.library import in_full

NEWEST = 5


@require_safe
@composed_once
def home(request: HttpRequest) -> HttpResponse:
    """For everyone, the same for who is signed in."""
    mechanisms = Mechanism.objects.visible_to(request.user).with_member_count(
        on=timezone.localdate()
    )
    reports = Report.objects.visible_to(request.user).published()
    context = {
        "mechanisms": mechanisms.select_related("country")
        .prefetch_related("places")
        .order_by("country__name", "name"),
        "reports": in_full(reports).order_by("-period__starts_on", "mechanism__short_name")[
            :NEWEST
        ],
    }
    return render(request, "reporting/home.html", context)
