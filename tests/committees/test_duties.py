"""Duties of a seat: what was done for each, and the report of a month (S13)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from committees.models import Appointment, DutyEntry, Seat
from committees.services.duties import NoSuchDuty, SeatNotThere, log_duty, month_of
from coordination.models import Event
from coordination.services.refusals import DayToCome
from tests.factories.committees import AlertFactory, EscalationFactory, MeetingFactory

DAY = dt.date(2021, 3, 4)
SHARE, CONVENE = "Share shocks and stresses", "Convene monthly meetings"


@pytest.fixture
def seat(review_body, member):
    """The member's, on a body with two duties."""
    review_body.duties = f"{SHARE}\n{CONVENE}"
    review_body.save()
    return Appointment.objects.get(holder=member).seat


@pytest.fixture
def log(seat, member):
    def do(duty=SHARE, **given):
        return log_duty(
            seat, **{"by": member, "duty": duty, "done_on": DAY, "text": "Told of it.", **given}
        )

    return do


def test_what_was_done_is_told_by_duty_and_none_as_none(seat, log, member):
    log()
    log(done_on=dt.date(2021, 2, 28), text="In February.")

    report = month_of(seat, DAY, member)

    told = {row.duty: [entry.text for entry in row.entries] for row in report.duties}
    assert told == {SHARE: ["Told of it."], CONVENE: []}
    assert report.without == [CONVENE]


def test_a_duty_that_the_body_no_longer_has_is_told_where_something_was_done(seat, log, member):
    log()
    seat.body.duties = CONVENE
    seat.body.save()

    assert [row.duty for row in month_of(seat, DAY, member).duties] == [CONVENE, SHARE]


def test_an_entry_is_written_once_and_stays_on_record(log):
    assert log() == log()
    assert Event.objects.about(DutyEntry.objects.get()).get().verb == "committees.duty_logged"


def test_what_cannot_be_written(log, seat):
    with pytest.raises(NoSuchDuty):
        log("Make tea")
    with pytest.raises(DayToCome):
        log(done_on=timezone.localdate() + dt.timedelta(days=3))
    Seat.objects.filter(pk=seat.pk).update(starts_on=dt.date(2021, 4, 1))
    with pytest.raises(SeatNotThere):
        log()


def test_meetings_alerts_and_issues_of_the_month_stand_beside(seat, member, mechanism, kitui):
    noon = dt.datetime(2021, 3, 10, 9, tzinfo=dt.UTC)
    meeting = MeetingFactory(body=seat.body, held_on=dt.date(2021, 3, 31))
    MeetingFactory(body=seat.body, held_on=dt.date(2021, 4, 1))
    common = {"mechanism": mechanism, "raised_by": member}
    alert = AlertFactory(places=[kitui], raised_at=noon, **common)
    AlertFactory(places=[kitui], raised_at=noon - dt.timedelta(days=30), **common)
    issue = EscalationFactory(body=seat.body, raised_at=noon, **common)

    report = month_of(seat, DAY, member)

    assert (report.meetings, report.alerts, report.escalations) == ([meeting], [alert], [issue])


def test_the_holder_writes_it_down_on_the_page(client, seat, member, peer):
    address = reverse("seat-duties", args=["sek", "review", seat.pk])
    typed = {"duty": SHARE, "done_on": "2021-03-04", "text": "Told of the drought."}
    client.force_login(peer)
    assert client.post(address, typed).status_code == 403
    client.force_login(member)

    answer = client.post(address, typed, follow=True)

    assert answer.redirect_chain[0][0] == f"{address}?month=2021-03"
    assert "Told of the drought." in answer.content.decode()
    refused = client.post(address, {**typed, "text": ""})
    assert "text" in refused.context["form"].errors


@pytest.mark.parametrize("month", ["", "2021-13", "x", "0000-01", "9999-12"])
def test_no_month_breaks_the_page(client, seat, member, month):
    client.force_login(member)
    address = reverse("seat-duties", args=["sek", "review", seat.pk])

    assert client.get(address, {"month": month}).status_code == 200


def test_a_month_of_entries_costs_as_many_questions_as_one(client, seat, member, log):
    client.force_login(member)
    address = reverse("seat-duties", args=["sek", "review", seat.pk]) + "?month=2021-03"

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    log()
    queries()
    asked = queries()
    log(CONVENE)
    log(text="More.")

    assert queries() == asked
