"""What every request goes through, besides what Django and its add-ons already do."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.middleware import HtmxDetails

from config import metrics
from config.kept import offer_again, typed_in
from config.logs import address_pattern, request_id
from coordination.models import standing_asked_once

logger = logging.getLogger(__name__)


class HtmxRequest(HttpRequest):
    """A request that went through django-htmx's middleware."""

    htmx: HtmxDetails


GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Number each request, answer with the number, log one line about it, and measure it.

    A proxy's `X-Request-ID` is kept, where it looks like one, so that both logs can be joined.
    """

    ACCEPTED = re.compile(r"[A-Za-z0-9-]{8,64}")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        number = given if self.ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        request.number = number  # type: ignore[attr-defined]  # of our own, for the log
        token = request_id.set(number)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = number
            _note_request(request, response, seconds=time.monotonic() - started)
            return response
        finally:
            request_id.reset(token)


def _note_request(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    if request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
        return
    metrics.observe(request, response, seconds=seconds)
    # The person only if the view asked who it is: logging opens no session.
    user = getattr(request, "_cached_user", None)
    logger.info(
        "%s %s %s",
        request.method,
        address_pattern(request),
        response.status_code,
        extra={
            "user": getattr(user, "pk", None),
            "milliseconds": round(seconds * 1000),
        },
    )


class ResponseHeadersMiddleware:
    """Headers that Django and django-csp do not set.

    Pages of people who are signed in stay out of every cache, a shared laptop's too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "HX-Request" in request.headers:
            response.setdefault("Cache-Control", "private, no-store")
        if response.get("Content-Type", "").startswith("text/html"):
            # The same address answers htmx with a part of the page.
            patch_vary_headers(response, ["HX-Request"])
        return response


class RefuseNulMiddleware:
    """Answer 400 to an address with a NUL in it, which PostgreSQL would answer with an error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("NUL in the address")
        return self.get_response(request)


class SignInAgainMiddleware:
    """Lead whom the session has left to sign in, and back to the page that they were on.

    A deed's own address takes no visit: who pressed a button would end on a refusal. What was
    typed stays in the page that asks to sign in. Of an htmx request the whole page goes to sign
    in, or a part of it would become a sign-in form; a form of it is sent the plain way instead.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HtmxRequest) -> HttpResponseBase:
        response = self.get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        if not response.get("Location", "").startswith(f"{sign_in}?next="):
            return response
        if typed_in(request) and request.accepts("text/html"):
            if request.htmx:
                return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
            return offer_again(request, status=HTTPStatus.UNAUTHORIZED)
        if request.htmx:
            back = request.htmx.current_url_abs_path or "/"
            address = f"{sign_in}?{urlencode({'next': back})}"
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": address})
        if request.method not in {"GET", "HEAD"}:
            response["Location"] = f"{sign_in}?{urlencode({'next': self._page_of(request)})}"
        return response

    def _page_of(self, request: HttpRequest) -> str:
        """The page of ours from which something was sent; without one the first page."""
        came_from = request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
            return "/"
        path, query = urlsplit(came_from)[2:4]
        return f"{path}?{query}" if query else path


class StandingMiddleware:
    """Read the visitor's offices once for a page, however many rules ask for them.

    Only where nothing is changed: a deed may give or end the very office that it is judged by.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with standing_asked_once():
            return self.get_response(request)


class BusyDatabaseMiddleware:
    """Answer 503, to be tried again, when another's change holds what this request needs."""

    POSTGRESQL_CODES = frozenset({"55P03", "57014", "40P01"})  # lock, statement time-out; deadlock

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError) or not self._is_busy(exception):
            return None
        logger.warning("The database was busy: %s", address_pattern(request))
        response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = "5"
        return response

    def _is_busy(self, exception: OperationalError) -> bool:
        code = getattr(exception.__cause__, "pgcode", None)
        return code in self.POSTGRESQL_CODES or "database is locked" in str(exception)


class CompressPagesMiddleware(GZipMiddleware):
    """Send pages in a quarter of their size; files go out as they are, under their own length.

    Django pads what it compresses by a random length, so that the size tells nothing of a secret
    on the page (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Return the page compressed, where the browser takes it so."""
        if response.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response
