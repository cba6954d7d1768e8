"""Pages that are composed once: nothing has changed, so nobody composes the same again."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Callable, Hashable
from http import HTTPStatus
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone, translation

from coordination.models import Mechanism, Pulse, Standing, Visitor, takes_part_in
from coordination.models.pulse import Beat, Beats
from coordination.services.kept_pages import KeptPage, compressed, expanded, packed, shelf
from coordination.services.readings import Reading, this_reading

Arguments = ParamSpec("Arguments")
Request = TypeVar("Request", bound=HttpRequest)  # of who is signed in, for some views
View = Callable[Concatenate[Request, Arguments], HttpResponse]

# The token of a form is another on each page; no text that a person typed can look like this.
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value="|"X-CSRFToken": ")[A-Za-z0-9]{64}(?=")')


def composed_once(view: View[Request, Arguments]) -> View[Request, Arguments]:
    """Answer with the page that the view composed before, while it holds.

    It is another for each address, person with the rights held now (R26), language, and day
    in every zone. It holds while what was asked for it is answered alike (decision 43).
    """
    return _composed(view, dates)


def composed_each_minute(view: View[Request, Arguments]) -> View[Request, Arguments]:
    """The same for a page that hangs on the hour, as one does that says which meeting is next."""
    return _composed(view, minute)


def _composed(
    view: View[Request, Arguments], times: Callable[[Beats], Hashable]
) -> View[Request, Arguments]:

    @functools.wraps(view)
    def answer(request: Request, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        # Read before all that the view asks: what is composed is then never older than it.
        now = Pulse.objects.now() if may_be_kept(request) else {}
        if not now:
            return view(request, *args, **kwargs)
        key = (times(now), *key_of(request))
        found = shelf.find(key)
        kept = found and found.confirmed(now)
        if kept is not None:
            if kept is not found:
                shelf.keep(key, kept)
            return answer_with(kept, request)
        reading = this_reading()
        if reading is not None:
            reading.changing = now.keys()
        response = view(request, *args, **kwargs)
        # Where nobody noted what was read, nobody would know when it changes.
        if reading is not None and not reading.has_written and is_plain_page(request, response):
            shelf.keep(key, page_of(reading, response, now))
        return response

    return cast("View[Request, Arguments]", answer)


def page_of(reading: Reading, response: HttpResponse, now: Beats) -> KeptPage:
    """What is kept of the answer, and of what was asked for it."""
    return KeptPage(
        {name: now.get(name) for name in reading.names},
        frozenset(reading.unrepeatable),
        packed(reading.questions()),
        compressed(TOKEN.sub(rb"\1", response.content)),
        dict(response.items()),
    )


def may_be_kept(request: HttpRequest) -> bool:
    """Whether the page is one like any other: whole, without news, outside of a transaction."""
    return (
        request.method == "GET"
        and not settings.DEBUG
        and "HX-Request" not in request.headers
        and not connection.in_atomic_block  # what is not committed is nobody else's
        and not len(messages.get_messages(request))
    )


def is_plain_page(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the view showed a page and did nothing besides."""
    return (
        response.status_code == HTTPStatus.OK
        and response.get("Content-Type", "").startswith("text/html")
        and not response.cookies
        and not request.session.modified
    )


def key_of(request: HttpRequest) -> tuple[Hashable, ...]:
    """All that an answer hangs on beside the time and what the database holds."""
    visitor: Visitor = request.user
    return (
        request.build_absolute_uri(),
        *(visitor.pk, str(visitor), visitor.is_staff),  # who was read before the pulse
        Standing.of(visitor).offices,
        takes_part_in(visitor),
        translation.get_language(),
    )


def minute(now: Beats) -> dt.datetime:
    return timezone.now().replace(second=0, microsecond=0)


def dates(now: Beats) -> tuple[dt.date, ...]:
    """Today in each zone that a mechanism or the portal has."""
    moment = timezone.now()
    beats = (now.get(Mechanism._meta.db_table), now.get(Pulse._meta.db_table))
    return tuple(moment.astimezone(zoneinfo.ZoneInfo(zone)).date() for zone in zones(beats))


@functools.lru_cache(maxsize=1)
def zones(beats: tuple[Beat | None, ...]) -> tuple[str, ...]:
    """The names of the zones, read once while no mechanism changes."""
    of_mechanisms = Mechanism.objects.order_by().values_list("time_zone", flat=True).distinct()
    return tuple(sorted({settings.TIME_ZONE, *of_mechanisms}))


def answer_with(kept: KeptPage, request: HttpRequest) -> HttpResponse:
    """The page, with a token of its own for its forms."""
    body = expanded(kept.body)
    if b'name="csrfmiddlewaretoken" value=""' in body or b'"X-CSRFToken": ""' in body:
        token = get_token(request).encode()
        body = body.replace(
            b'name="csrfmiddlewaretoken" value=""',
            b'name="csrfmiddlewaretoken" value="%b"' % token,
        ).replace(b'"X-CSRFToken": ""', b'"X-CSRFToken": "%b"' % token)
    return HttpResponse(body, headers=kept.headers)
