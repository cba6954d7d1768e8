"""Alerts: raised in a minute, told at once, followed to the end (domain 1.25)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.models import Alert, AlertUpdate
from committees.services.alerts import (
    AlertClosed,
    AlertWithoutPlace,
    StateNotNext,
    edit_alert,
    raise_alert,
    update_alert,
)
from committees.services.desk import committee_lists
from coordination.models import Mail, Office
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.files import VettedFile
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import AlertFactory

State = Alert.State
SAID = {"kind": "locust", "title": "Swarms at Mwingi", "noticed_on": dt.date(2021, 2, 1)}


@pytest.fixture
def alert(mechanism, county_lead, kitui):
    return AlertFactory(mechanism=mechanism, places=[kitui], raised_by=county_lead)


def letters(occasion):
    return sorted(Mail.objects.filter(key__startswith=occasion).values_list("recipient", flat=True))


def test_donor_secretariat_and_the_countys_officials_are_told_at_once(
    mechanism, county_lead, kitui, secretary, donor_officer, focal_point, neighbour, peer
):
    raise_alert(mechanism, by=county_lead, places=[kitui], ask="Spray.", **SAID)

    assert letters("alert:") == sorted([secretary.email, donor_officer.email, focal_point.email])
    assert "Spray." in Mail.objects.first().body


def test_a_form_sent_twice_raises_one_alert(mechanism, county_lead, kitui):
    for _click in range(2):
        raise_alert(mechanism, by=county_lead, places=[kitui], **SAID)

    assert Alert.objects.count() == 1


def test_it_stands_on_the_desk_of_who_follows_it_until_it_is_closed(
    alert, secretary, donor_officer, focal_point, county_lead, neighbour, peer, outsider
):
    def desk_of(user):
        return [
            row.title
            for each in committee_lists(user, at=timezone.now())
            if each.key == "alerts"
            for row in each.rows
        ]

    followed = [desk_of(user) for user in (secretary, donor_officer, focal_point, county_lead)]
    assert followed == [[alert.title]] * 4
    assert [desk_of(user) for user in (neighbour, peer, outsider)] == [[]] * 3
    update_alert(alert, by=focal_point, text="The swarms are gone.", state=State.CLOSED)
    assert desk_of(secretary) == []


def test_an_alert_says_where(mechanism, county_lead):
    with pytest.raises(AlertWithoutPlace):
        raise_alert(mechanism, by=county_lead, places=[], **SAID)


def test_it_is_followed_to_the_end_and_whoever_raised_it_hears_of_it(
    alert, focal_point, secretary, county_lead, donor_officer
):
    update_alert(alert, by=focal_point, text="Seen by the ward officer.", state=State.VERIFIED)
    update_alert(alert, by=secretary, text="Partners meet today.", state=State.COORDINATED)
    last = update_alert(alert, by=secretary, text="It has rained.", state=State.CLOSED)

    alert.refresh_from_db()
    assert (alert.state, alert.closed_at is not None) == (State.CLOSED, True)
    assert letters(f"alert-update:{last.pk}") == sorted(
        [focal_point.email, county_lead.email, donor_officer.email]
    )
    with pytest.raises(AlertClosed):
        update_alert(alert, by=secretary, text="Again.")


def test_a_state_follows_from_the_one_before(alert, secretary):
    with pytest.raises(StateNotNext):
        update_alert(alert, by=secretary, text="Fine.", state=State.MONITORED)


def test_the_same_update_sent_twice_is_one(alert, secretary):
    for _click in range(2):
        update_alert(alert, by=secretary, text="Partners meet today.")

    assert AlertUpdate.objects.count() == 1


def test_nobody_moves_it_unseen(alert, secretary, focal_point):
    seen = newest_event()
    update_alert(alert, by=focal_point, text="Seen.", state=State.VERIFIED, seen=seen)

    with pytest.raises(DoneMeanwhile):
        update_alert(alert, by=secretary, text="Nothing there.", state=State.CLOSED, seen=seen)


def test_the_second_of_two_editors_sees_that_the_first_has_saved(alert, secretary, kitui):
    edit_alert(alert, by=secretary, seen_version=1, places=[kitui], **SAID, affected=300)

    with pytest.raises(EditedMeanwhile):
        edit_alert(alert, by=secretary, seen_version=1, places=[kitui], **SAID, affected=3)
    alert.refresh_from_db()
    assert alert.affected == 300


def test_whoever_left_hears_nothing_more(alert, county_lead, secretary):
    Office.objects.filter(holder=county_lead).update(ends_on=dt.date(2021, 1, 1))

    update_alert(alert, by=secretary, text="It has rained.", state=State.CLOSED)

    assert letters("alert-update") == []


def test_a_picture_comes_with_it_and_is_open_to_who_sees_it(
    client, settings, mechanism, county_lead, kitui, secretary, outsider
):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"
    picture = VettedFile("field.csv", "text/csv", b"a,b\n")
    alert = raise_alert(mechanism, by=county_lead, places=[kitui], files=[picture], **SAID)
    address = reverse("file-download", args=[alert.files.get().file_id])

    client.force_login(secretary)
    assert client.get(address).status_code == 200
    client.force_login(outsider)
    assert client.get(address).status_code == 404


# --- Pages ---


def test_a_county_lead_raises_it_with_the_county_known(client, mechanism, county_lead, kitui):
    client.force_login(county_lead)
    address = reverse("alert-raise", args=["sek"])
    form = client.get(address).context["form"]

    client.post(
        address,
        {"places": [kitui.pk], "kind": "flood", "title": "Bridge gone", "phase": "alarm",
         "ask": "Boats.", "noticed_on": "2021-02-01"},
    )  # fmt: skip

    assert form.initial["places"] == [kitui.pk]
    assert Alert.objects.get().get_absolute_url()
    page = client.get(Alert.objects.get().get_absolute_url()).content.decode()
    assert "Boats." in page


def test_only_the_government_of_the_place_verifies(client, alert, secretary, focal_point):
    def offered(user):
        client.force_login(user)
        form = client.get(reverse("alert-update", args=[alert.pk])).context["form"]
        return [code for code, _label in form.fields["state"].choices]

    assert offered(secretary) == ["", "closed"]
    assert offered(focal_point) == ["", "verified", "closed"]


def test_live_alerts_stand_on_the_pages_of_mechanism_and_place_for_who_takes_part(
    client, alert, peer, kitui, makueni
):
    closed = AlertFactory(mechanism=alert.mechanism, places=[kitui], state=State.CLOSED)
    pages = [alert.mechanism.get_absolute_url(), kitui.get_absolute_url()]

    for page in pages:
        assert alert.title not in client.get(page).content.decode()
    client.force_login(peer)
    for page in pages:
        text = client.get(page).content.decode()
        assert alert.title in text
        assert closed.title not in text
    assert alert.title not in client.get(makueni.get_absolute_url()).content.decode()


def test_the_list_is_narrowed_in_its_address(client, alert, peer, kitui, makueni):
    other = AlertFactory(
        mechanism=alert.mechanism, places=[makueni], kind="flood", state=State.CLOSED
    )
    client.force_login(peer)

    def listed(query):
        return list(client.get(reverse("alert-list", args=["sek"]), query).context["page"])

    assert listed({}) == [other, alert]
    assert listed({"state": "live"}) == [alert]
    assert listed({"kind": "flood"}) == [other]
    assert listed({"place": "ke/kitui"}) == [alert]


def test_the_list_asks_the_same_number_of_questions(
    client, alert, peer, kitui, makueni, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(peer)
    address = reverse("alert-list", args=["sek"])
    client.get(address)
    with django_assert_max_num_queries(25) as asked:
        client.get(address)
    for _row in range(2):
        AlertFactory(mechanism=alert.mechanism, places=[kitui, makueni])

    with django_assert_num_queries(len(asked)):
        client.get(address)


def test_a_shock_and_an_issue_are_raised_from_the_desk(client, mechanism, county_lead):
    client.force_login(county_lead)
    page = client.get(reverse("desk")).content.decode()

    for deed in ("alert-raise", "escalation-raise"):
        assert reverse(deed, args=[mechanism.slug]) in page
