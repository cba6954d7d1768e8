"""Answers that belong to no app: to machines that watch, to who may not, and in a fault."""

import sys
from http import HTTPStatus

import psycopg2
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.crypto import constant_time_compare
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config import health
from config.kept import is_sent_from_here, offer_again, typed_in
from config.metrics import exposition
from coordination.services.storage import StorageAway


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Answer that this process runs; ask nothing else. For whoever restarts dead processes."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part works, else 503, and say which. For whoever wakes people up."""
    findings = health.examine()
    ready = all(finding.works for finding in findings)
    return JsonResponse(
        {
            "ready": ready,
            "at": health.now(),
            "parts": {
                finding.part: {"works": finding.works, "detail": finding.detail}
                for finding in findings
            },
        },
        status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus, which bears METRICS_TOKEN; for anyone else there is nothing here."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(
        given, f"Bearer {settings.METRICS_TOKEN}"
    ):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Lead who has not signed in to the door; to anyone else say whose deed it is (R28)."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return defaults.permission_denied(request, exception)


def forgery_feared(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Ask whether a form without a fresh token shall be sent, if a page of ours sent it (R28)."""
    if typed_in(request) and is_sent_from_here(request):
        return offer_again(request, status=HTTPStatus.FORBIDDEN)
    return HttpResponse(get_template("403_csrf.html").render(), status=HTTPStatus.FORBIDDEN)


def fault(request: HttpRequest) -> HttpResponse:
    """Answer an exception that nothing caught: 503 while database or files are away, else 500."""
    error = sys.exception()
    if error is not None and _says_database_is_away(error.__cause__):
        return _unavailable("503_database.html")
    if isinstance(error, StorageAway):
        return _unavailable("503_storage.html")
    return HttpResponse(get_template("500.html").render(), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _unavailable(template: str) -> HttpResponse:
    return HttpResponse(
        get_template(template).render(),
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": "30"},
    )


def _says_database_is_away(cause: BaseException | None) -> bool:
    """Whether no connection could be made, or one was cut off by the server's end."""
    if isinstance(cause, psycopg2.InterfaceError):
        return True
    gone = (None, "57P01", "57P02", "57P03")  # no answer; shut down, crashed, not yet up
    return isinstance(cause, psycopg2.OperationalError) and cause.pgcode in gone
