"""What people do with a review: open it, ask for decisions, have its pack made, publish it.

The row is the truth. Asking writes it queued, in the transaction of the click; the message to the
worker is only a hint, which the sweeper repeats (reliability C1). The worker's side is
`review_making`.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Body, Decision
from committees.services.agenda import park_item
from coordination.models import COUNTY_ROLES, Office, Period, User
from coordination.services.events import record
from coordination.services.making import hint_at, make_afresh, stop_making
from coordination.services.refusals import Refusal
from reporting import notifications
from reporting.models import DecisionRequest, Review, ReviewPack
from workplans.models import JointWorkPlan

State = ReviewPack.State
OFFICIALS = Q(role__in=COUNTY_ROLES)


class QuarterNotOver(Refusal):
    message = _("This quarter is not over yet: there is nothing to review.")


class QuarterNotInPlan(Refusal):
    message = _("This quarter is not one of the plan.")


class ReviewIsPublished(Refusal):
    message = _("This review is published and does not change. Ask in the next one.")


class PackInTheMaking(Refusal):
    message = _("A pack is being made. Wait until it is ready, or cancel it first.")


class PackNotInTheMaking(Refusal):
    message = _("This pack is no longer being made.")


class PackNotGivenUp(Refusal):
    message = _("Only a pack that failed or was cancelled can be tried again.")


class PackNotReady(Refusal):
    message = _("This pack is not ready for review.")


class PackOvertaken(Refusal):
    message = _("There is a newer pack of this review.")


class PackConsentMissing(Refusal):
    message = _("The focal point of the plan’s place, other than you, must consent first.")


class NoReviewCommittee(Refusal):
    message = _(
        "This mechanism has no review committee yet. Begin one under Committees; then the request "
        "can go to its agenda."
    )


@transaction.atomic
def open_review(
    plan: JointWorkPlan, period: Period, *, by: User, at: dt.datetime | None = None
) -> Review:
    """The plan's review of the quarter: begun now, or the one that is there.

    Raises QuarterNotInPlan or QuarterNotOver.
    """
    now = at or timezone.now()
    plan = (
        JointWorkPlan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("mechanism")
        .get(pk=plan.pk)
    )
    found = Review.objects.filter(plan=plan, period=period).first()
    if found is not None:
        return found
    if period.ends_before <= plan.starts_on or period.starts_on >= plan.ends_before:
        raise QuarterNotInPlan
    if period.ends_before > plan.mechanism.today(now):
        raise QuarterNotOver
    review = Review(
        plan=plan,
        period=period,
        body=review_body_of(plan),
        slug=f"{plan.mechanism.slug}-{plan.slug}-{period.code}",
        created_by=by,
        created_at=now,
    )
    review.full_clean()
    review.save()
    record("reporting.review_opened", review, by=by, at=now)
    return review


def review_body_of(plan: JointWorkPlan) -> Body | None:
    """The review committee of the plan's place, else the one of the whole mechanism."""
    bodies = Body.objects.filter(mechanism=plan.mechanism_id, kind=Body.Kind.REVIEW)
    bodies = bodies.exclude(state=Body.State.DISSOLVED)
    near = bodies.filter(Q(place=plan.place_id) | Q(place=None))
    return near.order_by(F("place").asc(nulls_last=True), "position", "pk").first()


@transaction.atomic
def ask_decision(
    review: Review, *, by: User, text: str, reason: str, at: dt.datetime | None = None
) -> DecisionRequest:
    """Ask the committee for a decision; asked twice it is asked once. Raises ReviewIsPublished."""
    now = at or timezone.now()
    review = _locked_review(review)
    refuse_published(review)
    found = review.requests.filter(text=text).first()
    if found is not None:
        return found
    request = DecisionRequest(review=review, text=text, reason=reason, asked_by=by, asked_at=now)
    request.full_clean()
    request.save()
    record("reporting.decision_requested", review, by=by, note=text, at=now)
    return request


@transaction.atomic
def send_request(
    request: DecisionRequest, *, by: User, at: dt.datetime | None = None
) -> DecisionRequest:
    """Put the request where the committee's next agenda is made of; sent twice it stands once.

    Raises NoReviewCommittee.
    """
    now = at or timezone.now()
    review = _locked_review(request.review)
    request = DecisionRequest.objects.select_for_update().get(pk=request.pk)
    if request.item_id is not None:
        return request
    body = review.body or review_body_of(review.plan)
    if body is None:
        raise NoReviewCommittee
    request.item = park_item(
        body,
        by=by,
        at=now,
        title=request.text,
        aim=AgendaItem.Aim.DECIDE,
        minutes_allotted=None,
        presenter="",
        presented_by=None,
        note="\n\n".join(filter(None, [str(review), request.reason])),
        is_restricted=False,
    )
    request.save(update_fields=["item"])
    if review.body_id is None:
        review.body = body
        review.save(update_fields=["body"])
    record("reporting.decision_request_sent", review, by=by, note=request.text, at=now)
    return request


def decisions_on(requests: list[DecisionRequest]) -> dict[int, list[Decision]]:
    """What the committee decided on each request, by its key; a deferred item is followed on."""
    home: dict[int, int] = {each.item_id: each.pk for each in requests if each.item_id}
    level = set(home)
    while level:
        later = AgendaItem.objects.filter(carried_from__in=level)
        found = dict(later.values_list("pk", "carried_from"))
        fresh = {item: home[before or 0] for item, before in found.items() if item not in home}
        home |= fresh
        level = set(fresh)
    taken = Decision.objects.filter(item__in=home).select_related("body", "meeting__minutes")
    answers: dict[int, list[Decision]] = {}
    for decision in taken.order_by("year", "number"):
        answers.setdefault(home[decision.item_id or 0], []).append(decision)
    return answers


@transaction.atomic
def request_pack(
    review: Review, *, seen: int, by: User, at: dt.datetime | None = None
) -> ReviewPack:
    """The pack that follows number ``seen``: made now, or the one that someone was quicker with.

    Raises ReviewIsPublished or PackInTheMaking.
    """
    now = at or timezone.now()
    review = _locked_review(review)
    newest = review.packs.order_by("-number").first()
    if newest and newest.number > seen:
        return review.packs.get(number=seen + 1)
    refuse_published(review)
    if newest and newest.is_in_the_making:
        raise PackInTheMaking
    pack = ReviewPack(
        review=review, number=newest.number + 1 if newest else 1, requested_by=by, requested_at=now
    )
    pack.full_clean()
    pack.save()
    record("reporting.pack_requested", pack, by=by, at=now)
    transaction.on_commit(lambda: dispatch(pack.pk, at=now), robust=True)
    return pack


@transaction.atomic
def cancel_pack(pack: ReviewPack, *, by: User, at: dt.datetime | None = None) -> ReviewPack:
    """Stop making it; what a worker still finishes is discarded by its fence."""
    pack = _locked(pack)
    if not pack.is_in_the_making:
        raise PackNotInTheMaking
    stop_making(pack)
    record("reporting.pack_cancelled", pack, by=by, at=at)
    return pack


@transaction.atomic
def retry_pack(pack: ReviewPack, *, by: User, at: dt.datetime | None = None) -> ReviewPack:
    """Make a failed or cancelled pack afresh, for who asks now."""
    now = at or timezone.now()
    pack = _locked(pack)
    if not pack.is_given_up:
        raise PackNotGivenUp
    refuse_published(pack.review)
    _refuse_overtaken(pack)
    make_afresh(pack, by=by, at=now)
    record("reporting.pack_retried", pack, by=by, at=now)
    transaction.on_commit(lambda: dispatch(pack.pk, at=now), robust=True)
    return pack


@transaction.atomic
def consent_to_pack(pack: ReviewPack, *, by: User, at: dt.datetime | None = None) -> ReviewPack:
    """A focal point agrees that this very pack be published; the first one counts."""
    now = at or timezone.now()
    pack = _locked(pack)
    if pack.consented_by_id is not None:
        return pack
    if pack.state != State.READY:
        raise PackNotReady
    _refuse_overtaken(pack)
    pack.consented_by, pack.consented_at = by, now
    pack.consent_post = post_in(by, pack.review, on=timezone.localdate(now))
    pack.full_clean()
    pack.save(update_fields=["consented_by", "consented_at", "consent_post"])
    record("reporting.pack_consented", pack, by=by, note=pack.consent_post, at=now)
    return pack


@transaction.atomic
def publish_pack(pack: ReviewPack, *, by: User, at: dt.datetime | None = None) -> ReviewPack:
    """Make the public version public for good (P25, R22); the internal one stays inside."""
    now = at or timezone.now()
    pack = _locked(pack)
    if pack.state == State.PUBLISHED:
        return pack
    refuse_published(pack.review)
    if pack.state != State.READY:
        raise PackNotReady
    _refuse_overtaken(pack)
    if pack.consented_by_id is None or pack.consented_by_id == by.pk:
        raise PackConsentMissing
    pack.state = State.PUBLISHED
    pack.published_by, pack.published_at = by, now
    pack.full_clean()
    pack.save(update_fields=["state", "published_by", "published_at"])
    record("reporting.pack_published", pack, by=by, at=now)
    notifications.tell_pack_published(pack, at=now)
    return pack


def dispatch(pk: int, *, at: dt.datetime | None = None) -> None:
    """Hint a worker at the pack. Whatever goes wrong here, the sweeper hints again."""
    hint_at(ReviewPack, pk, task="reporting.tasks.make_pack", at=at)


def refuse_published(review: Review) -> None:
    """Raise ReviewIsPublished when a pack of the review is (R22)."""
    if review.packs.published().exists():
        raise ReviewIsPublished


def post_in(user: User, review: Review, *, on: dt.date) -> str:
    """The post in which the person acts on the review, such as "County focal point, Kitui"."""
    offices = Office.objects.held(on=on).filter(holder=user)
    counting = offices.filter(OFFICIALS).counting_in(review.plan.mechanism)
    for office in counting.select_related("place").in_order():
        if office.place and office.place.contains(review.plan.place):
            return str(office)
    serving = offices.filter(mechanism=review.plan.mechanism_id).first()
    if serving is None:
        return ""
    return f"{serving.get_role_display()}, {review.plan.mechanism}"


def _locked_review(review: Review) -> Review:
    rows = Review.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("plan__mechanism", "plan__place", "period").get(pk=review.pk)


def _locked(pack: ReviewPack) -> ReviewPack:
    """The pack as it is now, its review's row locked so that deeds on it come one by one."""
    review = _locked_review(pack.review)
    pack = ReviewPack.objects.select_for_update(of=("self",), no_key=True).get(pk=pack.pk)
    pack.review = review
    return pack


def _refuse_overtaken(pack: ReviewPack) -> None:
    """A newer one that is ready or under way takes its place; one that was given up does not."""
    newer = pack.review.packs.filter(number__gt=pack.number)
    if newer.exclude(state__in=ReviewPack.GIVEN_UP).exists():
        raise PackOvertaken
