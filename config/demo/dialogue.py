"""The posts behind the demo's plans, regular dialogue, self-assessments and a backbone's log.

Illustrative throughout, and dated from the day on which the demo is loaded, so that the quarters
and years that the pages show have something in them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from committees.models import Access, Body, Document, Seat
from committees.services.appointments import confirm_appointment
from committees.services.consultations import record_consultation, set_dialogue
from committees.services.library import add_document
from committees.services.nominations import Nominee, nominate_holder
from coordination.models import Mechanism, Organisation, Origin, User
from coordination.services.files import VettedFile
from coordination.services.support import record_support
from workplans.models import AssessmentRound, JointWorkPlan, Nudge
from workplans.services.nudges import nudge_department
from workplans.services.self_assessments import Answer, assess_itself, open_round

from .people import FIRST_DAY, IN_OFFICE_FROM, focal_point_of, officer_of, who
from .sources import mechanism, moment, organisation, place, read, sector

Row = dict[str, Any]
NOON = dt.time(12)


def load_dialogue() -> None:
    """Everything of ``data/dialogue.yaml``; bodies, people and plans stand there already."""
    content = read("dialogue")
    for row in content["posts"]:
        _load_post(row)
    for row in content["nudges"]:
        _nudge(row)
    for row in content["dialogues"]:
        _keep_dialogue(row)
    for row in content["principles"]:
        _assess(row)
    for row in content["support"]:
        _support(row)
    for row in content["files"]:
        _file(row)


def _load_post(row: Row) -> None:
    content = dict(row)
    body = _body(content.pop("body"))
    post, alternate = content.pop("post", ""), content.pop("alternate", "")
    content["organisation"] = organisation(content["organisation"])
    if "sector" in content:
        content["sector"] = sector(content["sector"])
    seat = Seat(
        body=body,
        position=body.seats.count(),
        is_voting=False,
        origin=Origin.ILLUSTRATIVE,
        **content,
    )
    seat.full_clean()
    seat.save()
    if post:
        _seat(seat, Nominee(IN_OFFICE_FROM, post=post, organisation=seat.organisation))
    if alternate:
        holder = who(alternate)
        _seat(
            seat,
            Nominee(
                IN_OFFICE_FROM, holder=holder, organisation=seat.organisation, is_alternate=True
            ),
        )


def _seat(seat: Seat, nominee: Nominee) -> None:
    secretary = who("rla-secretariat")
    nominated = nominate_holder(seat, nominee, by=secretary, at=FIRST_DAY)
    confirm_appointment(nominated, by=secretary, at=FIRST_DAY)
    seat.appointments.update(origin=Origin.ILLUSTRATIVE)


def _nudge(row: Row) -> None:
    slug, _slash, name = row["plan"].partition("/")
    plan = JointWorkPlan.objects.select_related("mechanism", "place").get(
        mechanism__slug=slug, slug=name
    )
    nudge_department(
        plan, organisation(row["department"]), by=who(row["by"]),
        matter=Nudge.Matter(row["matter"]), text=row["text"], at=moment(row["at"], plan.mechanism),
    )  # fmt: skip


def _keep_dialogue(row: Row) -> None:
    body, by = _body(row["body"]), who(row["by"])
    set_dialogue(body, by=by, groups=row["groups"], at=_noon(body.mechanism, row["day"]))
    for told in row["consultations"]:
        at = _noon(body.mechanism, told["day"])
        consultation = record_consultation(
            body, by=by, group=told["group"], held_on=at.date(), mode=told["mode"],
            with_whom=told["with_whom"], subject=told["subject"], heard=told["heard"],
            answer=told.get("answer", ""), at=at,
        )  # fmt: skip
        _mark(consultation)


def _assess(row: Row) -> None:
    """Last year's round, which is over, and the one that is open."""
    owner, by = mechanism(row["mechanism"]), who(row["by"])
    begun = _noon(owner, -20)
    last_year = begun.replace(year=begun.year - 1, month=10, day=1)
    for at, days, answers in (
        (last_year, 45, row["answers"]),
        (begun, 50, row.get("so_far", {})),
    ):
        opened = open_round(
            owner, by=by, year=at.year, closes_on=at.date() + dt.timedelta(days=days), at=at
        )
        _mark(opened)
        for slug, scores in answers.items():
            _answer(opened, slug, scores, at=at + dt.timedelta(days=5))


def _answer(opened: AssessmentRound, slug: str, scores: list[int], *, at: dt.datetime) -> None:
    given = {number: Answer(score) for number, score in enumerate(scores, 1)}
    answering = organisation(slug)
    by = _answering_for(answering, opened)
    assess_itself(opened, answering, by=by, scores=given, seen_version=0, at=at)


def _answering_for(answering: Organisation, opened: AssessmentRound) -> User:
    """Its focal point, its officer, or of the backbone the secretariat."""
    if answering.place and answering.type == Organisation.Type.COUNTY_GOVERNMENT:
        return focal_point_of(answering.place.path)
    if answering == opened.mechanism.backbone:
        return opened.opened_by
    return officer_of(answering.slug)


def _support(row: Row) -> None:
    owner = mechanism(row["mechanism"])
    at = _noon(owner, row["day"])
    entry = record_support(
        owner, by=who(row["by"]), function=row["function"], given_on=at.date(), text=row["text"],
        organisation=organisation(row["organisation"]) if "organisation" in row else None, at=at,
    )  # fmt: skip
    _mark(entry)


def _file(row: Row) -> None:
    """A file of a plan's year, for whoever reviews at the desk (P36)."""
    owner = mechanism(row["mechanism"])
    at = moment(row["at"], owner)
    document = add_document(
        owner, by=who(row["by"]), file=VettedFile(row["name"], "text/csv", row["text"].encode()),
        title=row["title"], kind=Document.Kind(row["kind"]), access=Access.PUBLIC, body=None,
        place=place(row["place"]), dated_on=at.date(), for_year=row["for_year"],
        summary=row["summary"], at=at,
    )  # fmt: skip
    _mark(document)


def _mark(thing: Any) -> None:
    """Say where it is shown that it is ours."""
    thing.origin = Origin.ILLUSTRATIVE
    thing.save(update_fields=["origin"])


def _body(address: str) -> Body:
    slug, _slash, name = address.partition("/")
    return Body.objects.select_related("mechanism").get(mechanism__slug=slug, slug=name)


def _noon(owner: Mechanism, day: int) -> dt.datetime:
    """Noon of the day that is so many days after today, on the mechanism's clock."""
    today = timezone.localdate(timezone=owner.zone)
    return dt.datetime.combine(today + dt.timedelta(days=day), NOON, tzinfo=owner.zone)
