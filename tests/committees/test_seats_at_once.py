"""Several people at the same moment put somebody on a seat: one holder, one office (R16)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from committees.models import Appointment
from committees.services.appointments import SeatIsHeld, confirm_appointment, end_appointment
from committees.services.nominations import NominationSettled
from coordination.models import Event, Office, Role
from coordination.services.refusals import Refusal
from tests.factories.committees import NominationFactory, SeatFactory

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate()


def at_once(deeds):
    """What each deed returned, or the refusal that it met."""

    def run(deed):
        try:
            return deed()
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_one_nomination_confirmed_by_many_gives_one_office(review_body, chair, secretary):
    nomination = NominationFactory(seat__body=review_body)

    said = at_once(
        [lambda by=by: confirm_appointment(nomination, by=by) for by in (chair, secretary) * 3]
    )

    assert said.count(NominationSettled) == 5
    assert Office.objects.filter(holder=nomination.holder).count() == 1
    confirmed = Event.objects.filter(verb="committees.appointment_confirmed")
    assert confirmed.count() == 1


def test_of_many_nominees_one_gets_the_seat(review_body, chair):
    seat = SeatFactory(body=review_body)
    nominations = [NominationFactory(seat=seat) for _number in range(5)]

    said = at_once([lambda one=one: confirm_appointment(one, by=chair) for one in nominations])

    assert said.count(SeatIsHeld) == 4
    assert Appointment.objects.in_office(on=TODAY).filter(seat=seat).count() == 1
    given = Office.objects.of(Role.COMMITTEE_MEMBER).exclude(holder=chair)
    assert given.count() == 1


def test_a_term_that_many_end_ends_once(review_body, chair, secretary):
    appointment = confirm_appointment(NominationFactory(seat__body=review_body), by=chair)

    at_once([lambda: end_appointment(appointment, by=secretary)] * 4)

    assert Event.objects.filter(verb="committees.appointment_ended").count() == 1
