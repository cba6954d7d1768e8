"""What the founding documents state: organisations, awards, mechanisms, members and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from committees.models import Access, Body, Meeting
from coordination.models import (
    Award,
    Contribution,
    GoalMeasure,
    Mechanism,
    Membership,
    Objective,
    Organisation,
    Origin,
    SectorLead,
)

from .sources import (
    calendar,
    mechanism_files,
    organisation,
    organisations,
    place,
    places,
    read,
    sector,
)
from .statements import load_statements

MANY = {"places", "conveners", "awards", "sectors", "other_calendars"}


def load_organisations() -> None:
    """The organisations, each after the one that it is part of, and the sectors that some lead."""
    for row in _in_each_place(read("organisations")):
        links = {name: row[name] for name in ("parent", "place", "leads") if name in row}
        known = Organisation(
            **{name: value for name, value in row.items() if name not in links},
            parent=organisation(links["parent"]) if "parent" in links else None,
            place=place(links["place"]) if "place" in links else None,
        )
        known.full_clean()
        known.save()
        if "leads" in links:
            SectorLead.objects.create(
                sector=sector(links["leads"]), place=place(links["place"]), department=known
            )


def load_awards() -> None:
    for row in read("awards"):
        content = {**row, "donor": organisation(row["donor"]), "prime": organisation(row["prime"])}
        subs = organisations(content.pop("subs", []))
        award = Award(**content)
        award.full_clean()
        award.save()
        award.subs.set(subs)


def load_mechanisms() -> None:
    """Each mechanism with its goal, objectives, members, money, bodies, and what is said of it."""
    for entry in mechanism_files():
        mechanism = _load_mechanism(entry["mechanism"])
        for row in entry.get("objectives", []):
            Objective.objects.create(mechanism=mechanism, **row)
        for position, row in enumerate(entry.get("goal_measures", [])):
            GoalMeasure.objects.create(mechanism=mechanism, position=position, **row)
        for row in entry.get("members", []):
            _load_member(mechanism, row)
        for row in entry.get("contributions", []):
            _load_contribution(mechanism, row)
        for position, row in enumerate(_in_each_place(entry.get("bodies", []))):
            _load_body(mechanism, row, position)
        load_statements(mechanism, entry.get("statements", {}))


def _load_mechanism(content: dict[str, Any]) -> Mechanism:
    plain = {name: value for name, value in content.items() if name not in MANY}
    plain["country"] = place(plain["country"])
    plain["calendar"] = calendar(plain["calendar"])
    if "backbone" in plain:
        plain["backbone"] = organisation(plain["backbone"])
    mechanism = Mechanism(**plain)
    mechanism.full_clean()
    mechanism.save()
    mechanism.places.set(places(content["places"]))
    mechanism.conveners.set(organisations(content.get("conveners", [])))
    mechanism.awards.set(Award.objects.filter(slug__in=content.get("awards", [])))
    mechanism.sectors.set([sector(address) for address in content.get("sectors", [])])
    mechanism.other_calendars.set([calendar(key) for key in content.get("other_calendars", [])])
    return mechanism


def _load_member(mechanism: Mechanism, row: dict[str, Any]) -> None:
    membership = Membership(
        mechanism=mechanism,
        organisation=organisation(row["organisation"]),
        joined_on=row.get("joined_on"),
        is_founding=row.get("founding", False),
        role=row.get("role", ""),
        exemption_reason=row.get("exemption_reason", ""),
        origin=row.get("origin", Origin.DOCUMENT),
    )
    membership.full_clean()
    membership.save()
    membership.exempt_places.set(places(row.get("exempt_places", [])))


def _load_contribution(mechanism: Mechanism, row: dict[str, Any]) -> None:
    content = {**row, "organisation": organisation(row["organisation"])}
    contribution = Contribution(mechanism=mechanism, **content)
    contribution.full_clean()
    contribution.save()


def _in_each_place(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Bodies or organisations; one that stands ``in_each`` of several places once for each."""
    for row in rows:
        shared = {name: value for name, value in row.items() if name != "in_each"}
        if "in_each" not in row:
            yield shared
            continue
        for seat in places(row["in_each"]):
            yield {
                **shared,
                "slug": f"{row['slug']}-{seat.slug}",
                "short_name": f"{row['short_name']} {seat}",
                "name": f"{row['name']}, {seat}",
                "place": seat.path,
            }


def _load_body(mechanism: Mechanism, row: dict[str, Any], position: int) -> None:
    content = {"origin": Origin.DOCUMENT, **row}
    meetings = content.pop("meetings", [])
    if "place" in content:
        content["place"] = place(content["place"])
    if "parent" in content:
        content["parent"] = mechanism.bodies.get(slug=content["parent"])
    body = Body(mechanism=mechanism, position=position, **content)
    body.full_clean()
    body.save()
    for meeting in meetings:
        month_only = meeting.get("month_only", False)
        told = {name: value for name, value in meeting.items() if name != "month_only"}
        held = Meeting(
            body=body,
            state=Meeting.State.HELD,
            access=Access.PUBLIC,
            is_day_known=not month_only,
            **{"origin": Origin.DOCUMENT, **told},
        )
        held.full_clean()
        held.save()
