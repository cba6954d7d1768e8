"""Who may be nominated for a seat, also as an alternate, and what that gives: nothing yet."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.models import Appointment, Seat, bodies_begun_by, bodies_sat_on
from committees.services.appointments import OwnAppointment, confirm_appointment
from committees.services.nominations import (
    AlreadyNominated,
    AlternateOfAnother,
    NoAlternates,
    NominationSettled,
    Nominee,
    OrganisationMissing,
    OutsideOfSeat,
    nominate_holder,
    nominations_to_confirm,
    withdraw_nomination,
)
from committees.services.seats import holders_on
from coordination.models import Mail, Mechanism, Office, Role
from tests.factories.committees import AppointmentFactory, SeatFactory

TODAY = timezone.localdate()
ONE_DAY = dt.timedelta(days=1)
YESTERDAY = TODAY - ONE_DAY


def test_a_nomination_gives_no_right(nominated, newcomer, chair, body_secretary):
    assert bodies_sat_on(newcomer) == ()
    assert not Office.objects.filter(holder=newcomer).exists()
    told = Mail.objects.filter(key=f"seat-nominated:{nominated.pk}")
    assert set(told.values_list("recipient", flat=True)) == set()  # nobody sat there yet


def test_who_confirms_is_told_of_a_nomination(
    seat, newcomer, secretary, chair, body_secretary, member
):
    nominated = nominate_holder(seat, Nominee(TODAY, holder=newcomer), by=body_secretary)

    told = Mail.objects.filter(key=f"seat-nominated:{nominated.pk}")
    assert set(told.values_list("recipient", flat=True)) == {chair.email, secretary.email}


def test_nobody_appoints_himself(seat, secretary, organisations):
    own = nominate_holder(seat, Nominee(TODAY, holder=secretary), by=secretary)
    by_mail = nominate_holder(seat, Nominee(TODAY, post="SEC", email=secretary.email), by=secretary)

    for nomination in (own, by_mail):
        with pytest.raises(OwnAppointment):
            confirm_appointment(nomination, by=secretary)


def test_a_form_sent_twice_nominates_once(seat, newcomer, secretary, nominated):
    assert nominate_holder(seat, Nominee(TODAY, holder=newcomer), by=secretary) == nominated
    with pytest.raises(AlreadyNominated):
        nominate_holder(seat, Nominee(YESTERDAY, holder=newcomer), by=secretary)
    assert Appointment.objects.count() == 1


def test_a_withdrawn_nomination_is_over(nominated, secretary, chair):
    withdraw_nomination(nominated, by=secretary, reason="Moved to another post.")

    assert not Appointment.objects.nominated().exists()
    with pytest.raises(NominationSettled):
        confirm_appointment(nominated, by=chair)


@pytest.mark.parametrize("first", [dt.date(2020, 12, 31), dt.date(2021, 1, 1)])
def test_nobody_sits_before_the_seat_was_there(review_body, secretary, first):
    seat = SeatFactory(body=review_body, starts_on=dt.date(2021, 1, 1))
    nominee = Nominee(first, post="Chief Officer")

    if first.year == 2020:
        with pytest.raises(OutsideOfSeat):
            nominate_holder(seat, nominee, by=secretary)
    else:
        assert nominate_holder(seat, nominee, by=secretary).pk


@pytest.mark.parametrize(
    ("rule", "elsewhere", "refusal"),
    [
        (Seat.AlternateRule.NAMED, True, None),
        (Seat.AlternateRule.NOBODY, False, NoAlternates),
        (Seat.AlternateRule.ORGANISATION, True, AlternateOfAnother),
        (Seat.AlternateRule.ORGANISATION, False, None),
    ],
)
def test_the_seat_says_who_may_be_an_alternate(
    review_body, organisations, newcomer, secretary, rule, elsewhere, refusal
):
    seat = SeatFactory(body=review_body, alternate_rule=rule)
    AppointmentFactory(seat=seat, organisation=organisations.kiwash)
    organisation = organisations.elsewhere if elsewhere else organisations.kiwash
    nominee = Nominee(TODAY, holder=newcomer, organisation=organisation, is_alternate=True)

    if refusal:
        with pytest.raises(refusal):
            nominate_holder(seat, nominee, by=secretary)
        return
    confirm_appointment(nominate_holder(seat, nominee, by=secretary), by=secretary)
    [holding] = holders_on(review_body, TODAY)
    assert [one.holder for one in holding.alternates] == [newcomer]


def test_whoever_gets_rights_works_for_an_organisation(review_body, newcomer, secretary):
    seat = SeatFactory(body=review_body)

    with pytest.raises(OrganisationMissing):
        nominate_holder(seat, Nominee(TODAY, holder=newcomer), by=secretary)


# --- Where nobody else can ------------------------------------------------------------------------


def test_an_administrator_seats_the_first_chair_where_there_is_neither_chair_nor_backbone(
    client, nominated, administrator, mechanism, review_body
):
    page = reverse("appointment-confirm", args=[nominated.pk])
    client.force_login(administrator)
    assert client.get(page).status_code == 403  # its secretariat does
    Mechanism.objects.filter(pk=mechanism.pk).update(backbone=None)
    Office.objects.filter(role=Role.SECRETARIAT).update(ends_on=YESTERDAY)

    [row] = nominations_to_confirm(administrator, timezone.now()).rows

    assert (row.url, client.get(page).status_code) == (page, 200)
    confirm_appointment(nominated, by=administrator)
    nominated.refresh_from_db()
    assert nominated.confirmed_at
    # From the day on which an account chairs it, its chair confirms.
    AppointmentFactory(seat__body=review_body, seat__function=Seat.Function.CHAIR)
    assert list(bodies_begun_by(administrator)) == []
