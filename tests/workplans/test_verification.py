"""The official's deeds: verify one or many, and return."""

import datetime as dt
from decimal import Decimal

import pytest

from coordination.models import Event, Mail
from tests.factories.coordination import OfficeFactory
from tests.factories.workplans import ResultFactory
from workplans.models import ResultDecision
from workplans.services.refusals import (
    ReasonMissing,
    ResultAlreadyReplaced,
    ResultAlreadyReturned,
    ResultAlreadyVerified,
    ResultAlreadyWithdrawn,
    ResultNotSubmitted,
)
from workplans.services.results import restate_result, submit_report, withdraw_result
from workplans.services.verification import (
    NothingChosen,
    OwnFiguresNotVerified,
    VerificationRefused,
    return_result,
    verify_result,
    verify_results,
)

from .conftest import IN_TIME, deeds


def test_a_verified_value_says_who_checked_it_how_and_when(stream, submitted, focal_point, told):
    result = submitted(stream, 120)
    told.clear()

    said = {"method": "field_visit", "sample": " 4 of 11 sites ", "note": "Roads closed."}
    verified = verify_result(result, by=focal_point, at=IN_TIME, **said)

    assert verified.state == "verified"
    decision = ResultDecision.objects.get()
    assert (decision.kind, decision.by, decision.method, decision.at) == (
        "verified",
        focal_point,
        "field_visit",
        IN_TIME,
    )
    assert (decision.sample, decision.note) == ("4 of 11 sites", "Roads closed.")
    assert told == [[(result.pk, "submitted", "verified")]]
    event = Event.objects.about(result).first()
    assert event.verb == "workplans.result_verified"
    assert event.note == "Field visit\nSample: 4 of 11 sites\nRoads closed."


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("draft", ResultNotSubmitted),
        ("returned", ResultAlreadyReturned),
        ("verified", ResultAlreadyVerified),
        ("restated", ResultAlreadyReplaced),
        ("withdrawn", ResultAlreadyWithdrawn),
    ],
)
@pytest.mark.parametrize(
    ("deed", "said"),
    [(verify_result, {"method": "documents"}), (return_result, {"reason": "Recount."})],
)
def test_the_second_of_two_officials_reads_what_has_become_of_it(
    stream, quarter, focal_point, told, state, refusal, deed, said
):
    result = ResultFactory(stream=stream, period=quarter, state=state)

    with pytest.raises(refusal) as refused:
        deed(result, by=focal_point, **said)

    assert str(refused.value).endswith(".")
    result.refresh_from_db()
    assert (result.state, result.decisions.count(), told) == (state, 0, [])


def test_nobody_verifies_for_the_own_organisation(stream, submitted, organisations, kitui, holding):
    seconded = holding(
        "Seconded", "county_focal_point", organisation=organisations.kcdms, place=kitui
    )
    result = submitted(stream, 120)

    with pytest.raises(OwnFiguresNotVerified):
        verify_result(result, by=seconded, method="documents")


def test_an_office_of_long_ago_is_no_own_organisation(
    stream, submitted, organisations, focal_point
):
    OfficeFactory(
        holder=focal_point, organisation=organisations.kcdms, ends_on=dt.date(2020, 12, 31)
    )

    assert verify_result(submitted(stream, 1), by=focal_point, method="documents").pk


def test_many_are_verified_as_one_is(
    stream, by_sex, draft, obligation, partner_officer, focal_point, told
):
    draft(stream, 120)
    draft(by_sex, 9)
    results = submit_report(obligation, by=partner_officer, at=IN_TIME)
    told.clear()

    verify_results(results, by=focal_point, method="documents", at=IN_TIME)

    assert told == [[(result.pk, "submitted", "verified") for result in results]]
    for result in results:
        assert deeds(result)[-1] == "workplans.result_verified"
        assert result.decisions.get().kind == "verified"


def test_one_refused_value_refuses_all(stream, by_sex, submitted, focal_point, told):
    first, second = submitted(stream, 120), submitted(by_sex, 9)
    verify_result(first, by=focal_point, method="documents", at=IN_TIME)
    told.clear()

    with pytest.raises(VerificationRefused) as refused:
        verify_results([second, first], by=focal_point, method="documents", at=IN_TIME)

    assert str(refused.value) == (
        "Nothing was verified. SEK-1, KCDMS, Kitui: This value is already verified. "
        "Restate it to correct it."
    )
    second.refresh_from_db()
    assert (second.state, told) == ("submitted", [])


def test_choosing_nothing_is_said(focal_point):
    with pytest.raises(NothingChosen):
        verify_results([], by=focal_point, method="documents")


def test_a_result_named_twice_is_verified_once(stream, submitted, focal_point):
    result = submitted(stream, 120)

    verify_results([result, result], by=focal_point, method="documents", at=IN_TIME)

    assert ResultDecision.objects.count() == 1


def test_a_restatement_of_a_withdrawn_value_just_counts(
    stream, verified, partner_officer, focal_point, told
):
    result = verified(stream, 100)
    revision = restate_result(
        result, by=partner_officer, numerator=Decimal(95), reason="Recount.", at=IN_TIME
    )
    withdraw_result(result, by=focal_point, reason="Wrong.", at=IN_TIME)
    told.clear()

    verify_result(revision, by=focal_point, method="documents", at=IN_TIME)

    result.refresh_from_db()
    assert result.state == "withdrawn"
    assert told == [[(revision.pk, "submitted", "verified")]]


def test_a_returned_value_shows_every_reason(
    stream, submitted, draft, obligation, partner_officer, focal_point
):
    result = return_result(
        submitted(stream, 120), by=focal_point, reason=" Which wards? ", at=IN_TIME
    )
    draft(stream, 110, seen_version=result.version)
    submit_report(obligation, by=partner_officer, at=IN_TIME)
    return_result(result, by=focal_point, reason="And the list?", at=IN_TIME)

    reasons = result.decisions.order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["Which wards?", "And the list?"]


def test_returning_needs_a_reason(stream, submitted, focal_point):
    result = submitted(stream, 120)

    with pytest.raises(ReasonMissing):
        return_result(result, by=focal_point, reason="\n ")

    result.refresh_from_db()
    assert result.state == "submitted"


def test_the_reporters_are_told_of_a_return_with_its_reason(
    stream, submitted, focal_point, partner_officer, partner_signatory, former_officer, peer
):
    return_result(submitted(stream, 120), by=focal_point, reason="Which wards?", at=IN_TIME)

    letters = Mail.objects.filter(key__startswith="result-returned")
    assert set(letters.values_list("recipient", flat=True)) == {
        partner_officer.email,
        partner_signatory.email,
    }
    assert "Which wards?" in letters.first().body


def test_the_reporters_are_told_once_when_nothing_is_open_any_more(
    stream, by_sex, submitted, focal_point, partner_officer
):
    first, second = submitted(stream, 120), submitted(by_sex, 9)
    letters = Mail.objects.filter(key__startswith="report-verified")

    verify_result(first, by=focal_point, method="documents", at=IN_TIME)
    assert not letters.exists()

    verify_result(second, by=focal_point, method="documents", at=IN_TIME)
    assert letters.get(recipient=partner_officer.email).subject == (
        "Your values for 1 Jan–31 Mar 2021 are verified"
    )
