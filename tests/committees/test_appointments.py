"""Who sits on a body: confirmed, handed over, ended; rights come and go with it."""

import datetime as dt

import pytest
from django.utils import timezone

from committees.models import ActionItem, bodies_chaired_by, bodies_kept_by, bodies_sat_on
from committees.services.appointments import SeatIsHeld, confirm_appointment, end_appointment
from committees.services.nominations import NominationSettled, Nominee, nominate_holder
from committees.services.seats import holders_on
from coordination.models import Event, Mail, Office, Role
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.offices import EndsBeforeStart
from tests.factories.committees import AppointmentFactory, SeatFactory

TODAY = timezone.localdate()
ONE_DAY = dt.timedelta(days=1)
YESTERDAY = TODAY - ONE_DAY


def verbs(*things):
    return [event.verb for thing in things for event in Event.objects.about(thing)]


def test_confirming_gives_the_office(nominated, newcomer, chair, seat, organisations, mechanism):
    confirmed = confirm_appointment(nominated, by=chair)

    office = confirmed.office
    assert (office.holder, office.role, office.organisation, office.mechanism) == (
        newcomer, Role.COMMITTEE_MEMBER, organisations.kiwash, mechanism,
    )  # fmt: skip
    assert bodies_sat_on(newcomer) == (seat.body_id,)
    assert verbs(confirmed) == ["committees.appointment_confirmed", "committees.seat_nominated"]
    [letter] = Mail.objects.filter(key=f"seat-given:{confirmed.pk}")
    assert letter.recipient == newcomer.email


@pytest.mark.parametrize(
    ("function", "given"),
    [("chair", bodies_chaired_by), ("co_chair", bodies_chaired_by), ("secretary", bodies_kept_by)],
)
def test_the_function_of_the_seat_decides_what_it_gives(
    review_body, organisations, newcomer, secretary, function, given
):
    seat = SeatFactory(body=review_body, organisation=organisations.kiwash, function=function)
    nominated = nominate_holder(seat, Nominee(TODAY, holder=newcomer), by=secretary)

    confirm_appointment(nominated, by=secretary)

    assert given(newcomer) == (review_body.pk,)


def test_a_second_confirmation_says_that_it_is_done(nominated, chair, secretary):
    confirm_appointment(nominated, by=chair)

    with pytest.raises(NominationSettled):
        confirm_appointment(nominated, by=secretary)


def test_what_was_done_since_one_looked_is_told(nominated, chair, secretary):
    seen = newest_event()
    Event.objects.create(
        verb="committees.seat_offered", subject=nominated, by=secretary, at=timezone.now()
    )

    with pytest.raises(DoneMeanwhile):
        confirm_appointment(nominated, by=chair, seen=seen)


def test_someone_who_sits_twice_holds_two_offices(seat, review_body, newcomer, chair, secretary):
    other = SeatFactory(body=review_body, title="Rapporteur", organisation=seat.organisation)
    for one in (seat, other):
        confirm_appointment(
            nominate_holder(one, Nominee(TODAY, holder=newcomer), by=secretary), by=chair
        )

    end_appointment(seat.appointments.get(), by=chair)

    assert bodies_sat_on(newcomer) == (review_body.pk,)
    assert newcomer.offices.held(on=TODAY).count() == 1


def test_a_post_without_an_account_sits_without_an_office(review_body, secretary, chair):
    seat = SeatFactory(body=review_body, title="Secretary LGRDD", contact="office@example.org")
    nominated = nominate_holder(seat, Nominee(TODAY, post="Secretary, LG&RDD"), by=secretary)

    confirmed = confirm_appointment(nominated, by=chair)

    assert (confirmed.office, confirmed.holder) == (None, None)
    [letter] = Mail.objects.filter(key=f"seat-given:{confirmed.pk}")
    assert letter.recipient == "office@example.org"
    end_appointment(confirmed, by=chair)
    confirmed.refresh_from_db()
    assert confirmed.ends_on == TODAY  # it began today; otherwise the day before


def test_a_held_seat_takes_no_second_holder(held, nominated, chair):
    with pytest.raises(SeatIsHeld):
        confirm_appointment(nominated, by=chair)
    assert not Office.objects.filter(holder=nominated.holder).exists()


def test_replacing_ends_the_one_before_and_hands_over(held, nominated, chair, seat):
    ActionItem.objects.create(
        body=seat.body, number=1, text="Share the minutes", owner_seat=seat,
        created_at=timezone.now(),
    )  # fmt: skip

    confirmed = confirm_appointment(
        nominated, by=chair, ends_predecessor=True, handover_note="The borehole list is half done."
    )

    held.refresh_from_db()
    held.office.refresh_from_db()
    assert (held.ends_on, held.office.ends_on) == (YESTERDAY, YESTERDAY)
    assert bodies_sat_on(held.holder) == ()
    assert bodies_sat_on(confirmed.holder) == (seat.body_id,)
    letter = Mail.objects.get(key=f"seat-given:{confirmed.pk}").body
    assert "1 open action item goes with the seat." in letter
    assert "The borehole list is half done." in letter
    assert ActionItem.objects.owned_by(confirmed.holder).count() == 1
    assert ActionItem.objects.owned_by(held.holder).count() == 0


def test_who_sat_where_can_be_told_for_ever(held, nominated, chair, seat):
    confirm_appointment(nominated, by=chair, ends_predecessor=True)

    def sat(day):
        [holding] = [row for row in holders_on(seat.body, day) if row.seat == seat]
        return holding.principal and holding.principal.holder

    assert sat(dt.date(2019, 12, 31)) is None
    assert sat(dt.date(2020, 1, 1)) == held.holder
    assert sat(YESTERDAY) == held.holder
    assert sat(TODAY) == nominated.holder


def test_terms_that_would_overlap_in_the_past_are_refused(seat, secretary, newcomer):
    AppointmentFactory(seat=seat, starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2020, 6, 30))
    before = Nominee(dt.date(2019, 1, 1), post="Manager", ends_on=dt.date(2020, 1, 1))
    after = Nominee(dt.date(2020, 7, 1), post="Manager, since July")

    with pytest.raises(SeatIsHeld):
        confirm_appointment(nominate_holder(seat, before, by=secretary), by=secretary)
    assert confirm_appointment(
        nominate_holder(seat, after, by=secretary), by=secretary
    ).confirmed_at


def test_ending_at_once_takes_the_rights_with_the_next_request(held, chair, seat):
    end_appointment(held, by=chair)

    held.refresh_from_db()
    assert held.ends_on == TODAY
    assert held.office.ended_at_once or Office.objects.get(pk=held.office_id).ended_at_once
    assert bodies_sat_on(held.holder) == ()
    assert [row.principal for row in holders_on(seat.body, TODAY) if row.seat == seat] == [None]
    assert verbs(held) == ["committees.appointment_ended"]


def test_a_last_day_is_in_office(held, chair, seat):
    end_appointment(held, by=chair, last_day=TODAY, handover_note="Keys are with the guard.")

    assert bodies_sat_on(held.holder) == (seat.body_id,)
    event = Event.objects.about(held).get()
    assert event.note == "Keys are with the guard."
    with pytest.raises(EndsBeforeStart):
        end_appointment(held, by=chair, last_day=dt.date(2019, 1, 1))
