"""Who sits on a body: nominated, confirmed, handed over, ended; rights come and go with it."""

import datetime as dt

import pytest
from django.utils import timezone

from committees.models import (
    ActionItem,
    Appointment,
    Seat,
    bodies_chaired_by,
    bodies_kept_by,
    bodies_sat_on,
)
from committees.services.appointments import (
    AlreadyNominated,
    AlternateOfAnother,
    InvitationWaits,
    NoAlternates,
    NominationSettled,
    Nominee,
    OrganisationMissing,
    OutsideOfSeat,
    OwnAppointment,
    SeatIsHeld,
    close_seat,
    confirm_appointment,
    end_appointment,
    nominate_holder,
    withdraw_nomination,
)
from committees.services.formation import vacant_seats
from committees.services.seats import (
    SeatEndsTooEarly,
    SeatHasHistory,
    SeatIsClosed,
    balance_of,
    create_seat,
    edit_seat,
    holders_on,
)
from committees.services.succession import terms_ending
from coordination.models import Event, Invitation, Mail, Office, Role
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.invitations import accept_invitation, withdraw_invitation
from coordination.services.offices import EndsBeforeStart, end_office
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import AppointmentFactory, NominationFactory, SeatFactory
from tests.factories.coordination import UserFactory

TODAY = timezone.localdate()
ONE_DAY = dt.timedelta(days=1)
YESTERDAY = TODAY - ONE_DAY


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


def verbs(*things):
    return [event.verb for thing in things for event in Event.objects.about(thing)]


def content(**changed):
    return {
        "title": "Partner", "organisation": None, "function": Seat.Function.MEMBER, "group": "",
        "sector": None, "expertise": "", "is_mandatory": False, "is_voting": True,
        "is_ex_officio": False, "nominated_by": "", "alternate_rule": Seat.AlternateRule.NAMED,
        "contact": "", "starts_on": None, "position": 0, **changed,
    }  # fmt: skip


# --- Nominating and confirming ---


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


def test_a_withdrawn_nomination_is_over(nominated, secretary, chair):
    withdraw_nomination(nominated, by=secretary, reason="Moved to another post.")

    assert not Appointment.objects.nominated().exists()
    with pytest.raises(NominationSettled):
        confirm_appointment(nominated, by=chair)


def test_someone_who_sits_twice_holds_two_offices(seat, review_body, newcomer, chair, secretary):
    other = SeatFactory(body=review_body, title="Rapporteur", organisation=seat.organisation)
    for one in (seat, other):
        confirm_appointment(
            nominate_holder(one, Nominee(TODAY, holder=newcomer), by=secretary), by=chair
        )

    end_appointment(seat.appointments.get(), by=chair)

    assert bodies_sat_on(newcomer) == (review_body.pk,)
    assert newcomer.offices.held(on=TODAY).count() == 1


@pytest.mark.parametrize("first", [dt.date(2020, 12, 31), dt.date(2021, 1, 1)])
def test_nobody_sits_before_the_seat_was_there(review_body, secretary, first):
    seat = SeatFactory(body=review_body, starts_on=dt.date(2021, 1, 1))
    nominee = Nominee(first, post="Chief Officer")

    if first.year == 2020:
        with pytest.raises(OutsideOfSeat):
            nominate_holder(seat, nominee, by=secretary)
    else:
        assert nominate_holder(seat, nominee, by=secretary).pk


# --- By post alone ---


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


# --- By invitation ---


@pytest.fixture
def offered(seat, secretary, chair):
    nominee = Nominee(TODAY, post="Programme manager, KIWASH", email="New@example.org")
    return confirm_appointment(nominate_holder(seat, nominee, by=secretary), by=chair)


def test_who_has_no_account_is_invited_by_the_chair(offered, chair):
    invitation = offered.invitation

    assert offered.confirmed_at is None
    assert (invitation.email, invitation.role) == ("new@example.org", Role.COMMITTEE_MEMBER)
    assert invitation.invited_by == chair
    assert Mail.objects.filter(recipient="new@example.org").count() == 1
    with pytest.raises(InvitationWaits):
        confirm_appointment(offered, by=chair)


def test_accepting_confirms_the_appointment(offered, seat):
    newcomer = UserFactory(email="new@example.org")

    office = accept_invitation(offered.invitation, by=newcomer)

    offered.refresh_from_db()
    assert (offered.holder, offered.office) == (newcomer, office)
    assert offered.confirmed_at is not None
    assert bodies_sat_on(newcomer) == (seat.body_id,)


def test_an_invitation_lapses_when_the_chair_is_out_of_office(offered, chair, secretary):
    newcomer = UserFactory(email="new@example.org")
    end_office(chair.offices.get(), by=secretary)

    with pytest.raises(Exception, match="may no longer give this office"):
        accept_invitation(offered.invitation, by=newcomer)


def test_a_seat_that_was_filled_meanwhile_is_not_given_twice(offered, seat, secretary, newcomer):
    other = nominate_holder(seat, Nominee(TODAY, holder=newcomer), by=secretary)
    confirm_appointment(other, by=secretary)
    invited = UserFactory(email="new@example.org")

    with pytest.raises(SeatIsHeld):
        accept_invitation(offered.invitation, by=invited)
    assert not invited.offices.exists()


def test_withdrawing_the_nomination_withdraws_the_invitation(offered, secretary):
    withdraw_nomination(offered, by=secretary, reason="Not any more.")

    assert Invitation.objects.get().withdrawn_at is not None


def test_after_a_withdrawn_invitation_another_goes_out(offered, secretary, chair):
    withdraw_invitation(offered.invitation, by=secretary)

    again = confirm_appointment(offered, by=chair)

    assert again.invitation != offered.invitation


# --- One holder a day, and handing over ---


@pytest.fixture
def held(seat):
    return AppointmentFactory(seat=seat, starts_on=dt.date(2020, 1, 1))


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


# --- Ending ---


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


def test_an_office_ended_elsewhere_ends_the_term_on_the_seat(held, secretary, seat):
    end_office(held.office, by=secretary, last_day=TODAY + ONE_DAY)

    held.refresh_from_db()
    assert held.ends_on == TODAY + ONE_DAY
    assert verbs(held) == ["committees.appointment_ended"]


# --- Alternates ---


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


# --- Seats ---


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


# --- Before a term ends ---


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
