"""Addresses for machines that watch the portal."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import health


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
