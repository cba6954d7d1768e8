"""Which posts verify an indicator's figures, place by place (P33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from coordination.models import Mechanism, Office, Organisation, Role
from workplans.models import Stream


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
