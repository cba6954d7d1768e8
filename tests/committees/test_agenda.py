"""The agenda: in order, fed by what waits, with the papers that were before the meeting."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.models import (
    AgendaItem,
    Document,
    DocumentVersion,
    Escalation,
    EscalationStep,
    Meeting,
    Memo,
    MemoAddressee,
    Minutes,
)
from committees.services.agenda import (
    AgendaClosed,
    AgendaFrozen,
    ItemInUse,
    OrderChanged,
    add_item,
    drop_parked,
    edit_item,
    move_item,
    order_items,
    park_item,
    take_off,
)
from committees.services.agenda_offers import offers_for, take_up
from committees.services.agenda_templates import use_template
from coordination.models import StoredFile
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import (
    AgendaItemFactory,
    BodyFactory,
    EscalationFactory,
    MeetingFactory,
    PlannedMeetingFactory,
)


@pytest.fixture
def meeting(review_body):
    return PlannedMeetingFactory(body=review_body)


def words(title="A topic", **changes):
    return {
        "title": title, "aim": "discuss", "minutes_allotted": 20, "presenter": "",
        "presented_by": None, "note": "", "is_restricted": False, **changes,
    }  # fmt: skip


def titles(meeting):
    return [item.title for item in meeting.items.in_order()]


def document(body, title, access="members", versions=1):
    made = Document.objects.create(
        mechanism=body.mechanism, body=body, title=title, kind="paper", access=access
    )
    for number in range(1, versions + 1):
        file = StoredFile.objects.create(
            path=f"x/{title}{number}", name="paper.pdf", media_type="application/pdf", size=1,
            sha256="0" * 64, uploaded_at=timezone.now(),
        )  # fmt: skip
        DocumentVersion.objects.create(
            document=made, number=number, file=file, added_at=timezone.now()
        )
    return made


def test_the_usual_items_come_first_and_any_other_business_last(meeting, secretary):
    add_item(meeting, by=secretary, **words("Work plan"))
    assert use_template(meeting, by=secretary) == 4
    assert use_template(meeting, by=secretary) == 0
    add_item(meeting, by=secretary, **words("Budget"))
    add_item(meeting, by=secretary, **words("Budget"))  # a double click

    assert titles(meeting) == [
        "Opening and confirmation of the agenda", "Previous minutes", "Matters arising",
        "Work plan", "Budget", "Any other business",
    ]  # fmt: skip


def test_items_change_places_one_by_one_or_all_at_once(meeting, secretary):
    one, two, three = (add_item(meeting, by=secretary, **words(t)) for t in ("1", "2", "3"))
    move_item(three, by=secretary, up=True)
    assert titles(meeting) == ["1", "3", "2"]
    move_item(one, by=secretary, up=True)  # it is the first already
    assert titles(meeting) == ["1", "3", "2"]

    order_items(meeting, [two.pk, one.pk, three.pk], by=secretary)
    assert titles(meeting) == ["2", "1", "3"]

    take_off(three, by=secretary)
    with pytest.raises(OrderChanged):
        order_items(meeting, [one.pk, two.pk, three.pk], by=secretary)


def test_what_waits_is_offered_and_taken_up_once(meeting, secretary, organisations):
    body = meeting.body
    memo = Memo.objects.create(
        mechanism=body.mechanism, code="AM-1", title="Reform", prepared_by=organisations.kcdms,
        state=Memo.State.READY,
    )  # fmt: skip
    MemoAddressee.objects.create(memo=memo, body=body, position=1)
    parked = park_item(body, by=secretary, **words("Parked"))
    before = MeetingFactory(body=body)
    deferred = AgendaItemFactory(
        meeting=before, title="Deferred", outcome="deferred", outcome_reason="No time."
    )
    offers = offers_for(meeting, secretary)
    assert (offers.memos, offers.parked, offers.deferred) == ([memo], [parked], [deferred])

    for thing in (memo, memo, parked, deferred, deferred):
        take_up(meeting, thing, by=secretary)

    assert titles(meeting) == ["Action memo AM-1: Reform", "Parked", "Deferred"]
    assert meeting.items.get(title="Deferred").carried_from == deferred
    assert not offers_for(meeting, secretary)


def test_a_memo_waits_for_the_bodies_before(meeting, secretary, organisations):
    body = meeting.body
    upper = BodyFactory(mechanism=body.mechanism, slug="upper")
    memo = Memo.objects.create(
        mechanism=body.mechanism, code="AM-1", title="Reform", prepared_by=organisations.kcdms,
        state=Memo.State.UNDER_REVIEW,
    )  # fmt: skip
    first = MemoAddressee.objects.create(memo=memo, body=upper, position=1)
    MemoAddressee.objects.create(memo=memo, body=body, position=2)
    assert offers_for(meeting, secretary).memos == []

    first.dealt_on = dt.date(2021, 1, 1)
    first.save()

    assert offers_for(meeting, secretary).memos == [memo]


def test_an_escalation_that_reached_the_body_is_offered(meeting, secretary, organisations, kitui):
    fields = {field.name for field in Escalation._meta.get_fields()}
    given = {
        "mechanism": meeting.body.mechanism, "title": "No water", "raised_at": timezone.now(),
        "place": kitui, "raised_by": secretary, "raised_for": organisations.kcdms,
        "organisation": organisations.kcdms, "kind": "issue", "body": meeting.body,
        "raised_to": meeting.body, "text": "Pumps.", "due_on": dt.date(2021, 5, 1),
    }  # fmt: skip
    issue = Escalation.objects.create(**{k: v for k, v in given.items() if k in fields})
    step = EscalationStep.objects.create(
        escalation=issue, body=meeting.body, position=1, received_at=timezone.now()
    )
    assert offers_for(meeting, secretary).escalations == [step]

    item = take_up(meeting, step, by=secretary)

    assert (item.kind, item.title) == ("escalation", "Escalation: No water")
    assert offers_for(meeting, secretary).escalations == []


def test_an_escalation_whose_answer_came_down_is_offered_again(meeting, secretary):
    now = timezone.now()
    issue = EscalationFactory(mechanism=meeting.body.mechanism)
    own, _upper = (
        EscalationStep.objects.create(
            escalation=issue, body=body, position=position, received_at=now, passed_up_at=up
        )
        for position, (body, up) in enumerate([(meeting.body, now), (BodyFactory(), None)], 5)
    )
    assert offers_for(meeting, secretary).escalations == []

    issue.steps.filter(position=6).update(answered_at=now, answer="No money.")

    assert offers_for(meeting, secretary).escalations == [own]


def test_a_topic_taken_off_is_parked_and_dropped_only_there(meeting, secretary):
    item = add_item(meeting, by=secretary, **words())
    take_off(item, by=secretary)
    item.refresh_from_db()
    assert item.meeting is None

    drop_parked(item, by=secretary)
    assert not AgendaItem.objects.exists()


def test_an_item_of_which_the_minutes_speak_stays(meeting, secretary):
    item = AgendaItemFactory(meeting=meeting, minutes_text="It was discussed.")

    with pytest.raises(ItemInUse):
        take_off(item, by=secretary)


def test_the_agenda_of_a_held_meeting_is_closed(review_body, secretary):
    held = MeetingFactory(body=review_body)

    with pytest.raises(AgendaClosed):
        add_item(held, by=secretary, **words())


def test_papers_pin_the_revision_that_was_there(meeting, secretary):
    plan = document(meeting.body, "Plan", versions=2)
    second = plan.versions.get(number=2)
    item = add_item(meeting, by=secretary, papers=[second], **words())
    seen = item.version

    edit_item(item, by=secretary, seen_version=seen, papers=[second], **words("Another"))

    assert [paper.document_version.number for paper in item.papers.all()] == [2]
    with pytest.raises(EditedMeanwhile):
        edit_item(item, by=secretary, seen_version=seen, papers=[], **words())


def test_a_writer_pins_only_documents_that_are_seen(meeting, client, body_secretary, mechanism):
    other = BodyFactory(mechanism=mechanism, slug="other")
    document(meeting.body, "Ours", access="body")
    document(other, "Theirs", access="body")
    client.force_login(body_secretary)

    page = client.get(reverse("meeting-agenda", args=[meeting.pk])).content.decode()

    assert "Ours, version 1" in page
    assert "Theirs" not in page


def page_of(answer):
    return answer.content.decode()


def test_the_page_adds_moves_and_orders(meeting, client, chair):
    client.force_login(chair)
    address = reverse("meeting-agenda", args=[meeting.pk])
    for title in ("First", "Second"):
        client.post(address, {"title": title, "aim": "decide", "seen_version": "0"})
    second = meeting.items.get(title="Second")
    answer = client.post(reverse("item-move", args=[second.pk]), {"to": "up"}, follow=True)
    assert titles(meeting) == ["Second", "First"]
    # By keyboard it goes on where one was; at the top only downwards is left.
    assert re.findall(r'value="(up|down)" autofocus aria-label="([^"]+)"', page_of(answer)) == [
        ("down", "Move down: Second")
    ]

    keys = ",".join(str(item.pk) for item in reversed(meeting.items.in_order()))
    client.post(reverse("agenda-order", args=[meeting.pk]), {"order": keys})
    assert titles(meeting) == ["First", "Second"]

    answer = client.post(reverse("agenda-order", args=[meeting.pk]), {"order": "1,x"}, follow=True)
    assert "The order could not be read" in answer.content.decode()


@pytest.mark.parametrize("state", ["in_session", "held"])
def test_the_agenda_of_confirmed_minutes_is_frozen_with_its_papers(meeting, secretary, state):
    """R19: whatever becomes of the meeting itself."""
    version = document(meeting.body, "Budget").versions.get()
    item = add_item(meeting, by=secretary, papers=[version], **words())
    seen_loose = AgendaItem.objects.get(pk=item.pk)
    seen_loose.meeting = None  # as somebody saw it who opened its form on the parking lot
    Minutes.objects.create(
        meeting=meeting, state=Minutes.State.CONFIRMED, confirmed_on=dt.date(2021, 3, 31)
    )
    Meeting.objects.filter(pk=meeting.pk).update(state=state, held_on=dt.date(2021, 3, 1))

    for deed in (
        lambda: edit_item(item, by=secretary, seen_version=1, papers=[], **words("Other")),
        lambda: edit_item(seen_loose, by=secretary, seen_version=1, papers=[], **words("Other")),
        lambda: take_off(item, by=secretary),
        lambda: add_item(meeting, by=secretary, **words("Another")),
        lambda: use_template(meeting, by=secretary),
        lambda: order_items(meeting, [item.pk], by=secretary),
    ):
        with pytest.raises(AgendaFrozen):
            deed()
    assert item.papers.count() == 1


def test_a_joint_meeting_is_offered_what_waits_for_each_body(meeting, secretary, mechanism):
    other = BodyFactory(mechanism=mechanism, slug="other")
    parked = park_item(other, by=secretary, **words("Of the other"))
    assert offers_for(meeting, secretary).parked == []

    meeting.joint_with.add(other)

    assert offers_for(meeting, secretary).parked == [parked]
