"""Handing out what was made: the very bytes, or a word to the secretariat (R22)."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from coordination.views.files import hand_out
from reporting.models import EditionFile, Report, Review, ReviewFile
from reporting.services.storage import FileDamaged, refuse_damaged


def hand_out_made(
    request: HttpRequest,
    file: EditionFile | ReviewFile,
    *,
    media_type: str,
    home: Report | Review,
) -> HttpResponseBase:
    """The file, if it is still what was made; else a page that says so and leads ``home``.

    Rights were checked before.
    """
    try:
        refuse_damaged(file)
    except FileDamaged as damaged:
        context = {"refusal": str(damaged), "home": home}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return render(request, "reporting/file_damaged.html", context, status=status)
    return hand_out(request, file.path, name=file.name, media_type=media_type, etag=file.sha256)
