"""What the founding documents say of bodies: seats, terms, notifications, meetings, memos."""

from __future__ import annotations

import datetime as dt
from typing import Any

from committees.models import (
    Access,
    ActionItem,
    AgendaItem,
    Body,
    Meeting,
    Memo,
    MemoAddressee,
    Notification,
    Participant,
    Recommendation,
    Seat,
    Terms,
)
from committees.services.agenda_templates import partners_to_review, review_item
from committees.services.appointments import confirm_appointment
from committees.services.nominations import Nominee, nominate_holder
from coordination.models import Origin, User

from .people import FIRST_DAY, IN_OFFICE_FROM, who
from .sources import mechanism, organisation, places, read

Row = dict[str, Any]


def load_committees() -> None:
    """Everything of ``data/committees.yaml``; the bodies and people stand there already."""
    content = read("committees")
    _load_bodies(content)
    for row in content["meetings"]:
        _tell_meeting(row)
    for row in content["notifications"]:
        _load_notification(row)
    for row in content["terms"]:
        _load_terms(row)
    _load_workshop(content["workshop"])
    _load_memos(content["memos"])


def _load_bodies(content: Row) -> None:
    for address, row in content["bodies"].items():
        for body in _bodies(address):
            _describe(body, row)
    for address, rows in content["seats"].items():
        for body in _bodies(address):
            for position, row in enumerate(rows):
                _load_seat(body, {"position": position, **row})


def _bodies(address: str) -> list[Body]:
    """The bodies of "mechanism/slug"; a star at its end stands for every ending."""
    slug, _slash, name = address.partition("/")
    bodies = Body.objects.filter(mechanism__slug=slug).order_by("position")
    if name.endswith("*"):
        return list(bodies.filter(slug__startswith=name.removesuffix("*")))
    return [bodies.get(slug=name)]


def _describe(body: Body, row: Row) -> None:
    for name, value in row.items():
        setattr(
            body, name, body.mechanism.bodies.get(slug=value) if name == "reports_to" else value
        )
    body.full_clean()
    body.save(update_fields=list(row))


def _load_seat(body: Body, row: Row) -> None:
    content: Row = {"origin": Origin.DOCUMENT, **row}
    holder = content.pop("holder", None)
    holder_origin = content.pop("holder_origin", content["origin"])
    if "office_in_place" in content and body.place:
        content["organisation"] = f"{content.pop('office_in_place')}-{body.place.slug}"
    if "organisation" in content:
        content["organisation"] = organisation(content["organisation"])
    seat = Seat(body=body, **content)
    seat.full_clean()
    seat.save()
    if holder:
        _seat_holder(seat, holder, origin=holder_origin)


def _seat_holder(seat: Seat, key: str, *, origin: str) -> None:
    """The post has held the seat since the mechanism began, and the office that goes with it."""
    # A mechanism without a secretariat has its first seats filled by an administrator.
    has_backbone = seat.body.mechanism.backbone_id is not None
    secretary = who("rla-secretariat" if has_backbone else "administrator")
    nominee = Nominee(holder=who(key), organisation=seat.organisation, starts_on=IN_OFFICE_FROM)
    nominated = nominate_holder(seat, nominee, by=secretary, at=FIRST_DAY)
    # Nobody appoints himself or herself: a secretary who is of the secretariat, by the chair.
    confirmer = _chair_of(seat.body) if nominee.holder == secretary else secretary
    confirm_appointment(nominated, by=confirmer, at=FIRST_DAY)
    seat.appointments.update(origin=origin)


def _chair_of(body: Body) -> User:
    """The account that holds the chair's seat, which stands before the others."""
    seat = body.seats.get(function=Seat.Function.CHAIR)
    return User.objects.get(appointments__seat=seat)


def _meeting(row: Row) -> Meeting:
    [body] = _bodies(row["body"])
    named = {name: row[name] for name in ("held_on", "number") if name in row}
    if "held_on" in named:
        named = {"held_on": named["held_on"]}
    return Meeting.objects.get(body=body, **named)


def _tell_meeting(row: Row) -> None:
    meeting = _meeting(row)
    told = {
        name: value
        for name, value in row.items()
        if name not in {"body", "items", "present", "absent", "held_on", "reviews_plans"}
    }
    for name, value in told.items():
        setattr(meeting, name, value)
    meeting.full_clean()
    meeting.save(update_fields=list(told))
    _load_items(meeting, row.get("items", []))
    if row.get("reviews_plans"):
        _load_reviews(meeting)
    for present in row.get("present", []):
        _load_participant(meeting, present, Participant.Attendance.PRESENT)
    for title in row.get("absent", []):
        _load_participant(meeting, {"seat": title}, Participant.Attendance.ABSENT)


def _load_items(meeting: Meeting, titles: list[str]) -> None:
    for position, title in enumerate(titles):
        AgendaItem.objects.create(
            body=meeting.body,
            meeting=meeting,
            position=position,
            title=title,
            outcome=AgendaItem.Outcome.NOTED,
            origin=Origin.DOCUMENT,
        )


def _load_reviews(meeting: Meeting) -> None:
    """An item for each partner, as an agenda here lists them: what was done, and what is to come.

    That they reported on their plans is stated; the plans themselves are ours.
    """
    for position, partner in enumerate(partners_to_review(meeting), start=meeting.items.count()):
        item = review_item(meeting, partner)
        item.position, item.outcome = position, AgendaItem.Outcome.NOTED
        item.origin = Origin.ILLUSTRATIVE
        item.save(update_fields=["position", "outcome", "origin"])


def _load_participant(meeting: Meeting, row: Row, attendance: str) -> None:
    content: Row = {"origin": Origin.DOCUMENT, "attendance": attendance, **row}
    if "seat" in content:
        seat = meeting.body.seats.get(title=content["seat"])
        content |= {"seat": seat, "organisation": seat.organisation, "group": seat.group}
    else:
        content["organisation"] = organisation(content["organisation"])
    Participant.objects.create(meeting=meeting, **content)


def _load_notification(row: Row) -> None:
    content: Row = {"origin": Origin.DOCUMENT, **row}
    slugs = content.pop("bodies")
    covered = mechanism(content["mechanism"])
    content["mechanism"] = covered
    content["authority"] = organisation(content["authority"])
    notification = Notification.objects.create(**content)
    notification.bodies.set(covered.bodies.filter(slug__in=slugs))


def _load_terms(row: Row) -> None:
    content: Row = {"origin": Origin.DOCUMENT, "number": 1, **row}
    if "body" in content:
        [content["body"]] = _bodies(content["body"])
        content["mechanism"] = content["body"].mechanism
    else:
        content["mechanism"] = mechanism(content["mechanism"])
    if "tabled_at" in content:
        content["tabled_at"] = _meeting(content["tabled_at"])
    terms = Terms(**content)
    terms.full_clean()
    terms.save()


def _load_workshop(content: Row) -> None:
    """The onboarding workshop, whose next steps are the first action items of the mechanism."""
    body = Body(
        **{
            **content["body"],
            "mechanism": mechanism(content["body"]["mechanism"]),
            "origin": Origin.DOCUMENT,
        }
    )
    body.full_clean()
    body.save()
    meeting = Meeting.objects.create(
        body=body,
        kind=Meeting.Kind.WORKSHOP,
        state=Meeting.State.HELD,
        title=content["title"],
        held_on=content["held_on"],
        is_day_known=False,
        access=Access.PUBLIC,
        origin=Origin.DOCUMENT,
    )
    _load_items(meeting, content["items"])
    for row in content["present"]:
        _load_participant(meeting, row, Participant.Attendance.PRESENT)
    held_at = dt.datetime.combine(content["held_on"], dt.time(12), tzinfo=body.mechanism.zone)
    for number, row in enumerate(content["actions"], start=1):
        ActionItem.objects.create(
            body=body,
            number=number,
            meeting=meeting,
            text=row["text"],
            source=ActionItem.Source.WORKSHOP,
            owner_organisation=(
                organisation(row["organisation"]) if "organisation" in row else None
            ),
            owner_named=row.get("owner_named", ""),
            created_at=held_at,
            origin=Origin.DOCUMENT,
        )


def _load_memos(content: Row) -> None:
    owner = mechanism(content["mechanism"])
    addressed = {body.slug: body for body in owner.bodies.all()}
    for row in content["memos"]:
        told = {
            name: value
            for name, value in row.items()
            if name not in {"recommendations", "pilot_places"}
        }
        memo = Memo(
            mechanism=owner,
            prepared_by=organisation(content["prepared_by"]),
            state=content["state"],
            waiting_reason=content["waiting_reason"],
            access=Access.PUBLIC,
            origin=Origin.DOCUMENT,
            **told,
        )
        memo.full_clean()
        memo.save()
        memo.pilot_places.set(places(row.get("pilot_places", [])))
        for position, slug in enumerate(content["bodies"]):
            MemoAddressee.objects.create(memo=memo, body=addressed[slug], position=position)
        for number, text in enumerate(row["recommendations"], start=1):
            Recommendation.objects.create(
                memo=memo, number=number, text=text, origin=Origin.DOCUMENT
            )
