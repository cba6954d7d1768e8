"""What is behind a figure of a report; of a published one for everyone (R12, R24)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reporting.services.frozen_explanations import Part, explain_frozen
from reporting.views.editions import MADE, find_edition

PARTS = ("place", "organisation")


@require_safe
def edition_figure(request: HttpRequest, slug: str, number: int, code: str) -> HttpResponse:
    """From a figure of the edition to its values, its rule and its reporters, as then frozen."""
    edition = find_edition(request, slug, number)
    if edition.state not in MADE:
        raise Http404
    contents = edition.contents
    kind = next((name for name in PARTS if request.GET.get(name)), "")
    told = explain_frozen(
        contents,
        code,
        request.GET.get("span", ""),
        Part(kind, request.GET.get(kind, "")),
        version=request.GET.get("version", ""),
    )
    if told is None:
        raise Http404
    context = {
        "report": edition.report,
        "edition": edition,
        "contents": contents,
        "told": told,
        "part": {"kind": kind, "key": request.GET.get(kind, "")},
    }
    return render(request, "reporting/edition_figure.html", context)
