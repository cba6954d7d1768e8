"""Seats: set up, edited, closed, and whether each group has some."""

import datetime as dt

import pytest
from django.utils import timezone

from committees.models import Seat
from committees.services.formation import vacant_seats
from committees.services.seat_closing import close_seat
from committees.services.seats import (
    SeatEndsTooEarly,
    SeatHasHistory,
    SeatIsClosed,
    balance_of,
    create_seat,
    edit_seat,
    holders_on,
)
from coordination.models import Event
from coordination.services.events import newest_event
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import AppointmentFactory, SeatFactory

TODAY = timezone.localdate()
ONE_DAY = dt.timedelta(days=1)


def verbs(*things):
    return [event.verb for thing in things for event in Event.objects.about(thing)]


def content(**changed):
    return {
        "title": "Partner", "organisation": None, "function": Seat.Function.MEMBER, "group": "",
        "sector": None, "expertise": "", "is_mandatory": False, "is_voting": True,
        "is_ex_officio": False,
        "nominated_by": "", "alternate_rule": Seat.AlternateRule.NAMED, "contact": "",
        "starts_on": None, "position": 0, **changed,
    }  # fmt: skip


def test_a_seat_is_set_up_once_by_one_form(review_body, secretary):
    seen = newest_event()
    seat = create_seat(review_body, by=secretary, seen=seen, **content())

    assert create_seat(review_body, by=secretary, seen=seen, **content()) == seat
    assert create_seat(review_body, by=secretary, seen=newest_event(), **content()) != seat
    assert verbs(seat) == ["committees.seat_created"]


def test_the_second_of_two_editors_is_stopped(review_body, secretary):
    seat = SeatFactory(body=review_body)
    edit_seat(seat, by=secretary, seen_version=1, **content(title="Chief Officer, Water"))

    with pytest.raises(EditedMeanwhile):
        edit_seat(seat, by=secretary, seen_version=1, **content(title="Other"))


def test_what_a_seat_was_stays_once_it_was_held(held, seat, secretary, organisations):
    kept = content(title="Partner for water", organisation=seat.organisation)

    assert edit_seat(seat, by=secretary, seen_version=1, **kept).title == "Partner for water"
    with pytest.raises(SeatHasHistory):
        edit_seat(
            seat, by=secretary, seen_version=2, **(kept | {"organisation": organisations.rla})
        )


def test_closing_a_seat_ends_its_terms_and_nominations(held, nominated, seat, secretary):
    close_seat(seat, by=secretary, last_day=TODAY + ONE_DAY, reason="Merged with the lead.")

    held.refresh_from_db()
    nominated.refresh_from_db()
    assert held.ends_on == TODAY + ONE_DAY
    assert nominated.withdrawn_at is not None
    assert seat.body.seats.standing_on(TODAY + 2 * ONE_DAY).count() == 0
    with pytest.raises(SeatIsClosed):
        close_seat(seat, by=secretary, last_day=TODAY)


def test_a_seat_is_not_closed_before_somebody_took_it(held, seat, secretary):
    with pytest.raises(SeatEndsTooEarly):
        close_seat(seat, by=secretary, last_day=dt.date(2019, 12, 31))


def test_vacant_mandatory_seats_keep_a_body_from_being_configured(review_body):
    needed = SeatFactory(body=review_body, is_mandatory=True)
    SeatFactory(body=review_body)
    SeatFactory(body=review_body, is_mandatory=True, is_ex_officio=True)
    AppointmentFactory(seat__body=review_body, seat__is_mandatory=True)

    assert list(vacant_seats(review_body, on=TODAY)) == [needed]


def test_the_balance_of_groups_names_those_without_a_seat(review_body):
    for group, voting in [("government", True), ("government", False), ("donor", True)]:
        SeatFactory(body=review_body, group=group, is_voting=voting)
    AppointmentFactory(seat__body=review_body, seat__group="government")

    balance = {
        row.group: (row.seats, row.voting, row.held)
        for row in balance_of(holders_on(review_body, TODAY))
    }

    assert balance["government"] == (3, 2, 1)
    assert balance["donor"] == (1, 1, 0)
    assert balance["media"] == (0, 0, 0)
    assert "" not in balance


@pytest.mark.parametrize("seats", [1, 3])
def test_who_sat_where_takes_as_many_queries_for_one_seat_as_for_three(
    review_body, seats, django_assert_num_queries
):
    for _number in range(seats):
        AppointmentFactory(seat__body=review_body)

    with django_assert_num_queries(2):
        assert [row.principal.who for row in holders_on(review_body, TODAY)]
