"""The log of a backbone: what it did, by function and organisation, in each quarter (P7)."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import BackboneTerm, Event, Statement, Support
from coordination.services.refusals import DayToCome
from coordination.services.support import (
    NoBackbone,
    NoSuchFunction,
    NoSuchQuarter,
    record_support,
    support_in,
    withdraw_support,
)
from coordination.services.withdrawals import AlreadyWithdrawn
from tests.factories.coordination import PeriodFactory

NOW = dt.datetime(2021, 3, 31, 9, tzinfo=dt.UTC)
CONVENE, COACH = "Convene", "Give technical assistance and coaching"


@pytest.fixture(autouse=True)
def functions(mechanism):
    for number, text in enumerate((CONVENE, COACH), 1):
        Statement.objects.create(mechanism=mechanism, kind="backbone", number=number, text=text)


@pytest.fixture
def log(mechanism, secretary, organisations, quarter):
    PeriodFactory(year=2020, quarter=4)

    def do(**said):
        return record_support(
            mechanism,
            **{
                "by": secretary,
                "function": CONVENE,
                "organisation": organisations.kcdms,
                "given_on": dt.date(2021, 2, 9),
                "text": "Called the session of agriculture.",
                "at": NOW,
                **said,
            },
        )

    return do


def test_a_quarter_is_told_by_function_and_organisation(
    log, mechanism, quarter, peer, organisations
):
    log()
    log(given_on=dt.date(2021, 3, 31), organisation=None, text="Sent the calendar.")
    log(given_on=dt.date(2020, 12, 31), text="In the quarter before.")

    told = support_in(mechanism, quarter, peer)

    assert {row.function: len(row.entries) for row in told.rows} == {CONVENE: 2, COACH: 0}
    assert told.without == [COACH]
    assert told.organisations == [(organisations.kcdms, 1), (None, 1)]


def test_an_entry_is_written_once_and_names_who_served_then(
    log, mechanism, secretary, organisations
):
    assert log() == log()
    assert Support.objects.get().backbone == organisations.rla

    BackboneTerm.objects.create(
        mechanism=mechanism, organisation=organisations.kiwash, starts_on=dt.date(2021, 3, 1),
        entered_by=secretary, entered_at=NOW,
    )  # fmt: skip
    BackboneTerm.objects.filter(ends_on=None).update(starts_on=dt.date(2021, 3, 1))
    assert log(given_on=dt.date(2021, 3, 2)).backbone == organisations.kiwash


def test_what_cannot_be_is_refused(log, mechanism):
    with pytest.raises(DayToCome):
        log(given_on=dt.date(2021, 4, 1))
    with pytest.raises(NoSuchQuarter):
        log(given_on=dt.date(2012, 2, 9))
    with pytest.raises(NoSuchFunction):
        log(function="Approve")
    mechanism.backbone = None
    mechanism.save()
    with pytest.raises(NoBackbone):
        log()


def test_a_withdrawn_entry_counts_nowhere_and_stays(log, mechanism, quarter, peer, secretary):
    entry = log()
    withdraw_support(entry, by=secretary, reason="Another’s.", at=NOW)

    told = support_in(mechanism, quarter, peer)
    assert (told.without, told.organisations) == ([CONVENE, COACH], [])
    assert [len(row.entries) for row in told.rows] == [1, 0]
    with pytest.raises(AlreadyWithdrawn):
        withdraw_support(entry, by=secretary, reason="Again.", at=NOW)
    assert Event.objects.about(entry).first().verb == "coordination.support_withdrawn"


def test_who_takes_part_reads_it(client, log, quarter, peer, outsider, secretary):
    log(text="Canary of coaching")
    address = reverse("support-log", args=["sek"])

    client.force_login(outsider)
    assert client.get(address).status_code == 404
    client.force_login(peer)
    page = client.get(f"{address}?period=2021-q1").content.decode()
    assert "Canary of coaching" in page
    assert "1 function without an entry" in page
    assert client.get(reverse("support-record", args=["sek"])).status_code == 403


def test_the_forms_record_and_withdraw(client, secretary, quarter, organisations):
    client.force_login(secretary)
    typed = {
        "function": COACH,
        "organisation": organisations.kiwash.pk,
        "given_on": "2021-02-09",
        "text": "Coached two officers.",
    }
    new = reverse("support-record", args=["sek"])
    assert client.post(new, typed | {"given_on": "2099-01-01"}).status_code == 200
    assert client.post(new, typed).headers["Location"].endswith("?period=2021-q1")
    entry = Support.objects.get()
    withdraw = reverse("support-withdraw", args=["sek", entry.pk])
    assert client.post(withdraw, {"reason": "Twice."}).status_code == 302
    entry.refresh_from_db()
    assert entry.withdrawn_because == "Twice."
