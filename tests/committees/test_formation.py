"""A body is proposed, edited, renamed, and moved through its life (domain 1.2)."""

import datetime as dt
import re
import zoneinfo
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from committees.models import Appointment, Body, Meeting
from committees.services.bodies import quorum_in_words
from committees.services.formation import (
    BodyAddressTaken,
    BodyDissolved,
    BodyHasNotMet,
    BodyNotMovable,
    BodyUnderItself,
    ReasonMissing,
    SeatsMissing,
    SeatsVacant,
    begin_meetings,
    create_body,
    edit_body,
    move_body,
)
from coordination.models import Event
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from tests.factories.committees import AppointmentFactory, BodyFactory, MeetingFactory, SeatFactory
from tests.factories.coordination import SectorFactory

# As the mechanism’s own zone has it: late in the evening of UTC it is tomorrow there.
TODAY = timezone.localdate(timezone=zoneinfo.ZoneInfo("Africa/Nairobi"))
State = Body.State


def content_of(slug, **given):
    return {
        "name": f"Committee {slug}", "short_name": slug.upper(), "slug": slug,
        "kind": Body.Kind.WORKING_GROUP, "parent": None, "reports_to": None, "place": None,
        "sectors": [], "purpose": "", "duties": "", "chair_post": "", "composition": "",
        "is_standing": True, "established_on": None, "frequency": "", "interval": None,
        "interval_unit": "month", "quorum_seats": None, "quorum_percent": None,
        "quorum_of_voting": False, "reviews_level": None, "quorum_groups": {}, **given,
    }  # fmt: skip


def edit(body, by, **changes):
    given = content_of(body.slug, parent=body.parent, reports_to=body.reports_to, name=body.name)
    given |= changes
    return edit_body(body, by=by, seen_version=body.version, **given)


def move(body, by, to, **given):
    return move_body(body, by=by, to=to, **{"on": TODAY, **given})


# --- Proposed and edited ---


def test_a_body_begins_as_proposed(mechanism, secretary):
    body = create_body(mechanism, by=secretary, **content_of("wg1", quorum_groups={"donor": 2}))

    assert (body.state, body.position) == (State.PROPOSED, 1)
    assert [(row.group, row.minimum) for row in body.quorum_groups.all()] == [("donor", 2)]
    assert Event.objects.about(body).get().verb == "committees.body_proposed"


def test_a_form_sent_twice_proposes_one_body(mechanism, secretary):
    first = create_body(mechanism, by=secretary, **content_of("wg1"))

    assert create_body(mechanism, by=secretary, **content_of("wg1")) == first
    assert Body.objects.count() == 1


def test_an_address_is_given_once(mechanism, secretary, review_body):
    with pytest.raises(BodyAddressTaken):
        create_body(mechanism, by=secretary, **content_of("review"))


def test_the_second_editor_is_told(review_body, secretary, body_secretary):
    seen = Body.objects.get(pk=review_body.pk)
    edit(review_body, secretary, purpose="Theirs")

    with pytest.raises(EditedMeanwhile):
        edit(seen, body_secretary, purpose="Mine")


def test_a_dissolved_body_is_not_edited(review_body, secretary):
    move(review_body, secretary, State.DISSOLVED, reason="Its task is done.")

    with pytest.raises(BodyDissolved):
        edit(review_body, secretary, purpose="More")


def test_no_body_stands_under_itself(mechanism, secretary):
    top = BodyFactory(mechanism=mechanism, slug="top")
    middle = BodyFactory(mechanism=mechanism, slug="middle", parent=top)
    low = BodyFactory(mechanism=mechanism, slug="low", parent=middle)

    with pytest.raises(BodyUnderItself):
        edit(top, secretary, parent=low)
    with pytest.raises(BodyUnderItself):  # up the declared line and down the tree
        edit(top, secretary, reports_to=low)


def test_a_body_is_offered_only_those_that_may_stand_above_it(client, mechanism, secretary):
    top = BodyFactory(mechanism=mechanism, slug="top")
    middle = BodyFactory(mechanism=mechanism, slug="middle", parent=top)
    low = BodyFactory(mechanism=mechanism, slug="low", parent=middle)
    beside = BodyFactory(mechanism=mechanism, slug="beside")
    reporter = BodyFactory(mechanism=mechanism, slug="reporter", reports_to=low)
    BodyFactory(mechanism=mechanism, slug="gone", state=State.DISSOLVED)
    client.force_login(secretary)

    def offered(name, *args):
        form = client.get(reverse(name, args=["sek", *args])).context["form"]
        lines = (form.fields[line].queryset for line in ("parent", "reports_to"))
        return [set(bodies) for bodies in lines]

    assert offered("body-edit", "middle") == [{top, beside}] * 2
    assert offered("body-edit", "low") == [{top, middle, beside}] * 2
    assert offered("body-edit", "beside") == [{top, middle, low, reporter}] * 2
    assert offered("body-create") == [{top, middle, low, beside, reporter}] * 2


def test_a_body_stays_under_a_dissolved_one_until_it_is_moved(client, mechanism, secretary):
    gone = BodyFactory(mechanism=mechanism, slug="gone", state=State.DISSOLVED)
    BodyFactory(mechanism=mechanism, slug="group", parent=gone)
    client.force_login(secretary)
    address = reverse("body-edit", args=["sek", "group"])

    form = client.get(address).context["form"]

    assert (form["parent"].value(), set(form.fields["parent"].queryset)) == (gone.pk, {gone})
    answer = client.post(address, typed(slug="group", parent=gone.pk, seen_version=1, purpose="P"))
    assert answer.status_code == 302
    assert Body.objects.get(slug="group").parent == gone


def test_a_body_moved_by_another_is_refused_at_its_field(client, mechanism, secretary):
    top = BodyFactory(mechanism=mechanism, slug="top")
    low = BodyFactory(mechanism=mechanism, slug="low", parent=top)
    client.force_login(secretary)

    answer = client.post(
        reverse("body-edit", args=["sek", "top"]),
        typed(slug="top", parent=low.pk, seen_version=top.version),
    )

    [said] = answer.context["form"].errors["parent"]
    assert said == "That body answers to this one by now, or is dissolved. Choose another."


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_close_no_ring(mechanism, secretary):
    """SCC under the working group, and the group under the SCC, at the same moment."""
    scc, group = (BodyFactory(mechanism=mechanism, slug=slug) for slug in ("scc", "group"))

    def put(body, parent):
        try:
            return edit(body, secretary, parent=parent)
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(put, (scc, group), (group, scc)))

    assert outcomes.count(BodyUnderItself) == 1
    assert Body.objects.filter(parent=None).count() == 1


# --- Renamed ---


def test_a_renamed_body_is_found_at_its_old_address(client, review_body, secretary):
    old = review_body.get_absolute_url()
    body = edit(review_body, secretary, name="County Review Committee", slug="crc")

    answer = client.get(old)

    assert (answer.status_code, answer["Location"]) == (301, body.get_absolute_url())
    page = client.get(body.get_absolute_url()).content.decode()
    assert page.count("Committee review") == 1
    client.force_login(secretary)
    moved = client.get(reverse("body-edit", args=["sek", "review"]))
    assert moved["Location"] == reverse("body-edit", args=["sek", "crc"])


@pytest.mark.parametrize(
    "room",
    ["seat-list", "body-meetings", "body-cadence", "body-dialogue", "body-decisions",
     "body-actions", "body-documents", "meeting-create", "meeting-record", "body-turnout"],
)  # fmt: skip
def test_every_room_is_found_at_the_former_address_with_what_was_asked(
    client, review_body, secretary, room
):
    edit(review_body, secretary, slug="crc")
    client.force_login(secretary)

    answer = client.get(reverse(room, args=["sek", "review"]), {"year": 2021})

    there = reverse(room, args=["sek", "crc"])
    assert (answer.status_code, answer["Location"]) == (301, f"{there}?year=2021")


def test_a_former_address_is_not_given_to_another(mechanism, review_body, secretary):
    edit(review_body, secretary, slug="crc")

    with pytest.raises(BodyAddressTaken):
        create_body(mechanism, by=secretary, **content_of("review"))


def test_a_body_takes_its_old_address_back(client, review_body, secretary):
    body = edit(review_body, secretary, slug="crc")
    body = edit(body, secretary, slug="review")

    assert client.get(body.get_absolute_url()).status_code == 200
    there = client.get(reverse("body-detail", args=["sek", "crc"]))
    assert there["Location"] == body.get_absolute_url()
    edit(body, secretary, name="Third name", slug="third")
    edit(Body.objects.get(pk=body.pk), secretary, name="Fourth name", slug="third")
    assert body.aliases.count() == 4


def test_a_former_address_of_a_hidden_mechanism_leads_nowhere(client, review_body, secretary):
    edit(review_body, secretary, slug="crc")
    review_body.mechanism.is_public = False
    review_body.mechanism.save()

    assert client.get(reverse("body-detail", args=["sek", "review"])).status_code == 404


# --- Moved ---


def test_a_body_is_configured_when_its_mandatory_seats_are_filled(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.NOTIFIED)
    with pytest.raises(SeatsMissing):
        move(body, secretary, State.CONFIGURED)
    seat = SeatFactory(body=body, title="Director of Planning", is_mandatory=True)
    SeatFactory(body=body, title="Deputy Commissioner", is_mandatory=True, is_ex_officio=True)
    SeatFactory(body=body, title="Observer")
    with pytest.raises(SeatsVacant, match=r"Mandatory seats are vacant: Director of Planning\."):
        move(body, secretary, State.CONFIGURED)
    AppointmentFactory(seat=seat)

    body = move(body, secretary, State.CONFIGURED)

    assert (body.state, body.configured_on) == (State.CONFIGURED, TODAY)


def test_an_unconfirmed_appointment_and_an_alternate_fill_no_seat(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.NOTIFIED)
    seat = SeatFactory(body=body, is_mandatory=True)
    AppointmentFactory(seat=seat, is_alternate=True)
    AppointmentFactory(seat=seat)
    Appointment.objects.filter(is_alternate=False).update(confirmed_at=None)

    with pytest.raises(SeatsVacant):
        move(body, secretary, State.CONFIGURED)


def test_a_body_meets_once_it_has_met(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.CONFIGURED)
    MeetingFactory(body=body, kind=Meeting.Kind.INFORMAL)
    with pytest.raises(BodyHasNotMet):
        move(body, secretary, State.MEETING)
    MeetingFactory(body=body)

    assert move(body, secretary, State.MEETING).state == State.MEETING


def test_its_first_meeting_moves_it(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.CONFIGURED)
    suspended = BodyFactory(
        mechanism=mechanism, slug="wg1", state=State.SUSPENDED, state_reason="Lock-down."
    )

    assert begin_meetings(body, by=secretary, on=TODAY).state == State.MEETING
    assert begin_meetings(suspended, by=secretary, on=TODAY).state == State.SUSPENDED


def test_a_body_that_met_before_it_was_configured_waits_for_no_first_meeting(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.NOTIFIED)
    MeetingFactory(body=body)
    assert begin_meetings(body, by=secretary, on=TODAY).state == State.NOTIFIED
    AppointmentFactory(seat=SeatFactory(body=body, is_mandatory=True))

    assert move(body, secretary, State.CONFIGURED).state == State.MEETING


def test_a_body_is_suspended_for_a_reason_and_taken_up_again(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.NOTIFIED)
    with pytest.raises(ReasonMissing):
        move(body, secretary, State.SUSPENDED)
    with pytest.raises(DayToCome):
        move(body, secretary, State.SUSPENDED, reason="A", on=TODAY + dt.timedelta(days=1))
    body = move(body, secretary, State.SUSPENDED, reason="Lock-down.")
    assert (body.state, body.state_reason) == (State.SUSPENDED, "Lock-down.")

    body = move(body, secretary, State.NOTIFIED)

    assert (body.state, body.state_reason) == (State.NOTIFIED, "")


def test_what_an_authority_does_is_not_done_by_hand(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state=State.TABLED)

    with pytest.raises(BodyNotMovable):
        move(body, secretary, State.NOTIFIED)


def test_a_body_is_not_moved_unseen(review_body, secretary):
    seen = newest_event()
    move(review_body, secretary, State.SUSPENDED, reason="Floods.")

    with pytest.raises(DoneMeanwhile):
        move(review_body, secretary, State.DISSOLVED, reason="Done.", seen=seen)


# --- Pages ---


def text_of(answer) -> str:
    """The words of the page as a person reads them."""
    return " ".join(re.sub("<[^>]*>", "", answer.content.decode()).replace(" ,", ",").split())


def typed(**given):
    fields = {"name": "Group", "short_name": "WG 9", "interval_unit": "month", "seen_version": 0}
    return {**fields, **given}


def test_a_body_does_not_promise_a_meeting_every_0_months(client, mechanism, secretary):
    client.force_login(secretary)

    answer = client.post(reverse("body-create", args=["sek"]), typed(interval="0"))

    assert list(answer.context["form"].errors) == ["interval"]
    assert not Body.objects.exists()


def test_the_secretariat_proposes_a_body(client, mechanism, secretary):
    client.force_login(secretary)

    answer = client.post(reverse("body-create", args=["sek"]), typed(at_least_donor="1"))

    body = Body.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, body.get_absolute_url())
    assert (body.slug, body.quorum_groups.get().minimum) == ("wg-9", 1)
    page = client.get(body.get_absolute_url()).content.decode()
    assert page.count("drafts its terms of reference") == 1


def test_sectors_are_asked_for_where_there_are_some(client, mechanism, secretary):
    client.force_login(secretary)
    address = reverse("body-create", args=["sek"])

    def asks():
        form = client.get(address).context["form"]
        return [field.name for field in form.plain_fields()].count("sectors")

    assert asks() == 0
    mechanism.sectors.add(SectorFactory())
    assert asks() == 1


def test_what_was_typed_stays_when_it_is_refused(client, review_body, secretary):
    client.force_login(secretary)

    answer = client.post(reverse("body-create", args=["sek"]), typed(slug="review"))

    assert answer.context["form"].errors["slug"] == [str(BodyAddressTaken())]
    assert answer.context["form"]["name"].value() == "Group"


def test_both_versions_are_shown_to_the_second_editor(client, review_body, secretary):
    client.force_login(secretary)
    seen = review_body.version
    edit(review_body, secretary, purpose="Theirs")
    address = reverse("body-edit", args=["sek", "review"])
    mine = typed(name=review_body.name, short_name="REVIEW", slug="review", purpose="Mine")

    answer = client.post(address, mine | {"seen_version": seen})

    [pair] = [pair for pair in answer.context["conflict"].fields if pair.label == "Purpose"]
    assert (pair.mine, pair.theirs) == ("Mine", "Theirs")
    again = answer.context["form"]["seen_version"].value()
    assert client.post(address, mine | {"seen_version": again}).status_code == 302
    assert Body.objects.get(pk=review_body.pk).purpose == "Mine"


def test_the_record_of_a_body_is_for_who_takes_part(client, review_body, secretary, peer):
    edit(review_body, secretary, purpose="New")
    address = review_body.get_absolute_url()
    assert client.get(address).context["events"] is None
    client.force_login(peer)
    assert len(client.get(address).context["events"]) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "No quorum is laid down."),
        ({"quorum_seats": 5}, "Present must be 5 seats."),
        (
            {"quorum_percent": 50, "quorum_of_voting": True},
            "Present must be 50% of the seats; only seats that vote are counted.",
        ),
    ],
)
def test_the_quorum_is_told_in_a_sentence(mechanism, given, sentence):
    assert quorum_in_words(BodyFactory(mechanism=mechanism, **given)) == sentence


def test_the_quorum_names_its_groups(mechanism):
    body = BodyFactory(mechanism=mechanism, quorum_seats=1)
    body.quorum_groups.create(group="government", minimum=2)

    assert quorum_in_words(body) == "Present must be 1 seat and 2 of Government."


def test_a_body_adds_up_those_under_it(client, mechanism):
    """B10: the SCC and its working groups were configured, and never met."""
    scc = BodyFactory(
        mechanism=mechanism, slug="scc", state=State.SUSPENDED, state_reason="COVID-19 (Mar 2020)",
        configured_on=dt.date(2020, 2, 12),
    )  # fmt: skip
    for number in range(4):
        BodyFactory(mechanism=mechanism, parent=scc, slug=f"wg{number}", state=State.CONFIGURED)
    BodyFactory(mechanism=mechanism, parent=scc, slug="old", state=State.DISSOLVED)

    page = text_of(client.get(scc.get_absolute_url()))

    assert page.count("Configured 5 of 5 bodies, 0 meetings held. COVID-19 (Mar 2020)") == 1


def test_the_chart_dashes_what_is_not_notified(client, mechanism):
    top = BodyFactory(mechanism=mechanism, slug="spdc", short_name="SPDC")
    MeetingFactory(body=top)
    BodyFactory(
        mechanism=mechanism, parent=top, slug="sdpf", short_name="SDPF", state=State.PROPOSED
    )

    page = client.get(reverse("mechanism-committees", args=["sek"])).content.decode()

    assert page.count(">SPDC</text>") == 2  # the wide drawing, and the one for phones
    assert page.count("Meeting · 1 meeting</text>") == 2
    assert page.count(">Proposed</text>") == 2
    assert page.count("stroke-dasharray") == 2


def test_a_body_page_asks_the_same_number_of_questions(
    client, mechanism, secretary, django_assert_num_queries
):
    body = BodyFactory(mechanism=mechanism, slug="scc")
    client.force_login(secretary)

    def grow(number):
        for _ in range(number):
            MeetingFactory(body=BodyFactory(mechanism=mechanism, parent=body))
            edit(Body.objects.get(pk=body.pk), secretary, name=f"Name {Event.objects.count()}")

    def ask():
        return client.get(body.get_absolute_url())

    grow(1)
    ask()
    asked = queries_of(ask)
    grow(2)

    with django_assert_num_queries(asked):
        ask()


def queries_of(ask) -> int:
    """How many questions the page asks."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
