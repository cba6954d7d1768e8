"""Pages and deeds on the national data set, beside a bare page and a hand-written query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.test import Client

from coordination.models import Mechanism, Period, Place, User
from coordination.services.kept_pages import shelf
from reporting.services.totals import apply_changes
from tests.bench.dataset import LAST
from tests.bench.measure import (
    Line,
    compared,
    database_seconds,
    limited,
    watched_database,
)
from tests.bench.work import mechanisms, quiet, verdicts
from workplans.models import IndicatorVersion, Result
from workplans.signals import StateChange

ROUNDS = 11
# What stands in the totals for a page of results: the quarters of two years in the place and in
# each place below it, and in the place itself the categories; found by the indexes that there are.
_TOTALS = """
SELECT version_id, place_id, period_id, category_id,
    verified_numerator, verified_denominator, verified_streams, verified_now,
    reported_numerator, reported_denominator, reported_streams, reported_now
FROM reporting_total WHERE version_id = ANY(%(versions)s) AND period_id = ANY(%(quarters)s)
"""
BY_HAND = f"""
{_TOTALS} AND place_id = ANY(%(places)s) AND organisation_id IS NULL AND category_id IS NULL
UNION ALL
{_TOTALS} AND place_id = %(place)s
    AND coalesce(organisation_id, 0) = 0 AND coalesce(category_id, 0) > 0
"""


@dataclass(frozen=True)
class Page:
    """An address, and who opens it; ``small`` is the same page with a tenth of the rows."""

    what: str
    address: str
    reader: str
    small: str = ""
    small_reader: str = ""

    def client(self, *, small: bool = False) -> Client:
        client = Client(headers={"host": "127.0.0.1"})
        email = self.small_reader if small else self.reader
        client.force_login(User.objects.get(email=email))
        return client


def pages() -> list[Page]:
    """The heaviest pages, of the first county and of the nation."""
    county = Mechanism.objects.filter(slug__startswith="county-").order_by("pk")[0].slug
    path = f"ke/{county.removeprefix('county-')}"
    quarter = f"period={Period.objects.get(starts_on=LAST).code}"

    def of(slug: str, who: str) -> str:
        return f"{who}@{slug}.example.org"

    both = (of(county, "focal-point"), of("county-small", "focal-point"))
    return [
        Page("results of a county", f"/mechanisms/{county}/results/?{quarter}&place={path}",
             both[0], f"/mechanisms/county-small/results/?{quarter}&place=ke/small", both[1]),
        Page("place", f"/places/{path}/", both[0], "/places/ke/small/", both[1]),
        Page("national results", f"/mechanisms/national/results/?{quarter}",
             of("national", "secretary"), f"/mechanisms/county-small/results/?{quarter}", both[1]),
        Page("work plan", f"/mechanisms/{county}/plans/2020-21/", both[0],
             "/mechanisms/county-small/plans/2020-21/", both[1]),
        Page("verification queue", "/verification/", both[0], "/verification/", both[1]),
        Page("desk of a focal point", "/desk/", both[0], "/desk/", both[1]),
        Page("desk of a partner", "/desk/", of(county, "officer"), "/desk/",
             of("county-small", "officer")),
    ]  # fmt: skip


def page_lines() -> Iterator[Line]:
    """Each page against its bare page, and its queries with few rows and with many.

    Once while work goes on: before each visit a value is verified, of one mechanism after the
    other, so that once in a round it is of the page's own. And, without a limit, as composed for
    who comes first after such a change, or ever (decision 43).
    """
    work, a_round = verdicts(), len(mechanisms())
    for page in pages():
        client = page.client()
        rows = rows_on(fetch(client, page.address))
        bare = partial(fetch, client, f"/bare/{rows}/")
        quiet()
        yield compared(
            f"{page.what}, {rows} rows, while others work: page ÷ bare",
            partial(fetch, client, page.address),
            bare,
            limit=3,
            rounds=a_round,
            before=partial(next, work),
        )
        yield compared(
            f"{page.what}, {rows} rows, composed anew: page ÷ bare",
            partial(composed, client, page.address),
            bare,
            limit=None,
            rounds=ROUNDS,
        )
        many, few = queries(client, page.address), queries(page.client(small=True), page.small)
        yield Line(f"{page.what}: queries, many rows against few", many, few, f"{many}", f"{few}")


def rows_on(page: bytes) -> int:
    """The rows of its tables; where it has none, as a desk, the entries of its lists."""
    return page.count(b"<tr") or page.partition(b"<main")[2].count(b"<li")


def composed(client: Client, address: str) -> bytes:
    """The page as it is for who opens it first."""
    shelf.empty()
    return fetch(client, address)


def database_lines() -> Iterator[Line]:
    """The database's part of pages made of figures, while others work and composed anew."""
    county, place, nation = pages()[:3]
    work, a_round = verdicts(), len(mechanisms())
    for page in (county, place):
        client, by_hand = page.client(), query_by_hand(page)
        quiet()
        yield compared(
            f"{page.what}, while others work: database ÷ one query by hand",
            partial(fetch, client, page.address),
            by_hand,
            limit=3,
            rounds=a_round,
            before=partial(next, work),
            clock=database_seconds,
        )
        yield compared(
            f"{page.what}, composed anew: database ÷ one query by hand",
            partial(composed, client, page.address),
            by_hand,
            limit=None,
            rounds=ROUNDS,
            clock=database_seconds,
        )
    client = nation.client()
    by_hand = [database_seconds(query_by_hand(nation)) for _round in range(ROUNDS)]
    visits = []
    for _round in range(a_round):
        next(work)
        visits.append(database_seconds(partial(fetch, client, nation.address)))
    yield limited("national results, while others work: database", visits, limit=50, floor=by_hand)
    anew = [database_seconds(partial(composed, client, nation.address)) for _round in range(ROUNDS)]
    yield limited("national results, composed anew: database", anew, limit=None, floor=by_hand)


def fetch(client: Client, address: str) -> bytes:
    response = client.get(address)
    if response.status_code != 200:
        raise SystemExit(f"{address} answers {response.status_code}.")
    return response.content


def queries(client: Client, address: str) -> int:
    composed(client, address)
    with watched_database() as seen:
        composed(client, address)
    return len(seen.queries)


def query_by_hand(page: Page):
    """Ask for every total that the page's figures are made of, in one statement."""
    slug = "national" if "national" in page.address else page.reader.split("@")[1].split(".")[0]
    mechanism = Mechanism.objects.get(slug=slug)
    place = mechanism.country if slug == "national" else mechanism.places.get()
    versions = IndicatorVersion.objects.filter(indicator__mechanism=mechanism)
    keys = list(versions.order_by("indicator__position").values_list("pk", flat=True)[:25])
    places = list(
        Place.objects.filter(streams__version__in=keys).distinct().values_list("pk", flat=True)
    )
    quarters = Period.objects.filter(starts_on__lte=LAST).order_by("-starts_on")
    values = {
        "versions": keys,
        "quarters": [each.pk for each in quarters[:8]],
        "place": place.pk,
        "places": [place.pk, *places],
    }

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, values)
            cursor.fetchall()

    return ask


def verification_lines() -> Iterator[Line]:
    """Bringing every total in line with one value that was verified; all of it is undone."""
    waiting = Result.objects.filter(
        state=Result.State.SUBMITTED, stream__version__over_places="sum"
    )
    times = [database_seconds(partial(count_as_verified, each)) for each in waiting[: ROUNDS + 1]]
    yield limited("verifying one value: database, every total", times[1:], limit=10)


def count_as_verified(result: Result) -> None:
    change = StateChange(result, Result.State.SUBMITTED, Result.State.VERIFIED)
    with transaction.atomic():
        Result.objects.filter(pk=result.pk).update(state=change.after)
        apply_changes(changes=[change])
        transaction.set_rollback(True)
