"""Checking a copy: is this file the one that was published? It is hashed where it lies (R22)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from coordination.models import Mechanism
from reporting.forms.reports import CopyCheckForm
from reporting.models import EditionFile, Report, Review, ReviewFile
from reporting.services.restatements import corrections_of
from reporting.services.words import day_text


@dataclass(frozen=True)
class Copy:
    """A published file, of a report's edition or of a review's pack."""

    kind: str
    title: str
    url: str
    published_on: dt.date
    is_restated: bool = False


@vary_on_headers("Accept")
@require_safe
def copy_check(request: HttpRequest) -> HttpResponse:
    """Ask by ?sha256=…, with or without a script; no file is ever sent here."""
    form = CopyCheckForm(request.GET or None)
    asked = form.is_bound and form.is_valid()
    copy = published_copy(request, form.cleaned_data["sha256"]) if asked else None
    if request.accepts("text/html"):
        context = {"form": form, "asked": asked, "copy": copy}
        return render(request, "reporting/copy_check.html", context)
    return JsonResponse(answer_of(copy) if asked else {"known": False})


def published_copy(request: HttpRequest, sha256: str) -> Copy | None:
    """The published file with this hash, as far as the visitor may see it."""
    editions = EditionFile.objects.of_published(request.user).filter(sha256=sha256)
    for file in editions.select_related("edition__report__mechanism", "edition__report__period"):
        edition = file.edition
        copy = _copy(file, edition.report, edition.report.mechanism, edition.published_at)
        return replace(copy, is_restated=bool(corrections_of(edition)))
    reviews = ReviewFile.objects.of_published(request.user).filter(sha256=sha256)
    for paper in reviews.select_related("pack__review__plan__mechanism", "pack__review__period"):
        review = paper.pack.review
        return _copy(paper, review, review.plan.mechanism, paper.pack.published_at)
    return None


def _copy(
    file: EditionFile | ReviewFile,
    thing: Report | Review,
    mechanism: Mechanism,
    published_at: dt.datetime | None,
) -> Copy:
    on = timezone.localdate(published_at, mechanism.zone)
    return Copy(str(file.get_kind_display()), str(thing), thing.get_absolute_url(), on)


def answer_of(copy: Copy | None) -> dict[str, Any]:
    """What static/js/check.js shows."""
    if copy is None:
        return {"known": False}
    message = _("Authentic: %(kind)s of “%(report)s”, published on %(day)s.") % {
        "kind": copy.kind,
        "report": copy.title,
        "day": day_text(copy.published_on),
    }
    if copy.is_restated:
        message += " " + _("Later reports print other values for some of its figures.")
    return {
        "known": True,
        "message": message,
        "url": copy.url,
        "link": _("Open the report"),
    }
