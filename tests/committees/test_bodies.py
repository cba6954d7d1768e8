"""Committees: who sits under whom, when they met, and what they promised."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from committees.models import Body, Meeting
from committees.services.bodies import months_between, records_of
from committees.templatetags.bodies import narrow_chart, wide_chart
from coordination.models import Mechanism
from tests.factories.committees import BodyFactory, MeetingFactory
from tests.factories.coordination import MechanismFactory

TODAY = dt.date(2021, 1, 15)


@pytest.fixture
def spdc(mechanism):
    """BRACE's dialogue committee: three meetings, two of them known only to the month."""
    body = BodyFactory(mechanism=mechanism, slug="spdc", name="Dialogue Committee")
    MeetingFactory(body=body, number=1, held_on=dt.date(2018, 3, 1))
    MeetingFactory(body=body, number=2, held_on=dt.date(2019, 10, 1), is_day_known=False)
    MeetingFactory(body=body, number=3, held_on=dt.date(2020, 2, 1), is_day_known=False)
    return body


@pytest.fixture
def scc(spdc):
    return BodyFactory(
        mechanism=spdc.mechanism,
        parent=spdc,
        slug="scc",
        name="Sector Coordination Committee",
        state=Body.State.SUSPENDED,
        state_reason="COVID-19 lock-down from March 2020.",
        notified_by="Planning & Development Department",
        notified_on=dt.date(2020, 2, 12),
    )


@pytest.fixture
def page(client, mechanism):
    def get():
        return client.get(reverse("mechanism-committees", args=["sek"]))

    return get


def records(on=TODAY, **kept):
    return records_of(Body.objects.select_related("mechanism"), on=on, **kept)


def test_bodies_stand_under_their_parents(spdc, scc):
    for number in (1, 2):
        BodyFactory(mechanism=spdc.mechanism, parent=scc, slug=f"wg{number}", position=number)
    BodyFactory(mechanism=spdc.mechanism, slug="osc")

    def tree(branch):
        return {record.body.slug: tree(record.children) for record in branch}

    assert tree(records()) == {"osc": {}, "spdc": {"scc": {"wg1": {}, "wg2": {}}}}


@pytest.mark.parametrize(
    ("state", "ends_on", "level"),
    [("operating", None, "red"), ("dormant", None, ""), ("closed", None, ""),
     ("operating", dt.date(2021, 1, 14), ""), ("operating", TODAY, "red")],
)  # fmt: skip
def test_nothing_is_overdue_in_a_mechanism_that_sleeps_or_has_ended(spdc, state, ends_on, level):
    Mechanism.objects.update(state=state, ends_on=ends_on)
    Body.objects.update(interval=3)

    [record] = records()

    assert (record.level, bool(record.overdue_since)) == (level, bool(level))


def test_the_gap_between_meetings_is_told_in_months(spdc):
    [record] = records()

    assert [row.gap for row in record.meetings] == [None, 19, 4]
    assert record.count == 3


def test_an_informal_meeting_is_shown_and_not_counted(spdc):
    MeetingFactory(body=spdc, kind=Meeting.Kind.INFORMAL, held_on=dt.date(2020, 7, 22))

    [record] = records()

    assert (record.count, record.informal_count) == (3, 1)
    assert [row.gap for row in record.meetings] == [None, 19, 4, None]
    assert Meeting.objects.counted().count() == 3


def test_an_informal_meeting_takes_no_number(spdc):
    with pytest.raises(IntegrityError), transaction.atomic():
        MeetingFactory(body=spdc, kind=Meeting.Kind.INFORMAL, number=4)


@pytest.mark.parametrize(
    ("state", "overdue_since"),
    [
        (Body.State.MEETING, dt.date(2020, 5, 1)),
        (Body.State.CONFIGURED, dt.date(2020, 5, 1)),
        (Body.State.PROPOSED, None),
        (Body.State.DISSOLVED, None),
    ],
)
def test_a_missed_promise_is_overdue(spdc, state, overdue_since):
    Body.objects.update(state=state, interval=3)

    [record] = records()

    assert record.overdue_since == overdue_since


def test_a_body_that_never_met_owes_its_first_meeting_since_its_notification(scc):
    Body.objects.filter(slug="scc").update(state=Body.State.CONFIGURED, interval=1)

    [parent] = records()
    [record] = parent.children

    assert (record.count, record.overdue_since) == (0, dt.date(2020, 3, 12))


def test_a_promise_is_kept_until_the_day_has_passed(spdc):
    Body.objects.update(interval=12)

    assert [record.overdue_since for record in records(dt.date(2021, 2, 1))] == [None]
    assert [record.overdue_since for record in records(dt.date(2021, 2, 2))] == [
        dt.date(2021, 2, 1)
    ]


@pytest.mark.parametrize(
    ("last", "months", "due"),
    [
        (dt.date(2020, 11, 30), 3, dt.date(2021, 2, 28)),
        (dt.date(2019, 11, 30), 3, dt.date(2020, 2, 29)),
        (dt.date(2020, 12, 31), 1, dt.date(2021, 1, 31)),
    ],
)
def test_the_next_meeting_is_due_within_the_month(last, months, due):
    body = Body(state=Body.State.MEETING, interval=months)

    assert body.next_due_on(last) == due


@pytest.mark.parametrize(
    ("earlier", "later", "known", "months"),
    [
        ((2018, 3, 1), (2019, 10, 1), False, 19),
        ((2018, 3, 1), (2019, 10, 31), True, 19),
        ((2026, 9, 26), (2026, 11, 7), True, 1),
        ((2026, 9, 26), (2026, 10, 25), True, 0),
        ((2026, 9, 26), (2026, 10, 26), True, 1),
        ((2020, 11, 30), (2021, 2, 28), True, 3),
        ((2020, 11, 30), (2021, 2, 27), True, 2),
        # Of one the month alone is known: in February or in October, no day tells more.
        ((2019, 10, 15), (2020, 2, 1), False, 4),
    ],
)
def test_whole_months_passed_between_two_days(earlier, later, known, months):
    days = dt.date(*earlier), dt.date(*later)

    assert months_between(*days, are_days_known=known) == months


def test_the_page_says_plainly_that_a_body_has_not_met(page, scc):
    text = " ".join(page().content.decode().split())

    assert "Suspended, <strong>0 meetings</strong> held." in text
    assert "COVID-19 lock-down from March 2020." in text
    assert "Planning &amp; Development Department, 12 Feb 2020" in text


def test_a_day_that_is_not_known_is_not_shown(page, spdc):
    text = page().content.decode()

    assert text.count("Oct 2019") == 1
    assert text.count("1 Oct 2019") == 0


def test_the_newest_meetings_are_told_with_the_gap_before_each_and_the_others_counted(spdc):
    MeetingFactory(body=spdc, kind=Meeting.Kind.INFORMAL, held_on=dt.date(2020, 7, 1))
    other = BodyFactory(mechanism=spdc.mechanism, slug="other", parent=spdc)
    joint = MeetingFactory(body=other, held_on=dt.date(2020, 9, 1))
    joint.joint_with.add(spdc)

    [record] = records(newest=3)

    assert [row.gap for row in record.meetings] == [4, None, 7]
    assert (record.count, record.informal_count, record.own_count) == (4, 1, 3)
    assert (record.held, record.last) == (5, joint)
    assert [child.count for child in record.children] == [1]


def test_the_title_and_note_of_a_meeting_are_for_who_reads_it(client, spdc, member, secretary):
    secret = {"title": "The quiet title", "note": "A hidden note", "number": 4}
    MeetingFactory(body=spdc, held_on=dt.date(2020, 12, 1), **secret)
    for name, args in (("mechanism-committees", ["sek"]), ("body-detail", ["sek", "spdc"])):
        address = reverse(name, args=args)
        for user, words in ((None, 0), (member, 0), (secretary, 2)):
            client.logout()
            if user:
                client.force_login(user)
            page = client.get(address).content.decode()
            assert sum(text in page for text in (secret["title"], secret["note"])) == words


def test_a_mechanism_that_has_ended_is_told_as_it_stood_then(page, spdc):
    Body.objects.update(interval=12)
    Mechanism.objects.update(ends_on=dt.date(2020, 12, 31))

    response = page()

    assert [record.overdue_since for record in response.context["records"]] == [None]
    assert "The mechanism ended on 31\u00a0Dec 2020" in response.content.decode()


def test_a_mechanism_without_bodies_says_what_belongs_there(page):
    assert "No committees yet" in page().content.decode()


def test_bodies_of_a_hidden_mechanism_are_hidden(client, mechanism):
    hidden = MechanismFactory(slug="hidden", is_public=False)
    BodyFactory(mechanism=hidden)

    assert client.get(reverse("mechanism-committees", args=["hidden"])).status_code == 404


def test_a_page_shows_the_bodies_of_its_own_mechanism(page, spdc):
    BodyFactory(name="CANARY committee")

    assert "CANARY" not in page().content.decode()


def test_the_page_asks_the_same_number_of_questions(
    page, spdc, django_assert_num_queries, django_assert_max_num_queries
):
    page()
    with django_assert_max_num_queries(9) as asked:
        page()
    for _body in range(2):
        MeetingFactory(body=BodyFactory(mechanism=spdc.mechanism, parent=spdc))

    with django_assert_num_queries(len(asked)):
        page()


# --- The chart ---


def test_a_body_that_only_reports_to_another_is_drawn_after_it_with_a_dotted_line(mechanism):
    above = BodyFactory(mechanism=mechanism, position=1)
    committee = BodyFactory(mechanism=mechanism, parent=above, position=2)
    district = BodyFactory(mechanism=mechanism, reports_to=committee, position=3)

    for chart in (wide_chart("", records()), narrow_chart("", records())):
        assert [box.name for box in chart.boxes] == [
            above.short_name, committee.short_name, district.short_name,
        ]  # fmt: skip
        assert (len(chart.lines), len(chart.dotted)) == (1, 1)


def test_bodies_that_report_crosswise_are_all_drawn_once(mechanism):
    one, other = BodyFactory(mechanism=mechanism), BodyFactory(mechanism=mechanism)
    below_one = BodyFactory(mechanism=mechanism, parent=one)
    below_other = BodyFactory(mechanism=mechanism, parent=other)
    Body.objects.filter(pk=one.pk).update(reports_to=below_other)
    Body.objects.filter(pk=other.pk).update(reports_to=below_one)

    chart = wide_chart("", records())

    assert (len(chart.boxes), len(chart.lines), len(chart.dotted)) == (4, 2, 1)
