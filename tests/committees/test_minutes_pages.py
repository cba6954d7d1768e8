"""The pages of minutes and decisions: written in, read by who may, filtered and exported."""

import csv
import datetime as dt
import io
import time

import pytest
from django.urls import reverse

from committees.models import Access, AgendaItem, Decision, Meeting, Minutes, MinutesDraft
from committees.services.minutes import circulate_minutes, confirm_minutes
from committees.services.sessions import close_meeting, open_meeting, write_item
from tests.factories.committees import (
    AgendaItemFactory,
    BodyFactory,
    DecisionFactory,
    MeetingFactory,
    PlannedMeetingFactory,
)

from .test_minutes import DURING, SECRET, START, UNTIL

Outcome = AgendaItem.Outcome


@pytest.fixture
def session(review_body, body_secretary):
    """A public meeting that has begun, with two items; the second is for the body alone."""
    meeting = PlannedMeetingFactory(body=review_body, starts_at=START, access=Access.PUBLIC)
    for title, restricted in (("The plan", False), (SECRET, True)):
        AgendaItemFactory(meeting=meeting, title=title, is_restricted=restricted)
    open_meeting(meeting, by=body_secretary, at=START)
    return Meeting.objects.get(pk=meeting.pk)


@pytest.fixture
def item(session):
    return session.items.in_order().first()


@pytest.fixture
def at_work(client, body_secretary):
    client.force_login(body_secretary)
    return client


@pytest.fixture
def write(session, item, at_work):
    """Send the item's form: ``write(minutes_text="…", outcome="noted")``."""

    def do(*, htmx=False, **fields):
        address = reverse("item-write", args=[session.pk, item.pk])
        fields = {"outcome": "open", "seen_version": item.version, **fields}
        return at_work.post(address, fields, headers={"HX-Request": "true"} if htmx else {})

    return do


def test_an_item_is_saved_with_and_without_a_script(write, item, session):
    answer = write(minutes_text="40 wells.", outcome="noted")
    assert answer["Location"] == f"{reverse('minutes-write', args=[session.pk])}#item-{item.pk}"
    item.refresh_from_db()

    part = write(htmx=True, minutes_text="41 wells.", outcome="noted").content.decode()

    assert "<html" not in part
    assert "41 wells." in part
    item.refresh_from_db()
    assert item.minutes_text == "41 wells."


def test_on_a_phone_the_next_item_and_those_with_a_draft_stand_open(write, at_work, session, item):
    address = reverse("minutes-write", args=[session.pk])

    def folded():
        return [card["is_folded"] for card in at_work.get(address).context["cards"]]

    assert folded() == [False, True]
    write(minutes_text="40 wells.", outcome="noted")
    assert folded() == [True, False]
    item.refresh_from_db()
    typed = {"minutes_text": "41 wells.", "outcome": "noted", "seen_version": item.version}
    at_work.post(reverse("item-draft", args=[session.pk, item.pk]), typed)
    assert folded() == [False, False]


@pytest.mark.parametrize("htmx", [False, True])
def test_the_second_writer_is_shown_both_texts_and_where_they_began(
    write, item, session, secretary, htmx
):
    write_item(item, by=secretary, seen_version=1, text="Theirs.", outcome="noted")

    began = {"initial-minutes_text": "The beginning.", "initial-outcome": "open"}
    page = write(htmx=htmx, minutes_text="Mine.", outcome="noted", **began).content.decode()

    for text in ("Mine.", "Theirs.", "The beginning."):
        assert text in page
    item.refresh_from_db()
    assert item.minutes_text == "Theirs."
    write(minutes_text="Both.", outcome="noted", seen_version=item.version)
    item.refresh_from_db()
    assert item.minutes_text == "Both."


def test_what_is_typed_is_kept_as_a_draft_and_offered_again(at_work, session, item):
    address = reverse("item-draft", args=[session.pk, item.pk])
    answer = at_work.post(address, {"minutes_text": "Half a sen", "seen_version": 1})
    assert "Draft kept at" in answer.content.decode()
    assert MinutesDraft.objects.get().text == "Half a sen"

    page = at_work.get(reverse("minutes-write", args=[session.pk])).content.decode()
    assert "Half a sen" in page
    assert "This is your draft of" in page


def test_a_draft_that_cannot_be_kept_says_so(at_work, session, item):
    Minutes.objects.filter(meeting=session).update(state="confirmed", confirmed_on=UNTIL)
    address = reverse("item-draft", args=[session.pk, item.pk])

    answer = at_work.post(address, {"minutes_text": "Late", "seen_version": 1})

    assert "confirmed" in answer.content.decode()
    assert not MinutesDraft.objects.exists()


def test_a_refusal_leaves_what_was_typed(write, item):
    page = write(minutes_text="Long words.", outcome="deferred").content.decode()

    assert "Say why the item is deferred" in page
    assert "Long words." in page


def test_the_page_to_write_on_asks_as_much_for_three_items_as_for_one(
    at_work, session, django_assert_max_num_queries, item
):
    def ask():
        with django_assert_max_num_queries(60) as counted:
            at_work.get(reverse("minutes-write", args=[session.pk]))
        return len(counted)

    DecisionFactory(meeting=session, item=item)
    ask()
    one = ask()
    for _more in range(2):
        more = AgendaItemFactory(meeting=session)
        DecisionFactory(meeting=session, item=more)
    assert ask() == one


def test_a_decision_is_recorded_under_its_item(at_work, session, item):
    address = reverse("decision-create", args=[session.pk]) + f"?item={item.pk}"
    page = at_work.get(address)
    assert page.context["form"].initial["item"] == item

    fields = {"item": item.pk, "text": "Adopt it.", "type": "approve", "basis": "consensus"}
    refused = at_work.post(address, {**fields, "supersedes": "2019/99"})
    assert "no decision with this number" in refused.content.decode()
    answer = at_work.post(address, fields)

    assert answer["Location"].endswith(f"#item-{item.pk}")
    assert Decision.objects.get().reference == "REVIEW 2021/1"


def test_an_action_is_set_under_its_item(at_work, session, item, organisations):
    address = reverse("item-action", args=[session.pk, item.pk])
    fields = {
        "text": "Print it.", "owner_organisation": organisations.kcdms.pk,
        "priority": "normal", "seen_version": 0,
    }  # fmt: skip

    assert at_work.post(address, fields).status_code == 302

    action = item.actions.get()
    assert (action.meeting, action.owner_organisation) == (session, organisations.kcdms)


# --- Who reads ------------------------------------------------------------------------------------


@pytest.fixture
def confirmed(session, body_secretary, chair):
    for each in session.items.all():
        words = {"text": f"Minute on {each.title}.", "outcome": Outcome.NOTED}
        write_item(each, by=body_secretary, seen_version=1, **words, at=DURING)
        DecisionFactory(meeting=session, item=each, text=f"Resolved on {each.title}.")
    meeting = close_meeting(session, by=body_secretary, at=DURING)
    minutes = circulate_minutes(
        meeting.minutes, by=body_secretary, corrections_until=UNTIL, at=DURING
    )
    return confirm_minutes(
        minutes, by=chair, confirmed_at=None, chair_post="Chair", secretary_post="Secretary"
    )


def test_the_public_reads_confirmed_minutes_of_a_public_meeting_without_the_restricted(
    client, confirmed, member
):
    address = reverse("minutes-detail", args=[confirmed.meeting_id])
    page = client.get(address).content.decode()
    assert "Minute on The plan." in page
    assert "illness" not in page
    assert member.name not in page.partition("<main")[2].partition("Attendance")[0]
    client.force_login(member)
    assert "illness" in client.get(address).content.decode()


def test_nobody_but_the_secretary_reads_minutes_that_are_being_written(
    client, session, item, member
):
    AgendaItem.objects.update(minutes_text="Half a sentence.")
    address = reverse("minutes-detail", args=[session.pk])
    for access, user, status in (
        (Access.PUBLIC, None, 200), (Access.BODY, None, 404), (Access.BODY, member, 200),
    ):  # fmt: skip
        Meeting.objects.update(access=access)
        if user:
            client.force_login(user)
        page = client.get(address)
        assert page.status_code == status
        assert "Half a sentence." not in page.content.decode()


@pytest.mark.parametrize("access", [Access.MEMBERS, Access.BODY])
def test_decisions_are_read_by_the_access_of_their_meeting(
    client, confirmed, access, public, partner_officer, outsider, member
):
    Meeting.objects.filter(pk=confirmed.meeting_id).update(access=access)
    read = {
        name: Decision.objects.visible_to(user).count()
        for name, user in {
            "public": public, "outsider": outsider, "partner": partner_officer, "member": member,
        }.items()
    }  # fmt: skip
    partner = 1 if access == Access.MEMBERS else 0
    assert read == {"public": 0, "outsider": 0, "partner": partner, "member": 2}


def test_the_register_is_in_no_form_open_to_who_may_not_read_it(client, confirmed, session):
    hidden = DecisionFactory(meeting=PlannedMeetingFactory(body=session.body), text="Not yet.")
    for address in (
        reverse("decision-list", args=["sek"]),
        reverse("body-decisions", args=["sek", "review"]),
        reverse("decision-export", args=["sek", "csv"]),
        reverse("decision-list", args=["sek"]) + "?text=illness",
    ):
        page = client.get(address).content.decode()
        assert "Not yet." not in page
        assert "illness." not in page
    assert client.get(hidden.get_absolute_url()).status_code == 404


# --- The register ---------------------------------------------------------------------------------

FIRST_MEETING = dt.date(2015, 1, 1)


def test_the_register_is_searched_filtered_and_exported(at_work, review_body):
    meeting = MeetingFactory(body=review_body)
    first = DecisionFactory(meeting=meeting, number=1, text="Drill wells.")
    DecisionFactory(meeting=meeting, number=2, text="Plant trees.", supersedes=first)
    DecisionFactory(meeting=meeting, number=3, text="=1+1", needs_ratification=True)

    def found(query):
        page = at_work.get(reverse("decision-list", args=["sek"]) + query)
        return [row[0].number for row in page.context["rows"]]

    assert found("") == [3, 2, 1]
    assert found("?text=wells") == [1]
    assert found("?text=2020/2") == [2]
    assert found("?standing=waiting") == [3]
    assert found("?standing=replaced") == [1]
    assert found("?standing=in_force") == [2]
    assert found("?year=2020&type=approve") == [3, 2, 1]
    answer = at_work.get(reverse("decision-export", args=["sek", "csv"]) + "?standing=waiting")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[5] for row in rows] == ["Decision", "'=1+1"]
    book = at_work.get(reverse("decision-export", args=["sek", "xlsx"]))
    assert book.content[:2] == b"PK"


MEETINGS, DECISIONS, ROUNDS = 200, 5_000, 9
PAGES = ("body-detail", "body-meetings", "body-decisions")


def test_a_body_with_five_thousand_decisions_opens_as_one_with_five(
    at_work, mechanism, secretary, django_assert_max_num_queries, figure
):
    at_work.force_login(secretary)
    small, large = (BodyFactory(mechanism=mechanism, slug=name) for name in ("small", "large"))
    # As many of either as a page tells one by one.
    for body, meetings, decisions in ((small, 5, 5), (large, MEETINGS, DECISIONS)):
        held = [
            MeetingFactory(
                body=body, number=number + 1, held_on=FIRST_MEETING + dt.timedelta(days=number)
            )
            for number in range(meetings)
        ]
        Decision.objects.bulk_create(
            DecisionFactory.build(
                body=body, meeting=held[number % meetings], year=2000 + number % 20,
                number=number + 1,
            )
            for number in range(decisions)
        )  # fmt: skip

    def opened(name, body):
        address = reverse(name, args=["sek", body.slug])
        times = []
        for _round in range(ROUNDS):
            with django_assert_max_num_queries(60) as counted:
                begun = time.process_time()
                assert at_work.get(address).status_code == 200
                times.append(time.process_time() - begun)
        return min(times) * 1000, len(counted)

    for name in PAGES:
        few, queries = opened(name, small)
        many, queries_of_many = opened(name, large)
        figure(
            f"{name} of {MEETINGS} meetings and {DECISIONS} decisions",
            f"{many:.0f} ms, of a small body {few:.0f} ms, {many / few:.2f} times, "
            f"{queries_of_many} and {queries} queries",
        )
        assert queries_of_many == queries
