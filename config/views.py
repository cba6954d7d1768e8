"""Answers that belong to no app: to machines that watch the portal, and to who may not."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config import health
from config.metrics import exposition


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
