"""What happened under the plans, and the review of a quarter of Kitui's, made and published."""

from __future__ import annotations

import datetime as dt
from typing import Any

from coordination.models import Origin, User
from reporting.models import Review, ReviewPack
from reporting.services.review_making import make_pack
from reporting.services.reviews import (
    ask_decision,
    cancel_pack,
    consent_to_pack,
    open_review,
    publish_pack,
    request_pack,
    retry_pack,
)
from workplans.models import (
    Activity,
    ActivityEvent,
    Bottleneck,
    EventPostponement,
    JointWorkPlan,
    LearningAnswer,
    LearningQuestion,
    Risk,
    SectorNarrative,
    ValueForMoneyAudit,
)
from workplans.services.activity_events import (
    EventContent,
    Turnout,
    add_activity_event,
    ask_follow_up,
)
from workplans.services.audits import record_audit
from workplans.services.bottlenecks import raise_bottleneck
from workplans.services.learning import answer_question, tell_sector_narrative
from workplans.services.risks import record_risk
from workplans.services.rollover import LineChoice, roll_over
from workplans.services.travel import declare_rate

from .money import paid
from .people import FIRST_DAY, focal_point_of, who
from .sources import mechanism, moment, organisation, organisations, period, place, read, sector

Row = dict[str, Any]
PLAIN = [name for name in EventContent.__annotations__ if name not in {"organisations", "place"}]


# What an event says nothing of before it is held.
NOT_TOLD = {"persons": None, "attendances": None, "persons_are_new": False}


def load_implementation() -> None:
    """Learning questions, what BRACE's report says of events and bottlenecks, and Kitui's quarter.

    What is of no document goes by the services, as people would do it, and is marked illustrative.
    """
    content = read("review")
    asked = content["learning_questions"]
    for slug in asked["mechanisms"]:
        for number, text in enumerate(asked["questions"], start=1):
            LearningQuestion.objects.create(
                mechanism=mechanism(slug), number=number, text=text, origin=Origin.ILLUSTRATIVE
            )
    _load_documents(content["documents"])
    _tell_events(content["samburu"])
    for row in content["risks"]:
        _tell_risk(row)
    _tell_quarter(content["kitui"])


def make_review() -> None:
    """Have the pack of Kitui's review made; a load that was cut off here goes on with it."""
    pack, by = ReviewPack.objects.get(), who("rla-secretariat")
    if pack.state == ReviewPack.State.RUNNING:
        pack = cancel_pack(pack, by=by)
    if pack.is_given_up:
        retry_pack(pack, by=by, at=pack.requested_at)
    make_pack(pack.pk, at=pack.requested_at)


def publish_review() -> None:
    """The county consents, and the secretariat publishes."""
    told = read("review")["kitui"]
    sek, pack = mechanism("sek"), ReviewPack.objects.select_related("review__plan__place").get()
    review = pack.review
    consented_at = moment(told["review"]["consented_at"], sek)
    consent_to_pack(pack, by=focal_point_of(review.plan.place.path), at=consented_at)
    published_at = moment(told["review"]["published_at"], sek)
    publish_pack(pack, by=who("rla-secretariat"), at=published_at)


def begin_next_year() -> None:
    """The review of the next quarter is open, and lines go over into the next year's plan."""
    told = read("review")["kitui"]
    sek, secretariat = mechanism(told["mechanism"]), who("rla-secretariat")
    plan = JointWorkPlan.objects.select_related("place", "calendar", "lead_department").get(
        mechanism=sek, slug=told["plan"]
    )
    said = told["next"]
    at = moment(said["opened_at"], sek)
    review = open_review(plan, period(said["quarter"]), by=secretariat, at=at)
    ask_decision(review, by=focal_point_of(plan.place.path), at=at, **said["request"])
    year = said["plan"]
    at = moment(year["at"], sek)
    later = JointWorkPlan.objects.get(mechanism=sek, slug=year["slug"])
    lines = {line.code: line for line in plan.activities.all()}
    carried = [LineChoice(lines[code], is_carried=True) for code in year["carried"]]
    dropped = [
        LineChoice(lines[code], is_carried=False, reason=reason)
        for code, reason in year["dropped"].items()
    ]
    roll_over(plan, later, by=secretariat, choices=[*carried, *dropped], at=at)
    _mark()


def _load_documents(content: Row) -> None:
    slug, _slash, name = content["plan"].partition("/")
    plan = JointWorkPlan.objects.get(mechanism__slug=slug, slug=name)
    for row in content["events"]:
        event = ActivityEvent(
            activity=plan.activities.get(code=row["activity"]),
            place=place(row["place"]) if "place" in row else None,
            origin=Origin.DOCUMENT,
            **{field: row[field] for field in PLAIN if field in row},
        )
        event.full_clean()
        event.save()
        event.organisations.set(organisations(row.get("organisations", [])))
        if "postponed" in row:
            put_off = EventPostponement(
                event=event, by=who(f"{slug}-secretariat"), at=FIRST_DAY, **row["postponed"]
            )
            put_off.full_clean()
            put_off.save()
    for row in content["bottlenecks"]:
        texts = ("category", "description", "since", "resolved_on", "measures")
        said = {name: row[name] for name in texts}
        bottleneck = Bottleneck(
            plan=plan, raised_by=organisation(row["raised_by"]), origin=Origin.DOCUMENT, **said
        )
        bottleneck.full_clean()
        bottleneck.save()
        bottleneck.activities.set(plan.activities.filter(code__in=row["activities"]))


def _tell_events(told: Row) -> JointWorkPlan:
    """Record the trainings and visits of a plan."""
    owner = mechanism(told["mechanism"])
    plan = JointWorkPlan.objects.get(mechanism=owner, slug=told["plan"])
    for row in told["events"]:
        _tell_event(plan, row, at=moment(told["told_at"], owner))
    return plan


def _tell_quarter(told: Row) -> None:
    """Kitui's events, bottleneck, audit and words of the quarter, and its review with a request."""
    sek, plan = mechanism(told["mechanism"]), _tell_events(told)
    at, secretariat = moment(told["told_at"], sek), who("rla-secretariat")
    for row in told["bottlenecks"]:
        activities = plan.activities.filter(code__in=row["activities"])
        raise_bottleneck(
            plan,
            by=who(row["by"]),
            at=at,
            raised_by=organisation(row["raised_by"]),
            category=row["category"],
            description=row["description"],
            since=row["since"],
            measures=row["measures"],
            activities=activities,
            resolved_on=None,
            is_public=True,
        )
    for row in told["audits"]:
        _tell_audit(plan, row, by=secretariat, at=at)
    quarter, official = period(told["quarter"]), focal_point_of(plan.place.path)
    for address, texts in told["narratives"].items():
        said = {head: texts.get(head, "") for head in SectorNarrative.Head.values}
        tell_sector_narrative(
            plan, quarter, sector(address), by=official, texts=said, seen_version=0, at=at
        )
    for question in sek.learning_questions.filter(number__in=told["answers"]):
        text = told["answers"][question.number]
        answer_question(question, plan, quarter, by=secretariat, text=text, seen_version=0, at=at)
    opened_at = moment(told["review"]["opened_at"], sek)
    review = open_review(plan, quarter, by=secretariat, at=opened_at)
    ask_decision(review, by=official, at=opened_at, **told["review"]["request"])
    request_pack(review, seen=0, by=secretariat, at=opened_at)
    _mark()


def _tell_event(plan: JointWorkPlan, row: Row, *, at: dt.datetime) -> None:
    activity = Activity.objects.get(plan=plan, code=row["activity"])
    by = who(row["by"])
    texts = ("series", "state_reason", "venue", "topics", "findings", "lessons")
    said = {**dict.fromkeys(texts, ""), "is_public": True, **{
        name: row[name] for name in PLAIN if name in row
    }}  # fmt: skip
    event = add_activity_event(
        activity,
        by=by,
        at=at,
        turnout=[_turnout(each) for each in row.get("turnout", [])],
        place=place(row["place"]),
        organisations=organisations(row["organisations"]),
        **{**NOT_TOLD, **said},
    )
    if "follow_up" in row:
        asked = row["follow_up"]
        owner = organisation(asked["owner"])
        ask_follow_up(event, by=by, text=asked["text"], owner=owner, due_on=asked["due_on"], at=at)
    for rate in row.get("declares", []):
        declared_at = moment(rate["at"], plan.mechanism)
        declare_rate(event, by=by, at=declared_at, reason=rate.get("reason", ""), **paid(rate))


def _turnout(row: Row) -> Turnout:
    return Turnout(**{**row, "place": place(row["place"]) if "place" in row else None})


def _tell_risk(row: Row) -> None:
    owner = mechanism(row["mechanism"])
    plan = JointWorkPlan.objects.get(mechanism=owner, slug=row["plan"])
    risk = record_risk(
        plan,
        by=who(row["by"]),
        at=moment(row["at"], owner),
        shares=[(organisation(slug), said) for slug, said in row.get("shares", {}).items()],
        what=row["what"],
        cause=row["cause"],
        touches=row["touches"],
        places=[plan.place],
        likelihood=Risk.Likelihood[row["likelihood"]],
        impact=Risk.Impact[row["impact"]],
        activities=plan.activities.filter(code__in=row["activities"]),
        owner=organisation(row["owner"]),
        response=row["response"],
        measures=row["measures"],
        review_on=row["review_on"],
        is_public=row["is_public"],
    )
    Risk.objects.filter(pk=risk.pk).update(origin=Origin.ILLUSTRATIVE)


def _tell_audit(plan: JointWorkPlan, row: Row, *, by: User, at: dt.datetime) -> None:
    """An audit of an activity of the plan, or an independent evaluation of an indicator."""
    content = {
        "activity": None,
        "indicator": None,
        "document": None,
        **row,
        "plan": None if "indicator" in row else plan,
        "owner": organisation(row["owner"]),
    }
    if "activity" in row:
        content["activity"] = plan.activities.get(code=row["activity"])
    if "indicator" in row:
        content["indicator"] = plan.mechanism.indicators.get(code=row["indicator"])
    record_audit(plan.mechanism, by=by, at=at, **content)


def _mark() -> None:
    """What the services made is of no document."""
    for model in (
        ActivityEvent, Bottleneck, ValueForMoneyAudit, LearningAnswer, SectorNarrative, Review,
    ):  # fmt: skip
        made = model._default_manager.filter(origin=Origin.ENTERED)
        made.update(origin=Origin.ILLUSTRATIVE)
