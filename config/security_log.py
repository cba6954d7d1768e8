"""Who signed in, who failed to, and what was refused: the log an auditor asks for first.

Persons are numbers here, never e-mail addresses.
"""

import logging
from collections.abc import Callable
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.http import HttpRequest, HttpResponseBase

from config.logs import address_pattern
from coordination.services.refusals import refusals_heard

logger = logging.getLogger("portal.security")


def connect() -> None:
    """Listen to every deed that changes who is signed in, or how one signs in."""
    auth.user_login_failed.connect(_note_failure)
    for signal, deed in (
        (auth.user_logged_in, "signed in"),
        (auth.user_logged_out, "signed out"),
        (account.password_changed, "password changed"),
        (account.password_reset, "password reset"),
        (account.email_changed, "e-mail address changed"),
        (mfa.authenticator_added, "second factor added"),
        (mfa.authenticator_removed, "second factor removed"),
        (mfa.authenticator_reset, "recovery codes renewed"),
    ):
        signal.connect(_noting(deed), weak=False)


def _noting(deed: str) -> Any:
    def note(sender: Any, user: Any = None, **kwargs: Any) -> None:
        logger.info("%s", deed, extra={"user": getattr(user, "pk", None)})

    return note


def _note_failure(sender: Any, **kwargs: Any) -> None:
    logger.warning("sign-in failed")


class RefusalsMiddleware:
    """Note each deed that a service refused, as Django notes those that are refused with a 403.

    Such as a verified value that is verified again: its person is answered with a page and a
    sentence, and only this line tells that it was tried.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        with refusals_heard() as refusals:
            response = self.get_response(request)
        if refusals:
            reason, route = ", ".join(refusals), address_pattern(request)
            user = getattr(request, "user", None)
            extra = {"user": getattr(user, "pk", None), "reason": reason}
            logger.info("refused %s: %s", route, reason, extra=extra)
        return response
