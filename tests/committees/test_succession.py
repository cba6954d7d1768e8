"""What is told before the term of a seat ends."""

import datetime as dt

from django.utils import timezone

from committees.models import Appointment
from committees.services.succession import terms_ending
from tests.factories.committees import AppointmentFactory, NominationFactory

TODAY = timezone.localdate()


def told_of(user):
    return [row.note for row in terms_ending(user, timezone.now()).rows]


def test_a_term_that_ends_soon_is_told_to_who_leads_the_body_and_to_the_holder(
    review_body, chair, body_secretary, member, secretary
):
    ending = Appointment.objects.get(holder=member)
    Appointment.objects.filter(pk=ending.pk).update(ends_on=TODAY + dt.timedelta(days=60))
    AppointmentFactory(seat__body=review_body, ends_on=TODAY + dt.timedelta(days=61))
    AppointmentFactory(
        seat__body=review_body, ends_on=TODAY + dt.timedelta(days=5), is_alternate=True
    )

    for user in (chair, body_secretary, secretary):
        [note] = told_of(user)
        assert "nobody is nominated to follow" in note
    [own] = told_of(member)
    assert own.startswith("Your term ends on")


def test_nobody_is_told_once_a_successor_is_confirmed(review_body, chair, member):
    ending = Appointment.objects.get(holder=member)
    last = TODAY + dt.timedelta(days=30)
    Appointment.objects.filter(pk=ending.pk).update(ends_on=last)
    successor = NominationFactory(seat=ending.seat, starts_on=last + dt.timedelta(days=1))
    assert ["a successor is nominated" in note for note in told_of(chair)] == [True]

    Appointment.objects.filter(pk=successor.pk).update(confirmed_at=timezone.now())

    assert told_of(chair) == []
    assert told_of(member) == []
