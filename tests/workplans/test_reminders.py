"""The secretariat reminds a reporter: by mail, on record, at most once a day."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from coordination.models import Event, Mail, Office
from tests.factories.coordination import PeriodFactory
from tests.factories.workplans import ObligationFactory
from workplans.models import Obligation
from workplans.services.obligations import (
    ReportAlreadyExempt,
    ReportAlreadySubmitted,
    exempt_obligation,
    extend_obligation,
)
from workplans.services.reminders import (
    AlreadyReminded,
    NobodyToRemind,
    overdue_among,
    posts_of,
    remind_reporter,
)

from .conftest import IN_TIME, deeds

LATE = dt.datetime(2021, 5, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def reporters(partner_officer, partner_signatory):
    return {partner_officer.email, partner_signatory.email}


def letters():
    return Mail.objects.filter(key__startswith="obligation-reminded:")


# --- Reminding ---


def test_those_who_fill_in_the_report_are_written_to(obligation, reporters, peer, secretary):
    reminded = remind_reporter(obligation, by=secretary, at=LATE)

    assert set(letters().values_list("recipient", flat=True)) == reporters
    assert "It was due on 30\u00a0Apr 2021 and has not been submitted." in letters()[0].body
    assert reminded.reminded_on == dt.date(2021, 5, 10)
    event = Event.objects.about(obligation).first()
    assert (event.verb, event.by) == ("workplans.reporter_reminded", secretary)
    assert event.changes == {"reminded_on": [None, "2021-05-10"]}


def test_before_the_last_day_the_letter_says_until_when_it_is_on_time(
    obligation, reporters, secretary
):
    remind_reporter(obligation, by=secretary, at=IN_TIME)

    assert "It is on time until the end of 30\u00a0Apr 2021 (Africa/Nairobi)." in letters()[0].body


def test_a_second_click_on_the_same_day_is_no_second_letter(obligation, reporters, secretary):
    remind_reporter(obligation, by=secretary, at=LATE)

    with pytest.raises(AlreadyReminded):
        remind_reporter(obligation, by=secretary, at=LATE + dt.timedelta(hours=2))

    assert letters().count() == len(reporters)
    assert deeds(obligation).count("workplans.reporter_reminded") == 1


def test_the_next_day_begins_at_midnight_there(obligation, reporters, secretary):
    remind_reporter(obligation, by=secretary, at=dt.datetime(2021, 5, 10, 20, 59, tzinfo=dt.UTC))

    # 00:00 in Nairobi.
    again = remind_reporter(
        obligation, by=secretary, at=dt.datetime(2021, 5, 10, 21, 0, tzinfo=dt.UTC)
    )

    assert again.reminded_on == dt.date(2021, 5, 11)
    assert letters().count() == 2 * len(reporters)


def test_what_is_not_owed_is_not_reminded_of(obligation, stream, submitted, reporters, secretary):
    exempt_obligation(obligation, by=secretary, reason="Floods.", at=IN_TIME)
    with pytest.raises(ReportAlreadyExempt):
        remind_reporter(obligation, by=secretary, at=LATE)

    Obligation.objects.update(exempted_on=None, exemption_reason="")
    submitted(stream, 120)
    with pytest.raises(ReportAlreadySubmitted):
        remind_reporter(obligation, by=secretary, at=LATE)


def test_where_nobody_holds_the_office_that_is_said(obligation, secretary, former_officer):
    with pytest.raises(NobodyToRemind):
        remind_reporter(obligation, by=secretary, at=LATE)

    assert not letters().exists()
    obligation.refresh_from_db()
    assert obligation.reminded_on is None


def test_the_posts_of_an_organisation_are_named_once_each(
    organisations, reporters, partner_officer, former_officer, holding
):
    holding("Second officer", "partner_officer", organisation=organisations.kcdms)

    posts = posts_of([organisations.kcdms, organisations.kiwash], on=dt.date(2021, 5, 10))

    assert posts == {
        organisations.kcdms.pk: ["Partner data officer", "Partner’s authorised signatory"]
    }


# --- What is overdue ---


def test_overdue_is_what_is_missing_after_its_own_last_day(
    mechanism, obligation, organisations, secretary
):
    earlier = PeriodFactory(year=2020, quarter=4)
    common = {"mechanism": mechanism, "organisation": organisations.kiwash}
    old = ObligationFactory(**common, period=earlier)
    extended = ObligationFactory(**common, period=obligation.period)
    extend_obligation(extended, by=secretary, to=dt.date(2021, 6, 1), reason="Floods.", at=IN_TIME)
    ObligationFactory(
        mechanism=mechanism, organisation=organisations.kcdms, period=earlier,
        exempted_on=dt.date(2021, 1, 1), exemption_reason="Floods.",
    )  # fmt: skip

    def found(at):
        return overdue_among(Obligation.objects.all(), at=at)

    assert found(LATE) == [old, obligation]
    assert found(dt.datetime(2021, 4, 30, 20, 59, tzinfo=dt.UTC)) == [old]
    assert found(dt.datetime(2021, 4, 30, 21, 0, tzinfo=dt.UTC)) == [old, obligation]


# --- The pages ---


@pytest.fixture
def address(obligation):
    return reverse("reporter-remind", args=obligation.address)


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_secretariat_reminds_from_the_list(client, obligation, address, reporters, secretary):
    client.force_login(secretary)
    listing = reverse("obligation-list", args=["sek"])
    before = client.get(listing).content.decode()

    first, second = (client.post(address, follow=True) for _click in range(2))

    assert address in before
    assert "Ask for: Partner data officer, Partner’s authorised signatory" in " ".join(
        before.split()
    )
    assert first.redirect_chain[0][0] == f"{listing}?period=2021-q1"
    assert said(first) == ["KCDMS is reminded by e-mail."]
    assert said(second) == ["This organisation was reminded of this report today already."]
    obligation.refresh_from_db()
    day = date_format(obligation.reminded_on)
    assert f"reminded on {day}" in first.content.decode()


def test_the_secretariat_reminds_from_the_report(client, obligation, address, reporters, secretary):
    client.force_login(secretary)

    response = client.post(address, {"from_report": "1"}, follow=True)

    body = " ".join(response.content.decode().split())
    assert response.redirect_chain[0][0] == obligation.get_absolute_url()
    assert "by the secretariat on" in body
    assert "<dd>Partner data officer, Partner’s authorised signatory <a" in body


def test_an_organisation_without_a_post_is_to_be_invited(client, obligation, secretary):
    client.force_login(secretary)

    body = client.get(reverse("obligation-list", args=["sek"])).content.decode()

    assert "Nobody fills in its reports." in body
    assert reverse("invitation-create", args=["sek"]) in body


def test_a_peer_is_offered_no_reminder_and_no_post(client, obligation, address, peer):
    client.force_login(peer)

    body = client.get(reverse("obligation-list", args=["sek"])).content.decode()

    assert address not in body
    assert "Ask for:" not in body


def test_an_office_that_has_ended_is_no_post(client, obligation, partner_officer, secretary):
    Office.objects.filter(holder=partner_officer).update(ends_on=dt.date(2021, 1, 1))
    client.force_login(secretary)

    body = client.get(reverse("obligation-list", args=["sek"])).content.decode()

    assert "Ask for:" not in body
