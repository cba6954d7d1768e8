"""What others do meanwhile: values are verified, mechanism by mechanism, all through the nation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from coordination.models import Mechanism, Office, Role
from coordination.models.pulse import Pulse
from coordination.services.pulse import OWN_TABLE
from workplans.models import Result
from workplans.services.verification import verify_result


def mechanisms() -> list[Mechanism]:
    """All but that of the county with very little, of which the queries are counted."""
    return list(Mechanism.objects.exclude(slug="county-small").order_by("slug"))


def verdicts() -> Iterator[None]:
    """Each step verifies a value of the next mechanism, by a focal point of its place, for good.

    After the last mechanism it begins with the first again. A step is the deed of the portal.
    """
    offices = Office.objects.filter(role=Role.COUNTY_FOCAL_POINT).select_related("holder", "place")
    verifiers = {office.place.path: office.holder for office in offices if office.place}
    waiting = Result.objects.filter(state=Result.State.SUBMITTED).in_full().order_by("pk")
    for mechanism in itertools.cycle(mechanisms()):
        result = waiting.of_mechanism(mechanism).first()
        if result is None:
            raise SystemExit(f"Nothing waits in {mechanism} any more: have the database made anew.")
        nearest_first = reversed(result.stream.place.path_and_above)
        by = next(verifiers[path] for path in nearest_first if path in verifiers)
        verify_result(result, method="documents", by=by)
        yield


def quiet() -> None:
    """As after a time without work: nothing is known to have changed lately."""
    Pulse.objects.all().delete()
    Pulse.objects.create(table=OWN_TABLE)
