"""What several tests of committees need: a seat and its holders, a memo and its bodies."""

import datetime as dt

import pytest
from django.utils import timezone

from committees.services.memo_outcomes import record_outcomes
from committees.services.memos import make_memo_ready
from committees.services.nominations import Nominee, nominate_holder
from tests.factories.committees import (
    AppointmentFactory,
    BodyFactory,
    MeetingFactory,
    MemoFactory,
    SeatFactory,
)
from tests.factories.coordination import UserFactory

TODAY = timezone.localdate()
DAY = dt.date(2021, 2, 1)


@pytest.fixture
def seat(review_body, organisations):
    return SeatFactory(body=review_body, title="Partner", organisation=organisations.kiwash)


@pytest.fixture
def newcomer(holding, organisations):
    """Has an account and no office."""
    return UserFactory(name="Programme manager, KIWASH")


@pytest.fixture
def nominated(seat, newcomer, secretary):
    return nominate_holder(seat, Nominee(TODAY, holder=newcomer), by=secretary)


@pytest.fixture
def held(seat):
    return AppointmentFactory(seat=seat, starts_on=dt.date(2020, 1, 1))


@pytest.fixture
def second_body(mechanism):
    return BodyFactory(mechanism=mechanism, slug="second")


@pytest.fixture
def memo(mechanism, organisations, review_body, second_body):
    return MemoFactory(
        mechanism=mechanism, prepared_by=organisations.kcdms, bodies=[review_body, second_body]
    )


@pytest.fixture
def ready(memo, partner_officer):
    return make_memo_ready(memo, by=partner_officer, waiting_reason="The lock-down.")


@pytest.fixture
def resolve(secretary):
    """Records what a body resolved at a meeting, of `DAY` where none is named."""

    def make(memo, body, *outcomes, meeting=None, **given):
        found = memo.recommendations.order_by("number")
        pairs = {one: (outcome, "") for one, outcome in zip(found, outcomes, strict=True)}
        meeting = meeting or MeetingFactory(body=body, held_on=DAY)
        return record_outcomes(
            memo, by=secretary, body=body, meeting=meeting, outcomes=pairs, **given
        )

    return make
