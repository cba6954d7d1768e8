"""What waits on a person's desk from quarterly reviews: consent, publication, requests to send."""

from __future__ import annotations

from django.utils.translation import gettext as _

from committees.services.desk_lists import MOST, DeskList, DeskRow
from coordination.models import Standing, User
from reporting.models import DecisionRequest, Review, ReviewPack
from reporting.models.review import ReviewPackQuerySet


def review_lists(user: User) -> list[DeskList]:
    """The lists that have something on them."""
    standing = Standing.of(user)
    asked = [
        *([to_consent(user)] if standing.focal_point_offices else []),
        *([to_publish(user), to_send(user)] if standing.secretariat_of else []),
    ]
    return [found for found in asked if found.rows]


def to_consent(user: User) -> DeskList:
    """Newest packs that are ready and that no focal point of the place has consented to."""
    packs = ReviewPack.objects.ready_and_newest().filter(
        review__in=Review.objects.consented_by(user), consented_by=None
    )
    return DeskList("reviews-to-consent", _("Reviews to consent to"), _rows(packs))


def to_publish(user: User) -> DeskList:
    """Those that the county has consented to, for the secretariat."""
    packs = ReviewPack.objects.ready_and_newest().filter(
        review__plan__mechanism__in=Standing.of(user).secretariat_of
    )
    consented = packs.filter(consented_by__isnull=False)
    return DeskList("reviews-to-publish", _("Reviews to publish"), _rows(consented))


def to_send(user: User) -> DeskList:
    """Requests for decisions that no committee has yet."""
    waiting = DecisionRequest.objects.filter(
        item=None, review__plan__mechanism__in=Standing.of(user).secretariat_of
    )
    rows = [
        DeskRow(each.text, each.review.get_absolute_url(), str(each.review))
        for each in waiting.select_related("review__plan", "review__period").order_by("pk")[:MOST]
    ]
    return DeskList("requests-to-send", _("To send to a committee"), rows)


def _rows(packs: ReviewPackQuerySet) -> list[DeskRow]:
    found = packs.defer("snapshot").select_related("review__plan", "review__period").order_by("pk")
    return [DeskRow(str(pack), pack.get_absolute_url()) for pack in found[:MOST]]
