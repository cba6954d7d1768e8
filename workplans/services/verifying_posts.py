"""Who collects an indicator's figures and which posts verify them, place by place (P33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coordination.models import Mechanism, Office, Organisation, Role
from workplans.models import Stream


@dataclass(frozen=True)
class Roles:
    """Whoever collects on a day, and the governments that verify; each organisation once."""

    collectors: list[Organisation]
    verifiers: list[Organisation]


def roles_in(rows: Sequence[tuple[Stream, list[Organisation]]], *, on: dt.date) -> Roles:
    """What the rows of ``with_verifiers`` say in sum of the streams that run on the day."""
    running = [
        (stream.organisation, verifiers)
        for stream, verifiers in rows
        if stream.ends_before is None or stream.ends_before > on
    ]
    return Roles(
        list(dict.fromkeys(organisation for organisation, _verifiers in running)),
        list(dict.fromkeys(each for _organisation, verifiers in running for each in verifiers)),
    )


def with_verifiers(
    streams: Iterable[Stream], mechanism: Mechanism, *, on: dt.date
) -> list[tuple[Stream, list[Organisation]]]:
    """Each stream with the governments whose focal points verify it on the day; one query.

    Nobody verifies for the own organisation, so that is never among them (R25).
    """
    held = Office.objects.held(on=on).of(Role.COUNTY_FOCAL_POINT).counting_in(mechanism)
    offices = list(held.select_related("organisation", "place").order_by("organisation__name"))
    return [
        (
            stream,
            list(
                dict.fromkeys(
                    office.organisation
                    for office in offices
                    if office.place
                    and office.organisation
                    and office.place.path in stream.place.path_and_above
                    and office.organisation_id != stream.organisation_id
                )
            ),
        )
        for stream in streams
    ]
