"""The office that goes with a seat: by invitation, and ended elsewhere."""

import datetime as dt

import pytest
from django.utils import timezone

from committees.models import bodies_sat_on
from committees.services.appointments import InvitationWaits, SeatIsHeld, confirm_appointment
from committees.services.nominations import Nominee, nominate_holder, withdraw_nomination
from coordination.models import Event, Invitation, Mail, Role
from coordination.services.invitations import accept_invitation, withdraw_invitation
from coordination.services.offices import end_office
from tests.factories.coordination import UserFactory

TODAY = timezone.localdate()
ONE_DAY = dt.timedelta(days=1)


def verbs(*things):
    return [event.verb for thing in things for event in Event.objects.about(thing)]


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


def test_an_office_ended_elsewhere_ends_the_term_on_the_seat(held, secretary, seat):
    end_office(held.office, by=secretary, last_day=TODAY + ONE_DAY)

    held.refresh_from_db()
    assert held.ends_on == TODAY + ONE_DAY
    assert verbs(held) == ["committees.appointment_ended"]
