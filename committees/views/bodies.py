"""The committees and other bodies of a mechanism: their tree, their chart, and each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from committees.models import Body, BodyAlias, Meeting, Notification, Terms
from committees.permissions import (
    can_create_body,
    can_keep_body,
    can_read_body,
    can_record_notification,
    can_see_committee_work,
)
from committees.services.bodies import BodyRecord, keys_below, quorum_in_words, records_of, sum_of
from committees.services.capacities import gaps_in_capacity
from committees.services.formation import moves_of, what_comes_next
from coordination.models import Event, Mechanism, Visitor

EVENTS_SHOWN = 30
# Of one body's meetings, beside those of a whole tree.
NEWEST = 12

View = Callable[..., HttpResponse]


def follows_renames(view: View) -> View:
    """Lead from an address that a body had before to the one that it has: no link breaks.

    `committees.urls` puts it around every view below a body's address.
    """

    @wraps(view)
    def led(request: HttpRequest, slug: str, body_slug: str, **rest: Any) -> HttpResponse:
        try:
            return view(request, slug=slug, body_slug=body_slug, **rest)
        except Http404:
            mechanisms = Mechanism.objects.visible_to(request.user)
            former = BodyAlias.objects.filter(mechanism__in=mechanisms, mechanism__slug=slug)
            alias = former.filter(slug=body_slug).select_related("body").first()
            if alias is None or request.method not in {"GET", "HEAD"}:
                raise
            name = request.resolver_match.view_name  # type: ignore[union-attr]  # a view runs
            now = {"slug": slug, "body_slug": alias.body.slug, **rest}
            asked = f"?{request.GET.urlencode()}" if request.GET else ""
            return redirect(f"{reverse(name, kwargs=now)}{asked}", permanent=True)

    return led


def find_body(request: HttpRequest, slug: str, body_slug: str) -> Body:
    """The body at this address as far as the visitor may see it, else 404."""
    bodies = Body.objects.visible_to(request.user).select_related(
        "mechanism__country",
        "parent__mechanism",
        "reports_to__mechanism",
        "place__level",
        "reviews_level",
    )
    return get_object_or_404(bodies, mechanism__slug=slug, slug=body_slug)


def readable_among(user: Visitor, records: Iterable[BodyRecord]) -> set[int]:
    """The keys of the meetings told of, in the trees, whose titles and notes the user reads."""
    told: list[int] = []
    waiting = list(records)
    while waiting:
        record = waiting.pop()
        told += [row.meeting.pk for row in record.meetings]
        waiting += record.children
    return set(Meeting.objects.readable_by(user).filter(pk__in=told).values_list("pk", flat=True))


@require_safe
def mechanism_committees(request: HttpRequest, slug: str) -> HttpResponse:
    """The tree of a mechanism's bodies, with what each was set up for and when it met."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    bodies = Body.objects.visible_to(request.user).filter(mechanism=mechanism)
    today = mechanism.today()
    # Of a mechanism that has ended nothing is due any more.
    on = min(today, mechanism.ends_on) if mechanism.ends_on else today
    records = records_of(bodies.select_related("place", "mechanism", "reports_to"), on=today)
    context = {
        "mechanism": mechanism,
        "records": records,
        "readable": readable_among(request.user, records),
        "sum": sum_of(records),
        "on": on,
        "has_ended": on < today,
        "can_create": can_create_body(request.user, mechanism),
    }
    return render(request, "committees/body_list.html", context)


@require_safe
def body_detail(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """One body: what it is for, how it stands and what comes next, and the bodies under it."""
    body = find_body(request, slug, body_slug)
    mechanism, today = body.mechanism, body.mechanism.today()
    bodies = Body.objects.filter(pk__in=keys_below(body)).select_related(
        "place", "mechanism", "reports_to"
    )
    [record] = records_of(bodies, on=today, newest=NEWEST)
    notifications = Notification.objects.visible_to(request.user).standing()
    terms = Terms.objects.visible_to(request.user).filter(body=body).in_full()
    keeps = can_keep_body(request.user, body)
    sees_work = can_see_committee_work(request.user, mechanism)
    context = {
        "mechanism": mechanism,
        "body": body,
        "record": record,
        "readable": readable_among(request.user, [record]),
        "sectors": body.sectors.order_by("scheme__name", "position", "name"),
        "next_step": what_comes_next(body),
        "next_meeting": Meeting.objects.of(body)
        .to_come(at=timezone.now())
        .select_related("body__mechanism")
        .first(),
        "quorum": quorum_in_words(body),
        "aliases": body.aliases.order_by("-until", "-pk"),
        "notifications": notifications.filter(bodies=body)
        .select_related("authority")
        .order_by("-notified_on", "-pk"),
        "terms": terms.order_by("-number"),
        "can_edit": keeps and body.state != Body.State.DISSOLVED,
        "can_move": keeps and bool(moves_of(body)),
        "can_notify": can_record_notification(request.user, mechanism),
        "capacities": gaps_in_capacity(body, on=today) if can_read_body(request.user, body) else [],
        "events": Event.objects.about(body).select_related("by")[:EVENTS_SHOWN]
        if sees_work
        else None,
    }
    return render(request, "committees/body_detail.html", context)
