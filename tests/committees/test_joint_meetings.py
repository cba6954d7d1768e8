"""A meeting that several bodies hold: one record, read by each as the host reads it (R24)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.models import ActionItem, AgendaItem, Decision, Meeting, Minutes, Paper, Printout
from committees.permissions import can_ask_for_correction, can_read_in_full
from committees.services.agenda import closed_papers
from committees.services.meeting_desk import meetings_to_come
from committees.services.minutes import circulate_minutes
from committees.services.minutes_desk import minutes_to_check
from committees.services.search import search_for
from coordination.models import Mail, Office
from coordination.permissions import can_open_file
from tests.factories.committees import (
    ActionItemFactory,
    AgendaItemFactory,
    BodyFactory,
    DecisionFactory,
    DocumentFactory,
    MeetingFactory,
    PlannedMeetingFactory,
    made_printout,
)

SECRET = "Staff of the okapi scheme"


@pytest.fixture
def host(mechanism):
    """The body that called the meeting; the review committee held it with that."""
    return BodyFactory(mechanism=mechanism, slug="host")


@pytest.fixture
def joint(host, review_body, member):
    meeting = MeetingFactory(body=host, title="Joint sitting", held_on=dt.date(2021, 3, 4))
    meeting.joint_with.add(review_body)
    item = AgendaItemFactory(
        meeting=meeting, title=SECRET, minutes_text="The okapi was counted.", is_restricted=True
    )
    DecisionFactory(meeting=meeting, item=item, text="Count the okapi again.")
    ActionItemFactory(body=host, meeting=meeting, item=item)
    return meeting


@pytest.fixture
def minutes(joint, secretary):
    drafted = Minutes.objects.create(meeting=joint)
    return circulate_minutes(
        drafted, by=secretary, corrections_until=timezone.localdate() + dt.timedelta(days=14)
    )


def read_by(user, minutes):
    """What of the meeting is open to the user, over all doors."""
    return {
        "meeting": Meeting.objects.readable_by(user).filter(pk=minutes.meeting_id).exists(),
        "agenda": AgendaItem.objects.visible_to(user).exists(),
        "minutes": Minutes.objects.visible_to(user).exists(),
        "decisions": Decision.objects.visible_to(user).exists(),
        "actions": ActionItem.objects.visible_to(user).exists(),
        "in full": can_read_in_full(user, minutes.meeting),
        "search": bool(search_for("okapi", user)),
    }


@pytest.mark.parametrize(
    ("role", "reads"),
    [("member", True), ("secretary", True), ("partner_officer", False), ("outsider", False),
     ("administrator", False), ("public", False)],
)  # fmt: skip
def test_each_body_reads_all_of_a_joint_meeting(minutes, request, role, reads):
    user = request.getfixturevalue(role)

    assert set(read_by(user, minutes).values()) == {reads}
    assert can_ask_for_correction(user, minutes.meeting) == (role == "member")


def test_the_right_ends_with_the_seat(minutes, member):
    Office.objects.filter(holder=member).update(ends_on=timezone.localdate() - dt.timedelta(days=1))

    assert set(read_by(member, minutes).values()) == {False}


def test_minutes_that_are_being_written_stay_with_the_secretary(joint, member):
    Minutes.objects.create(meeting=joint)

    assert not Minutes.objects.visible_to(member).exists()


def test_members_of_each_body_are_told_and_find_the_minutes_on_their_desks(
    minutes, member, chair, client
):
    told = Mail.objects.filter(key__startswith="minutes-circulated:")
    assert list(told.values_list("recipient", flat=True)) == [member.email]
    assert [row.title for row in minutes_to_check(member, timezone.now()).rows] == ["Joint sitting"]

    client.force_login(member)
    page = client.get(reverse("minutes-detail", args=[minutes.meeting_id])).content.decode()
    assert SECRET in page
    assert "Count the okapi again." in page


def test_the_printed_minutes_are_theirs_too(minutes, secretary, member, partner_officer):
    made_printout(minutes, by=secretary)

    assert Printout.objects.visible_to(member).exists()
    assert not Printout.objects.visible_to(partner_officer).exists()


def test_the_next_joint_meeting_stands_on_the_desk(host, review_body, member):
    PlannedMeetingFactory(body=host).joint_with.add(review_body)

    assert len(meetings_to_come(member, timezone.now()).rows) == 1


# --- Papers: to be pinned opens none to anybody ---


@pytest.fixture
def paper(host, mechanism):
    """A paper that only the host reads, before a meeting that everyone may read."""
    meeting = PlannedMeetingFactory(body=host, access="public")
    document = DocumentFactory(mechanism=mechanism, body=host, access="body", title="Hidden study")
    item = AgendaItemFactory(meeting=meeting, title="The study")
    return Paper.objects.create(item=item, document_version=document.versions.get())


def test_a_paper_that_is_pinned_stays_closed_to_who_may_not_read_it(paper, client, request):
    file = paper.document_version.file
    opened, named = {}, {}
    for role in ("public", "partner_officer", "member", "secretary"):
        user = request.getfixturevalue(role)
        client.logout()
        if role != "public":
            client.force_login(user)
        page = client.get(paper.item.meeting.get_absolute_url()).content.decode()
        assert "The study" in page
        opened[role], named[role] = can_open_file(user, file), "Hidden study" in page

    nobody_else = {"public": False, "partner_officer": False, "member": False, "secretary": True}
    assert (opened, named) == (nobody_else, nobody_else)


def test_another_body_of_the_meeting_knows_of_the_paper_and_does_not_open_it(
    paper, review_body, member, client
):
    paper.item.meeting.joint_with.add(review_body)
    client.force_login(member)

    page = client.get(paper.item.meeting.get_absolute_url()).content.decode()

    assert "Hidden study, version 1" in page
    assert reverse("file-download", args=[paper.document_version.file_id]) not in page
    assert not can_open_file(member, paper.document_version.file)


def test_whoever_pins_it_is_warned(paper, secretary, client):
    assert closed_papers(paper.item) == [paper]
    client.force_login(secretary)
    address = reverse("meeting-agenda", args=[paper.item.meeting_id])
    fields = {
        "title": "The study again", "aim": "discuss", "papers": paper.document_version_id,
        "seen_version": 0,
    }  # fmt: skip

    page = client.post(address, fields, follow=True).content.decode()

    assert "“Hidden study” stays closed to some who read this item" in page


@pytest.mark.parametrize(
    ("access", "is_restricted", "is_warned"),
    [("public", False, True), ("members", False, True), ("body", False, False),
     ("public", True, False)],
)  # fmt: skip
def test_nobody_is_warned_where_all_readers_read_it(paper, access, is_restricted, is_warned):
    item = paper.item
    item.meeting.access, item.is_restricted = access, is_restricted

    assert bool(closed_papers(item)) == is_warned


def test_minutes_that_all_read_name_no_closed_paper(paper, client, secretary):
    meeting = paper.item.meeting
    meeting.state, meeting.held_on = Meeting.State.HELD, meeting.day
    meeting.save()
    Minutes.objects.create(
        meeting=meeting, state=Minutes.State.CONFIRMED, confirmed_on=meeting.held_on
    )
    address = reverse("minutes-detail", args=[meeting.pk])

    assert "Hidden study" not in client.get(address).content.decode()
    client.force_login(secretary)
    assert "Hidden study" in client.get(address).content.decode()
