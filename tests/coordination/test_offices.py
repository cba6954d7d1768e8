"""Offices given and ended: every right comes with one and goes with it (R26)."""

import datetime as dt

import pytest
from django.utils import timezone

from coordination.models import (
    Event,
    Mail,
    Mechanism,
    Office,
    Role,
    Standing,
    standing_asked_once,
)
from coordination.services.offices import (
    Appointment,
    EndsBeforeStart,
    EndsLater,
    LastAdministrator,
    OfficeAlreadyEnded,
    OfficeAlreadyHeld,
    OwnOffice,
    end_office,
    give_office,
)
from tests.factories.coordination import OfficeFactory, UserFactory

NOW = dt.datetime(2021, 4, 6, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def newcomer(db):
    return UserFactory(name="New data officer")


@pytest.fixture
def charge(organisations, mechanism):
    """Data officer of KCDMS in SEK, from 1 April 2021."""
    return Appointment(
        role=Role.PARTNER_OFFICER,
        starts_on=dt.date(2021, 4, 1),
        organisation=organisations.kcdms,
        mechanism=mechanism,
        instrument="E-mail of 30 March 2021",
    )


def in_office(holder, appointment, **changes) -> Office:
    return OfficeFactory(holder=holder, **{**vars(appointment), **changes})


# --- Giving ---


def test_an_office_is_given_and_recorded(newcomer, charge, secretary):
    office = give_office(newcomer, charge, by=secretary, at=NOW)

    assert (office.holder, office.role, office.organisation, office.instrument) == (
        newcomer,
        Role.PARTNER_OFFICER,
        charge.organisation,
        "E-mail of 30 March 2021",
    )
    event = Event.objects.about(office).get()
    assert (event.verb, event.by, event.at) == ("coordination.office_given", secretary, NOW)
    assert event.changes["holder"] == [None, "New data officer"]


def test_nobody_gives_an_office_to_himself(charge, secretary):
    with pytest.raises(OwnOffice):
        give_office(secretary, charge, by=secretary)


def test_the_same_office_is_not_given_twice(newcomer, charge, secretary):
    give_office(newcomer, charge, by=secretary)

    with pytest.raises(OfficeAlreadyHeld):
        give_office(newcomer, charge, by=secretary)


def test_a_term_follows_an_ended_one(newcomer, charge, secretary):
    in_office(newcomer, charge, starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2021, 3, 31))

    give_office(newcomer, charge, by=secretary)

    assert newcomer.offices.count() == 2


def test_an_administrator_gets_the_administration(newcomer, administrator):
    appointment = Appointment(role=Role.ADMINISTRATOR, starts_on=TODAY)

    give_office(newcomer, appointment, by=administrator)

    newcomer.refresh_from_db()
    assert newcomer.is_staff


# --- Ending ---


def test_an_office_ends_with_its_last_day(newcomer, charge, secretary):
    office = in_office(newcomer, charge)

    office = end_office(office, by=secretary, last_day=TODAY + DAY, at=NOW)

    held = [Standing.of(newcomer, on=TODAY + days * DAY).offices != () for days in range(3)]
    assert (held, office.ended_at_once) == ([True, True, False], False)


def test_an_office_ended_at_once_gives_no_right_any_more(newcomer, charge, secretary):
    office = in_office(newcomer, charge)

    office = end_office(office, by=secretary, at=NOW)

    assert (office.ends_on, office.ended_at_once) == (TODAY, True)
    assert Standing.of(newcomer, on=TODAY).offices == ()
    assert not office.is_held(on=TODAY)
    assert (
        office.is_held(on=TODAY - DAY),
        Standing.of(newcomer, on=TODAY - DAY).offices != (),
    ) == (
        True,
        True,
    )


def test_an_office_can_begin_and_be_ended_on_the_same_day(newcomer, charge, secretary):
    office = in_office(newcomer, charge, starts_on=TODAY)

    end_office(office, by=secretary, at=NOW)

    assert Standing.of(newcomer, on=TODAY).offices == ()


def test_an_office_that_has_not_begun_never_begins(newcomer, charge, secretary):
    office = in_office(newcomer, charge, starts_on=TODAY + 10 * DAY)

    office = end_office(office, by=secretary, at=NOW)

    held = [office.is_held(on=TODAY + days * DAY) for days in (0, 10, 11)]
    assert held == [False, False, False]


def test_ending_leaves_an_event_and_tells_the_holder(newcomer, charge, secretary):
    office = in_office(newcomer, charge)

    end_office(office, by=secretary, last_day=TODAY, at=NOW)

    event = Event.objects.about(office).get()
    assert (event.verb, event.by, event.changes) == (
        "coordination.office_ended",
        secretary,
        {"ends_on": [None, "2021-04-06"]},
    )
    letter = Mail.objects.get()
    assert (letter.recipient, letter.subject) == (
        newcomer.email,
        "Your office ends: Partner data officer, KCDMS",
    )
    assert "Its last day is 6\u00a0Apr 2021" in letter.body


def test_a_second_click_on_end_is_told_so(newcomer, charge, secretary):
    office = in_office(newcomer, charge)
    end_office(office, by=secretary, at=NOW)

    with pytest.raises(OfficeAlreadyEnded):
        end_office(office, by=secretary, at=NOW)

    assert Event.objects.about(office).count() == 1


def test_an_office_does_not_end_before_it_began(newcomer, charge, secretary):
    with pytest.raises(EndsBeforeStart):
        end_office(in_office(newcomer, charge), by=secretary, last_day=dt.date(2021, 3, 31), at=NOW)


def test_an_end_can_be_brought_forward_but_not_put_off(newcomer, charge, secretary):
    office = in_office(newcomer, charge, ends_on=TODAY + 30 * DAY)

    with pytest.raises(EndsLater):
        end_office(office, by=secretary, last_day=TODAY + 31 * DAY, at=NOW)

    assert end_office(office, by=secretary, last_day=TODAY + DAY, at=NOW).ends_on == TODAY + DAY


def test_the_last_administrator_stays(administrator):
    office = administrator.offices.get()

    with pytest.raises(LastAdministrator):
        end_office(office, by=administrator)


def test_an_administrator_leaves_when_another_is_in_office(administrator, holding):
    other = holding("Second administrator", Role.ADMINISTRATOR)
    office = administrator.offices.get()

    end_office(office, by=other)

    administrator.refresh_from_db()
    assert not administrator.is_staff


def test_an_administrator_about_to_leave_does_not_count(administrator, holding):
    holding("Leaving", Role.ADMINISTRATOR, ends_on=timezone.localdate() + 10 * DAY)

    with pytest.raises(LastAdministrator):
        end_office(administrator.offices.get(), by=None)


# --- Whose offices a mechanism's page lists ---


def test_a_mechanism_lists_every_office_that_gives_a_right_in_it(
    cast, mechanism, kitui, organisations, holding, kenya
):
    elsewhere = holding(
        "Focal point elsewhere",
        Role.COUNTY_FOCAL_POINT,
        organisation=organisations.elsewhere,
        place=kitui.__class__.objects.create(
            level=kitui.level, parent=kenya, name="Nakuru", slug="nakuru", path="ke/nakuru"
        ),
    )

    listed = Office.objects.giving_rights_in(mechanism)

    found = {office.holder for office in listed}
    assert found == {
        cast[name]
        for name in (
            "former_officer",
            "partner_officer",
            "partner_signatory",
            "peer",
            "focal_point",
            "neighbour",
            "county_lead",
            "secretary",
            "donor_officer",
            "chair",
            "body_secretary",
            "member",
        )
    }
    assert elsewhere not in found
    assert listed.count() == len(found)


def test_offices_come_in_the_order_of_their_roles(cast, mechanism):
    roles = [
        office.role for office in Office.objects.giving_rights_in(mechanism).in_order().in_full()
    ]

    assert roles == sorted(roles, key=Role.values.index)


def test_held_ended_and_coming_offices_are_told_apart(newcomer, charge):
    in_office(newcomer, charge, role=Role.PARTNER_OFFICER)
    in_office(newcomer, charge, role=Role.PARTNER_SIGNATORY, ends_on=TODAY, ended_at_once=True)
    in_office(newcomer, charge, role=Role.DONOR_OFFICER, starts_on=TODAY + DAY)

    held = Office.objects.held(on=TODAY).values_list("role", flat=True)
    ended = Office.objects.ended(on=TODAY).values_list("role", flat=True)

    assert (list(held), list(ended)) == ([Role.PARTNER_OFFICER], [Role.PARTNER_SIGNATORY])


def test_a_right_in_a_mechanism_ends_with_the_office(newcomer, charge, secretary, mechanism):
    mechanism.is_public = False
    mechanism.save()
    office = in_office(newcomer, charge)
    assert Mechanism.objects.visible_to(newcomer).get() == mechanism

    end_office(office, by=secretary)

    assert not Mechanism.objects.visible_to(newcomer).exists()


def test_a_page_reads_the_visitors_offices_once(partner_officer, django_assert_num_queries):
    with standing_asked_once(), django_assert_num_queries(1):
        first = Standing.of(partner_officer)
        assert Standing.of(partner_officer) == first
        assert first.offices


def test_an_office_that_ends_between_two_pages_is_gone_on_the_second(partner_officer):
    with standing_asked_once():
        assert Standing.of(partner_officer).offices
    partner_officer.offices.all().delete()
    with standing_asked_once():
        assert not Standing.of(partner_officer).offices
