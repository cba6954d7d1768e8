"""Checking a copy: is this file the one that was published? It is hashed where it lies (R22)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from reporting.forms.reports import CopyCheckForm
from reporting.models import EditionFile
from reporting.services.words import day_text


@vary_on_headers("Accept")
@require_safe
def copy_check(request: HttpRequest) -> HttpResponse:
    """Ask by ?sha256=…, with or without a script; no file is ever sent here."""
    form = CopyCheckForm(request.GET or None)
    asked = form.is_bound and form.is_valid()
    file = published_file(request, form.cleaned_data["sha256"]) if asked else None
    if request.accepts("text/html"):
        return render(
            request, "reporting/copy_check.html", {"form": form, "asked": asked, "file": file}
        )
    return JsonResponse(answer_of(file) if asked else {"known": False})


def published_file(request: HttpRequest, sha256: str) -> EditionFile | None:
    """The file with this hash, of a published edition that the visitor may see."""
    return (
        EditionFile.objects.of_published(request.user)
        .filter(sha256=sha256)
        .select_related("edition__report__mechanism", "edition__report__period")
        .first()
    )


def answer_of(file: EditionFile | None) -> dict[str, Any]:
    """What static/js/check.js shows."""
    if file is None:
        return {"known": False}
    edition = file.edition
    moment = edition.published_at
    zone = edition.report.mechanism.zone
    return {
        "known": True,
        "message": _("Authentic: %(kind)s of “%(report)s”, published on %(day)s.")
        % {
            "kind": file.get_kind_display(),
            "report": edition.report,
            "day": day_text(moment.astimezone(zone).date()) if moment else "",
        },
        "url": edition.report.get_absolute_url(),
        "link": _("Open the report"),
    }
