"""The pages of seats: who sits where, for the public without people, for members with them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from committees.models import Appointment, BodyAlias, Capacity, RosterConfirmation, Seat
from committees.services.appointments import confirm_appointment
from committees.services.capacities import (
    NothingToSupport,
    SupportedAlready,
    assess_capacity,
    current_capacities,
    gaps_in_capacity,
    record_support,
)
from committees.services.desk import committee_lists
from committees.services.nominations import Nominee, nominate_holder
from committees.services.rosters import (
    NoSeats,
    RosterConfirmedAlready,
    confirm_roster,
    roster_state,
)
from coordination.models import Event, standing_asked_once
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.offices import Purpose
from tests.factories.committees import (
    AppointmentFactory,
    BodyFactory,
    CapacityFactory,
    NominationFactory,
    SeatFactory,
)
from tests.factories.coordination import OrganisationFactory, UserFactory

TODAY = timezone.localdate()


@pytest.fixture
def held(review_body, organisations):
    """A seat with a holder whose post and address are nobody's business outside."""
    seat = SeatFactory(
        body=review_body, title="Partner", organisation=organisations.kiwash,
        contact="office@kiwash.example.org",
    )  # fmt: skip
    return AppointmentFactory(
        seat=seat,
        holder=UserFactory(name="Irrigation engineer", email="engineer@example.org"),
        handover_note="Keys with the guard.",
    )


def address(name, *args):
    return reverse(name, args=["sek", "review", *args])


def text_of(page):
    return " ".join(page.content.decode().split())


# --- Who reads what ---

PEOPLE = "/mechanisms/sek/people/"

SECRET = ("Irrigation engineer", "engineer@example.org", "office@kiwash.example.org", "Keys with")


@pytest.mark.parametrize("page", ["seat-list", "seat-detail"])
def test_the_public_reads_organisations_and_no_people(client, held, page):
    args = [held.seat_id] if page == "seat-detail" else []

    text = text_of(client.get(address(page, *args)))

    assert "someone from" in text
    assert [secret for secret in SECRET if secret in text] == []


def test_who_takes_part_reads_the_holder(client, held, peer):
    client.force_login(peer)

    text = text_of(client.get(address("seat-detail", held.seat_id)))

    assert [secret for secret in SECRET if secret not in text] == []


def test_the_list_of_people_says_on_which_body_a_member_sits(
    client, review_body, held, chair, secretary
):
    offered = nominate_holder(
        SeatFactory(body=review_body, title="Agronomist"),
        Nominee(starts_on=TODAY, post="Agronomist", email="new@example.org",
                organisation=held.organisation),
        by=secretary,
    )  # fmt: skip
    confirm_appointment(offered, by=chair)
    client.force_login(secretary)

    context = client.get(PEOPLE).context

    told = {str(office.holder): purpose for office, purpose, _may_end in context["held"]}
    seat_page = address("seat-detail", held.seat_id)
    assert told["Irrigation engineer"] == Purpose(f"{review_body.name}: Partner", seat_page)
    assert told["Secretariat"] is None
    seat_page = address("seat-detail", offered.seat_id)
    assert [purpose for _invitation, purpose in context["invitations"]] == [
        Purpose(f"{review_body.name}: Agronomist", seat_page)
    ]


def test_a_nomination_is_not_for_the_public(client, held, peer):
    NominationFactory(seat=held.seat, holder=UserFactory(name="Soil scientist"))
    page = address("seat-detail", held.seat_id)

    assert "Soil scientist" not in text_of(client.get(page))
    client.force_login(peer)
    assert "Soil scientist" in text_of(client.get(page))


def test_who_sat_where_stands_in_the_address(client, held, peer):
    client.force_login(peer)
    page = address("seat-list")

    assert "Irrigation engineer" in text_of(client.get(page, {"on": "2020-01-01"}))
    before = client.get(page, {"on": "2019-12-31"})
    assert "Vacant" in text_of(before)
    refused = client.get(page, {"on": "yesterday"})
    assert refused.status_code == 200
    assert "yesterday" in text_of(refused)


def test_a_nomination_of_today_is_none_on_a_day_that_is_past(client, review_body, peer):
    NominationFactory(seat__body=review_body)
    client.force_login(peer)

    def said(**day):
        text = text_of(client.get(address("seat-list"), day))
        return [word for word in ("Nominated", "Vacant") if word in text]

    assert said() == ["Nominated"]
    assert said(on="2020-06-01") == ["Vacant"]


def test_an_address_that_a_body_had_before_leads_to_its_seats(client, review_body, held):
    BodyAlias.objects.create(
        body=review_body, mechanism=review_body.mechanism, slug="old", name="Old", short_name="O"
    )

    page = client.get(reverse("seat-list", args=["sek", "old"]))

    assert (page.status_code, page.headers["Location"]) == (301, address("seat-list"))


@pytest.mark.parametrize("page", ["seat-list", "roster-confirm", "body-capacities", "body-cadence"])
def test_a_page_takes_as_many_queries_for_one_seat_as_for_three(
    client, review_body, secretary, page, django_assert_max_num_queries, organisations
):
    def add():
        seat = SeatFactory(body=review_body, organisation=organisations.kiwash, group="partner")
        AppointmentFactory(seat=seat)
        NominationFactory(seat=seat)
        CapacityFactory(seat=seat)

    client.force_login(secretary)
    add()
    with django_assert_max_num_queries(200) as one:
        client.get(address(page))
    add()
    add()

    with django_assert_max_num_queries(len(one)):
        client.get(address(page))


def test_a_desk_takes_as_many_queries_for_one_nomination_as_for_three(
    review_body, secretary, django_assert_max_num_queries
):
    NominationFactory(seat__body=review_body)
    now = timezone.now()
    with standing_asked_once(), django_assert_max_num_queries(30) as one:
        committee_lists(secretary, at=now)
    NominationFactory(seat__body=review_body)
    NominationFactory(seat__body=review_body)

    with standing_asked_once(), django_assert_max_num_queries(len(one)):
        lists = {row.key: row.rows for row in committee_lists(secretary, at=now)}
    assert len(lists["nominations"]) == 3


def test_who_sits_on_many_bodies_is_seen_at_once(client, mechanism, review_body, organisations):
    other = BodyFactory(mechanism=mechanism, slug="core", position=1)
    gone = BodyFactory(mechanism=mechanism, state="dissolved")
    for body, organisation in [
        (review_body, organisations.rla),
        (review_body, organisations.kiwash),
        (other, organisations.kiwash),
        (gone, organisations.usaid),
    ]:
        SeatFactory(body=body, organisation=organisation)
    SeatFactory(body=review_body, organisation=organisations.usaid, ends_on=dt.date(2020, 1, 1))

    page = client.get(reverse("mechanism-seats", args=["sek"]))

    assert [
        (row.slug, [seat.body.slug for seat in seats]) for row, seats in page.context["rows"]
    ] == [
        ("kiwash", ["review", "core"]),
        ("rla", ["review"]),
    ]


def test_an_organisation_that_only_sits_on_a_body_has_a_page_to_be_led_to(client, review_body):
    seat = SeatFactory(body=review_body, organisation=OrganisationFactory(slug="water-users"))

    page = client.get(seat.organisation.get_absolute_url())

    assert page.status_code == 200


# --- Deeds on their pages ---


def test_from_an_empty_body_to_somebody_in_office(client, review_body, secretary, peer):
    client.force_login(secretary)
    organisation = peer.offices.get().organisation
    form = {
        "title": "Partner for water", "organisation": organisation.pk, "function": "member",
        "is_voting": "on", "alternate_rule": "named", "position": "0", "seen_version": "0",
    }  # fmt: skip

    made = client.post(address("seat-create"), form)
    seat = Seat.objects.get()
    assert made.headers["Location"] == seat.get_absolute_url()

    nominated = client.post(
        address("appointment-nominate", seat.pk), {"holder": peer.pk, "starts_on": TODAY}
    )
    assert nominated.headers["Location"] == seat.get_absolute_url()
    appointment = Appointment.objects.get()
    client.post(reverse("appointment-confirm", args=[appointment.pk]), {})
    appointment.refresh_from_db()
    assert appointment.office.holder == peer

    client.post(reverse("appointment-end", args=[appointment.pk]), {"when": "at_once"})
    appointment.refresh_from_db()
    assert appointment.ends_on == TODAY


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "post"),
        ({"post": "Chief Officer", "email": "nobody"}, "email"),
        ({"post": "Chief Officer", "ends_on": "2000-01-01"}, "ends_on"),
        ({"post": "Chief Officer", "email": "new@example.org"}, "organisation"),
        ({"holder": "999999999999999999999"}, "holder"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client, review_body, secretary, typed, field):
    seat = SeatFactory(body=review_body)
    client.force_login(secretary)

    page = client.post(address("appointment-nominate", seat.pk), {"starts_on": TODAY, **typed})

    assert page.status_code == 200
    assert field in page.context["form"].errors
    assert not Appointment.objects.exists()


def test_the_second_of_two_editors_sees_both_versions(client, review_body, secretary):
    seat = SeatFactory(body=review_body, title="Member")
    client.force_login(secretary)
    form = {
        "function": "member", "is_voting": "on", "alternate_rule": "named", "position": "0",
        "seen_version": "1", "initial-title": "Member",
    }  # fmt: skip
    client.post(address("seat-edit", seat.pk), {**form, "title": "Member for water"})

    page = client.post(address("seat-edit", seat.pk), {**form, "title": "Member for soil"})

    text = text_of(page)
    assert "Someone else changed this while you were working" in text
    assert "Member for water" in text
    assert "Member for soil" in text


# --- The roster, once a year ---


@pytest.fixture
def january(held):
    return dt.datetime(2025, 1, 10, 9, tzinfo=dt.UTC)


def test_the_page_says_when_the_roster_was_confirmed_there_and_how(
    client, held, review_body, body_secretary
):
    """Late in the evening of UTC it is tomorrow in Nairobi."""
    late = timezone.now().replace(hour=22) - dt.timedelta(days=2)
    confirm_roster(review_body, by=body_secretary, note="Asked each by phone.", at=late)
    client.force_login(body_secretary)

    page = client.get(reverse("seat-list", args=["sek", review_body.slug])).content.decode()

    there = date_format(timezone.localdate(late, review_body.mechanism.zone))
    assert page.count(f"Roster confirmed on {there} by {body_secretary}.") == 1
    assert page.count("Asked each by phone.") == 1


def test_a_roster_is_confirmed_once_a_year(review_body, body_secretary, january):
    assert roster_state(review_body, on=january.date()).is_stale

    confirm_roster(review_body, by=body_secretary, at=january)

    assert not roster_state(review_body, on=dt.date(2026, 1, 10)).is_stale
    assert roster_state(review_body, on=dt.date(2026, 1, 11)).is_stale
    with pytest.raises(RosterConfirmedAlready):
        confirm_roster(review_body, by=body_secretary, at=january)
    confirm_roster(review_body, by=body_secretary, at=january.replace(year=2026))
    assert RosterConfirmation.objects.count() == 2


def test_a_roster_that_changed_since_one_looked_is_not_confirmed_unseen(
    review_body, body_secretary, held
):
    seen = newest_event()
    Event.objects.create(
        verb="committees.appointment_ended", subject=held, by=None, at=timezone.now()
    )

    with pytest.raises(DoneMeanwhile):
        confirm_roster(review_body, by=body_secretary, seen=seen)


def test_a_body_without_seats_has_no_roster(review_body, secretary):
    with pytest.raises(NoSeats):
        confirm_roster(review_body, by=secretary)


def test_the_desk_of_who_keeps_the_body_says_that_it_is_time(review_body, body_secretary, chair):
    def keys(user, at):
        return [row.key for row in committee_lists(user, at=at)]

    now = timezone.now()
    assert "rosters" in keys(body_secretary, now)
    assert "rosters" not in keys(chair, now)
    confirm_roster(review_body, by=body_secretary)
    assert "rosters" not in keys(body_secretary, now)
    assert "rosters" in keys(body_secretary, now + dt.timedelta(days=366))


# --- Capacity and support ---


@pytest.fixture
def assessment():
    return {
        "duty": "Review progress", "level": "missing", "assessed_on": dt.date(2021, 1, 10),
        "support": "Induction", "support_from": None, "support_due_on": None,
    }  # fmt: skip


def test_a_gap_stands_until_the_duty_is_assessed_again(held, chair, review_body, assessment):
    gap = assess_capacity(held.seat, by=chair, **assessment)
    assert assess_capacity(held.seat, by=chair, **assessment) == gap
    record_support(gap, by=chair, supported_on=TODAY)
    assert gaps_in_capacity(review_body, on=TODAY) == [gap]

    again = assessment | {"level": "enough", "assessed_on": dt.date(2021, 6, 1), "support": ""}
    enough = assess_capacity(held.seat, by=chair, **again)

    assert gaps_in_capacity(review_body, on=TODAY) == []
    assert current_capacities(Seat.objects.all()) == [enough]
    assert Capacity.objects.count() == 2


def test_support_is_recorded_once_and_only_where_it_was_planned(held, chair, assessment):
    gap = assess_capacity(held.seat, by=chair, **assessment)
    none = assess_capacity(held.seat, by=chair, **(assessment | {"duty": "Meet", "support": ""}))
    record_support(gap, by=chair, supported_on=TODAY)

    with pytest.raises(SupportedAlready):
        record_support(gap, by=chair, supported_on=TODAY)
    with pytest.raises(NothingToSupport):
        record_support(none, by=chair, supported_on=TODAY)


def test_gaps_stand_on_the_bodys_page_for_its_readers_alone(
    client, held, review_body, member, partner_officer
):
    CapacityFactory(seat=held.seat, duty="Sign off the budget")
    page = review_body.get_absolute_url()

    assert "Sign off the budget" not in text_of(client.get(page))
    client.force_login(partner_officer)
    assert "Sign off the budget" not in text_of(client.get(page))
    client.force_login(member)
    assert "Sign off the budget" in text_of(client.get(page))


def test_a_form_begins_with_the_day_of_the_mechanism_not_of_the_server(
    client, review_body, secretary, monkeypatch
):
    seat = SeatFactory(body=review_body)
    late = dt.datetime(2026, 11, 27, 22, 30, tzinfo=dt.UTC)  # past midnight in Nairobi
    monkeypatch.setattr("django.utils.timezone.now", lambda: late)
    client.force_login(secretary)
    for name, field in (
        ("appointment-nominate", "starts_on"),
        ("capacity-assess", "assessed_on"),
        ("seat-close", "last_day"),
    ):
        form = client.get(address(name, seat.pk)).context["form"]
        assert form[field].initial == dt.date(2026, 11, 28)
