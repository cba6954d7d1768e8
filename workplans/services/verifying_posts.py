"""Who collects an indicator's figures and which posts verify them, place by place (P33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coordination.models import Mechanism, Office, Organisation, Role
from workplans.models import Stream


@dataclass(frozen=True)
class Roles:
    """Whoever collects on a day, and the governments that verify; each organisation once.

    Where nobody does any more: who did last, and ``until`` which day.
    """

    collectors: list[Organisation]
    verifiers: list[Organisation]
    until: dt.date | None = None


def roles_in(rows: Sequence[tuple[Stream, list[Organisation]]], *, on: dt.date) -> Roles:
    """What the rows of ``with_verifiers`` say in sum of the streams that run on the day."""
    running = [row for row in rows if row[0].ends_before is None or row[0].ends_before > on]
    last = max((stream.ends_on for stream, _verifiers in rows if stream.ends_on), default=None)
    told = running or [row for row in rows if row[0].ends_on == last]
    return Roles(
        list(dict.fromkeys(stream.organisation for stream, _verifiers in told)),
        list(dict.fromkeys(each for _stream, verifiers in told for each in verifiers)),
        None if running else last,
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
