"""Ends the sessions of people who have gone away, and those that have lasted a working day."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout, signals
from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# When somebody signed in, and when they were last seen, in seconds since 1970.
BEGAN, SEEN = "session_began", "session_seen"
# A session is a row: how exactly it is kept when its person was last seen.
SEEN_KEPT_FOR = 600


def connect() -> None:
    """Note in each session when its person signed in."""
    signals.user_logged_in.connect(_begin)


def _begin(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


class SessionLifeMiddleware:
    """Sign out who asked for nothing for two hours, or signed in twelve hours ago.

    What was typed meanwhile is not lost (decision 25).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Who brings no cookie has no session, and a feed or a health check opens none.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._end_or_note(request, now=int(time.time()))
        return self.get_response(request)

    def _end_or_note(self, request: HttpRequest, *, now: int) -> None:
        session = request.session
        # One that is older than this rule begins with its next page.
        began, seen = session.get(BEGAN, now), session.get(SEEN, 0)
        idle = settings.SESSION_IDLE_AGE.total_seconds()
        if now - began >= settings.SESSION_COOKIE_AGE or (seen and now - seen >= idle):
            logout(request)
        elif now - seen >= SEEN_KEPT_FOR:
            session[BEGAN], session[SEEN] = began, now
