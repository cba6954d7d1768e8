"""Days in the words of a report (R9)."""

import datetime as dt

import pytest

from reporting.services.words import span_text

JAN, JUN = dt.date(2021, 1, 1), dt.date(2021, 6, 30)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (JAN, JUN, "1 Jan 2021 – 30 Jun 2021"),
        (JUN, JUN, "30 Jun 2021"),
        (JAN, None, "from 1 Jan 2021"),
        (None, JUN, "until 30 Jun 2021"),
        (None, None, ""),
    ],
)
def test_days_from_one_to_another_are_told_as_far_as_they_are_known(first, last, said):
    assert span_text(first, last).replace("\u00a0", " ") == said
