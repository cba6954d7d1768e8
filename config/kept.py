"""What was typed stays when its form cannot be taken: a session over, a page too old (R28)."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# Passwords are typed there.
NEVER_KEPT = ("/accounts/", "/admin/")


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values of the form that was sent; nothing of pages that ask for a password."""
    if request.method != "POST" or request.path.startswith(NEVER_KEPT):
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]


def is_sent_from_here(request: HttpRequest) -> bool:
    """Whether a page of the portal's own sent the form: nobody else's is to be sent on."""
    own = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin", "") in {own, *settings.CSRF_TRUSTED_ORIGINS}


def offer_again(request: HttpRequest, *, status: HTTPStatus) -> HttpResponse:
    """A page that holds what was typed, and sends it again when its reader says so."""
    context = {
        "typed": typed_in(request),
        "files": [file.name for name in request.FILES for file in request.FILES.getlist(name)],
        "is_signed_out": status == HTTPStatus.UNAUTHORIZED,
    }
    answer = render(request, "form_kept.html", context, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer
