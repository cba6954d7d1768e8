"""Many officials at once: no deed waits for another in a circle, and none is lost (R3)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from reporting.services.totals import verify_totals
from tests.factories.coordination import OrganisationFactory
from tests.factories.workplans import StreamFactory
from workplans.services.verification import verify_results

from .deeds import SUBMITTED, report

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite lets one writer at a time by itself."
    ),
]

OFFICIALS, VALUES, PARTNERS = 8, 12, 4


def test_who_verifies_and_who_reports_at_once_neither_blocks_nor_loses_anything(
    version_of, kitui, makueni, quarters, focal_point
):
    versions = [version_of(stock=True), version_of()]
    results = [
        report(
            StreamFactory(
                version=versions[number % 2],
                organisation=OrganisationFactory(),
                place=[kitui, makueni][number % 3 % 2],
            ),
            quarters[number % 3],
            number,
            state=SUBMITTED,
        )
        for number in range(OFFICIALS * VALUES)
    ]
    newcomers = [
        StreamFactory(version=versions[number % 2], organisation=OrganisationFactory(), place=kitui)
        for number in range(PARTNERS)
    ]
    # Each official's values touch the same totals as everyone else's, in another order.
    shares = [results[first::OFFICIALS] for first in range(OFFICIALS)]
    shares = [share[::-1] if first % 2 else share for first, share in enumerate(shares)]

    def verify(share):
        try:
            return len(verify_results(share, by=focal_point, method="documents"))
        finally:
            connection.close()

    def submit(number):
        """A partner's values enter the same totals, on the other basis."""
        try:
            for quarter in quarters[:3]:
                report(newcomers[number], quarter, number, state=SUBMITTED)
        finally:
            connection.close()

    with ThreadPoolExecutor(OFFICIALS + PARTNERS) as everyone:
        reporting = everyone.map(submit, range(PARTNERS))
        verified = list(everyone.map(verify, shares))
        list(reporting)

    assert verified == [VALUES] * OFFICIALS
    assert [verify_totals(version) for version in versions] == [[], []]
