"""Handing out files: rights first, then bytes that no browser takes for a page (C5)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from coordination.models import MadeFile, StoredFile
from coordination.permissions import can_open_file
from coordination.services.files import small_path
from coordination.services.storage import is_damaged

logger = logging.getLogger(__name__)


@require_safe
def file_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file itself, for whoever may open a thing that it is attached to."""
    file = _readable(request, pk)
    if is_damaged(file.path, file.sha256):
        return told_of_damage(request, file)
    return hand_out(
        request,
        file.path,
        name=file.name,
        media_type=file.media_type,
        etag=file.sha256,
        inline=file.is_picture,
    )


@require_safe
def file_small(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A small version of a picture, for pages that show many."""
    file = _readable(request, pk)
    if not file.is_picture:
        raise Http404
    if is_damaged(small_path(file.path), file.small_sha256):
        return told_of_damage(request, file)
    return hand_out(
        request,
        small_path(file.path),
        name=f"{file.name.rpartition('.')[0]}.jpg",
        media_type="image/jpeg",
        etag=file.small_sha256,
        inline=True,
    )


def hand_out(
    request: HttpRequest,
    path: str,
    *,
    name: str,
    media_type: str,
    etag: str,
    inline: bool = False,
) -> HttpResponseBase:
    """Answer with what lies at ``path`` of the private storage; rights were checked before.

    ``etag`` changes with the content. Only pictures that were drawn anew may be ``inline``. The
    browser may keep a copy for itself, and asks each time whether it may still show it.
    """
    if unchanged := get_conditional_response(request, etag=f'"{etag}"'):
        return unchanged
    response = _bytes_of(path)
    response["Content-Type"] = media_type
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "inline"
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _readable(request: HttpRequest, pk: int) -> StoredFile:
    file = get_object_or_404(StoredFile, pk=pk)
    if not can_open_file(request.user, file):
        raise Http404
    return file


def told_of_damage(request: HttpRequest, file: StoredFile | MadeFile) -> HttpResponse:
    """Say that the file is no longer what it was, and tell whoever runs the portal."""
    logger.error("Stored file %s is damaged: %s", file.pk, file.path)
    return render(
        request, "coordination/file_damaged.html", {"file": file},
        status=HTTPStatus.SERVICE_UNAVAILABLE,
    )  # fmt: skip


def _bytes_of(path: str) -> HttpResponseBase:
    if settings.MEDIA_ACCEL_PREFIX:
        # The proxy sends the bytes; this process is free for the next request.
        return HttpResponse(headers={"X-Accel-Redirect": settings.MEDIA_ACCEL_PREFIX + quote(path)})
    try:
        return FileResponse(default_storage.open(path))
    except FileNotFoundError as missing:
        raise Http404 from missing
