"""The reporter's deeds: drafts, submission, restatement, withdrawal."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from coordination.models import Event, Mail
from tests.factories.coordination import PlaceFactory
from tests.factories.workplans import ResultFactory, StreamFactory
from workplans.models import Result
from workplans.services.checks import Entry, Part
from workplans.services.drafts import Draft, clear_draft, keep_drafts, save_drafts
from workplans.services.obligations import exempt_obligation, extend_obligation
from workplans.services.refusals import (
    CategoryUnknown,
    DraftsRefused,
    NothingRestated,
    NothingToSubmit,
    PartWithoutNumerator,
    ReasonMissing,
    ReportExempt,
    RestatementPending,
    ResultAlreadyReplaced,
    ResultAlreadySubmitted,
    ResultAlreadyVerified,
    ResultAlreadyWithdrawn,
    ResultEditedMeanwhile,
    ResultNotSubmitted,
    ResultNotVerified,
    ReturnedValueMissing,
    StreamNotRunning,
    ValuesAtFault,
)
from workplans.services.results import restate_result, submit_report, withdraw_result
from workplans.services.verification import return_result, verify_result

from .conftest import IN_TIME, deeds

D = Decimal

# --- Drafts ---


def test_a_draft_holds_what_was_typed(by_sex, draft, parts, partner_officer):
    result = draft(
        by_sex, "1250.5", cells=parts(female=700, male=550), note="  Two wards.\r\nAll. "
    )

    result.refresh_from_db()
    assert (result.state, result.revision, result.version) == ("draft", 1, 1)
    assert (result.numerator, result.denominator) == (D("1250.5"), None)
    assert (result.note, result.entered_by) == ("Two wards.\nAll.", partner_officer)
    cells = {cell.category.key: cell.numerator for cell in result.cells.all()}
    assert cells == {"female": 700, "male": 550}
    assert deeds(result) == ["workplans.result_drafted"]


def test_a_missing_value_is_not_a_zero(stream, draft):
    assert draft(stream, None, note="In May.").numerator is None
    assert draft(stream, 0, seen_version=1).numerator == 0


def test_saving_the_same_again_is_no_deed(stream, draft):
    """A double click, or a second window that typed the same (R27)."""
    first = draft(stream, 120)

    again = draft(stream, 120, seen_version=None)

    assert (again, again.version) == (first, 1)
    assert len(deeds(first)) == 1


def test_the_second_of_two_editors_is_shown_what_stands_there(stream, draft, partner_signatory):
    seen = draft(stream, 120)
    draft(stream, 130, seen_version=seen.version, by=partner_signatory)

    with pytest.raises(ResultEditedMeanwhile) as refused:
        draft(stream, 140, seen_version=seen.version)

    assert (refused.value.stored.numerator, refused.value.stored.version) == (130, 2)
    assert stream.results.get().numerator == 130


def test_a_row_that_was_empty_when_it_was_opened_may_have_been_filled(stream, draft):
    draft(stream, 120)

    with pytest.raises(ResultEditedMeanwhile):
        draft(stream, 140, seen_version=None)


def test_a_draft_that_was_cleared_meanwhile_is_a_conflict_too(
    stream, draft, quarter, partner_officer
):
    seen = draft(stream, 120)
    clear_draft(stream, quarter, by=partner_officer, seen_version=seen.version)

    with pytest.raises(ResultEditedMeanwhile) as refused:
        draft(stream, 130, seen_version=seen.version)
    assert refused.value.stored is None


def test_a_part_of_another_breakdown_is_refused(stream, draft, parts):
    with pytest.raises(CategoryUnknown):
        draft(stream, 1, cells=parts(female=1))


def test_a_part_without_its_numerator_is_refused(by_sex, draft, sex):
    with pytest.raises(PartWithoutNumerator):
        draft(by_sex, 1, cells={sex.categories.first(): Part(None, D(3))})


def test_a_stream_that_has_ended_takes_no_value(stream, draft):
    stream.ends_before = dt.date(2021, 1, 1)
    stream.save(update_fields=["ends_before"])

    with pytest.raises(StreamNotRunning):
        draft(stream, 1)


def test_more_than_four_decimals_are_refused_and_not_rounded(stream, draft):
    with pytest.raises(ValidationError):
        draft(stream, "1.23456")
    assert not stream.results.exists()


def test_the_denominator_of_a_count_is_dropped(stream, draft):
    assert draft(stream, 5, 10).denominator is None


def test_a_submitted_value_is_not_edited(stream, submitted, draft):
    result = submitted(stream, 120)

    with pytest.raises(ResultAlreadySubmitted):
        draft(stream, 130, seen_version=result.version)


def test_a_verified_value_is_not_edited(stream, verified, draft):
    result = verified(stream, 120)

    with pytest.raises(ResultAlreadyVerified):
        draft(stream, 130, seen_version=result.version)


def test_editing_what_was_returned_records_from_what_to_what(stream, submitted, draft, focal_point):
    result = return_result(submitted(stream, 120), by=focal_point, reason="Recount.", at=IN_TIME)

    edited = draft(stream, 110, seen_version=result.version)

    event = Event.objects.about(edited).first()
    assert (edited.state, event.changes) == ("returned", {"value": ["120", "110"]})


def test_the_record_names_the_words_that_changed_and_no_value_that_did_not(
    stream, submitted, draft, focal_point
):
    result = return_result(submitted(stream, 120), by=focal_point, reason="Say why.", at=IN_TIME)

    edited = draft(stream, 120, deviation="Rains came late.", seen_version=result.version)

    changes = Event.objects.about(edited).first().changes
    assert changes == {"deviation": ["", "Rains came late."]}


def test_a_drafts_figures_are_not_in_the_record(stream, draft):
    result = draft(stream, 120)

    assert Event.objects.about(result).get().changes == {}


def test_a_returned_value_is_not_emptied(stream, submitted, draft, focal_point):
    result = return_result(submitted(stream, 120), by=focal_point, reason="Recount.", at=IN_TIME)

    with pytest.raises(ReturnedValueMissing):
        draft(stream, None, note="Gone.", seen_version=result.version)


def test_clearing_makes_the_value_missing(stream, draft, quarter, partner_officer):
    result = draft(stream, 120)

    clear_draft(stream, quarter, by=partner_officer, seen_version=result.version)
    clear_draft(stream, quarter, by=partner_officer, seen_version=None)

    assert not stream.results.exists()
    assert deeds(stream) == ["workplans.draft_cleared"]


def test_after_a_withdrawal_the_next_draft_is_the_next_revision(
    stream, submitted, draft, partner_officer
):
    withdraw_result(submitted(stream, 120), by=partner_officer, reason="Wrong place.", at=IN_TIME)

    assert draft(stream, 5).revision == 2


# --- The grid as a whole ---


def test_the_grid_is_saved_whole(stream, by_sex, obligation, parts, partner_officer):
    drafts = [
        Draft(stream, Entry(D(5))),
        Draft(by_sex, Entry(D(9), cells=parts(female=9))),
    ]

    assert save_drafts(obligation, drafts, by=partner_officer) == 2
    assert save_drafts(obligation, drafts, by=partner_officer) == 0
    assert Result.objects.count() == 2


def test_an_untouched_empty_row_makes_no_draft(stream, obligation, partner_officer):
    assert save_drafts(obligation, [Draft(stream, Entry())], by=partner_officer) == 0
    assert not Result.objects.exists()


def test_a_row_that_was_emptied_is_cleared(stream, draft, obligation, partner_officer):
    seen = draft(stream, 120)

    save_drafts(obligation, [Draft(stream, Entry(), seen.version)], by=partner_officer)

    assert not Result.objects.exists()


def test_one_refused_row_refuses_the_grid(
    stream, by_sex, draft, obligation, partner_officer, partner_signatory
):
    seen = draft(stream, 120)
    draft(stream, 130, seen_version=seen.version, by=partner_signatory)
    drafts = [Draft(by_sex, Entry(D(9))), Draft(stream, Entry(D(140)), seen.version)]

    with pytest.raises(DraftsRefused) as refused:
        save_drafts(obligation, drafts, by=partner_officer)

    assert str(refused.value) == "Nothing was saved: 1 row could not be."
    assert {key: type(why) for key, why in refused.value.refusals.items()} == {
        stream.pk: ResultEditedMeanwhile
    }
    assert list(Result.objects.values_list("numerator", flat=True)) == [130]


def test_while_typing_the_other_rows_are_kept(stream, by_sex, draft, obligation, partner_officer):
    draft(stream, 120)
    drafts = [Draft(by_sex, Entry(D(9))), Draft(stream, Entry(D(140)))]

    refusals = keep_drafts(obligation, drafts, by=partner_officer)

    assert list(refusals) == [stream.pk]
    assert sorted(Result.objects.values_list("numerator", flat=True)) == [9, 120]


def test_an_exempt_report_takes_no_drafts(stream, obligation, secretary, partner_officer):
    exempt_obligation(obligation, by=secretary, reason="Closed for the floods.")

    with pytest.raises(ReportExempt):
        save_drafts(obligation, [Draft(stream, Entry(D(5)))], by=partner_officer)


# --- Submission ---


def test_submitting_takes_every_value_and_leaves_the_missing_missing(
    stream, by_sex, draft, obligation, partner_officer, told
):
    result = draft(stream, 120)
    draft(by_sex, None, note="In May.")

    sent = submit_report(obligation, by=partner_officer, at=IN_TIME)

    result.refresh_from_db()
    assert sent == [result]
    assert (result.state, result.submitted_by) == ("submitted", partner_officer)
    assert (result.submitted_at, result.first_submitted_at) == (IN_TIME, IN_TIME)
    assert by_sex.results.get().state == "draft"
    assert told == [[(result.pk, "draft", "submitted")]]
    assert deeds(result) == ["workplans.result_drafted", "workplans.result_submitted"]
    assert deeds(obligation) == ["workplans.obligation_opened", "workplans.report_submitted"]


def test_the_second_click_submits_nothing(stream, draft, obligation, partner_officer, told):
    draft(stream, 120)
    submit_report(obligation, by=partner_officer, at=IN_TIME)

    with pytest.raises(NothingToSubmit):
        submit_report(obligation, by=partner_officer, at=IN_TIME)

    assert len(told) == 1
    assert deeds(obligation).count("workplans.report_submitted") == 1


def test_one_fault_keeps_all_from_being_submitted(
    stream, by_sex, draft, obligation, parts, partner_officer, told
):
    draft(stream, 120)
    draft(by_sex, 100, cells=parts(female=60, male=30))

    with pytest.raises(ValuesAtFault) as refused:
        submit_report(obligation, by=partner_officer, at=IN_TIME)

    assert [str(row) for row in refused.value.rows] == [
        "SEK-2, Kitui: Sex: the parts are 10 less than the total."
    ]
    assert set(Result.objects.values_list("state", flat=True)) == {"draft"}
    obligation.refresh_from_db()
    assert (obligation.first_submitted_at, told) == (None, [])


def test_a_deviation_of_the_year_so_far_needs_a_narrative(
    stream, target, quarters, verified, draft, obligation_of, partner_officer
):
    """Due after three quarters: 900 of 1,200. 560 before and 251 now make 811, 9.9 % short."""
    target(stream.version, 1200)
    verified(stream, 260, period=quarters[0], deviation="Late rains.")
    verified(stream, 300, period=quarters[1])
    report = obligation_of(quarters[2])

    seen = draft(stream, 250)
    with pytest.raises(ValuesAtFault):
        submit_report(report, by=partner_officer, at=IN_TIME)

    draft(stream, 251, seen_version=seen.version)
    assert len(submit_report(report, by=partner_officer, at=IN_TIME)) == 1


def test_a_stock_below_the_last_quarters_needs_a_note(
    version_of, stream_of, quarters, verified, draft, obligation_of, partner_officer
):
    stream = stream_of(version_of(stock=True))
    verified(stream, 40, period=quarters[1])
    seen = draft(stream, 39)

    with pytest.raises(ValuesAtFault) as refused:
        submit_report(obligation_of(quarters[2]), by=partner_officer, at=IN_TIME)
    assert [row.fault.field for row in refused.value.rows] == ["note"]

    draft(stream, 39, note="One group closed.", seen_version=seen.version)
    assert submit_report(obligation_of(quarters[2]), by=partner_officer, at=IN_TIME)


def test_what_comes_later_is_submitted_later_and_the_first_time_stands(
    stream, by_sex, draft, obligation, partner_officer
):
    draft(stream, 120)
    submit_report(obligation, by=partner_officer, at=IN_TIME)
    later = IN_TIME + dt.timedelta(days=60)
    draft(by_sex, 9)

    (second,) = submit_report(obligation, by=partner_officer, at=later)

    obligation.refresh_from_db()
    assert (obligation.first_submitted_at, obligation.was_on_time) == (IN_TIME, True)
    assert second.first_submitted_at == later
    assert deeds(obligation)[-1] == "workplans.report_resubmitted"


def test_returned_and_resubmitted_stays_on_time(
    stream, submitted, draft, obligation, focal_point, partner_officer, told
):
    result = return_result(submitted(stream, 120), by=focal_point, reason="Recount.", at=IN_TIME)
    draft(stream, 110, seen_version=result.version)
    later = IN_TIME + dt.timedelta(days=60)

    (again,) = submit_report(obligation, by=partner_officer, at=later)

    assert (again.first_submitted_at, again.submitted_at) == (IN_TIME, later)
    obligation.refresh_from_db()
    assert obligation.was_on_time
    assert told[-1] == [(result.pk, "returned", "submitted")]


@pytest.mark.parametrize(
    ("at", "on_time"),
    [
        (dt.datetime(2021, 4, 30, 20, 59, 59, tzinfo=dt.UTC), True),  # 23:59:59 in Nairobi
        (dt.datetime(2021, 4, 30, 21, 0, 0, tzinfo=dt.UTC), False),
    ],
)
def test_on_time_is_decided_in_the_mechanisms_zone(
    stream, draft, obligation, partner_officer, at, on_time
):
    draft(stream, 120)

    submit_report(obligation, by=partner_officer, at=at)

    obligation.refresh_from_db()
    assert obligation.was_on_time is on_time


def test_a_granted_extension_decides(stream, draft, obligation, partner_officer, secretary):
    extend_obligation(
        obligation, by=secretary, to=dt.date(2021, 5, 15), reason="Floods.", at=IN_TIME
    )
    draft(stream, 120)

    submit_report(obligation, by=partner_officer, at=dt.datetime(2021, 5, 15, 12, tzinfo=dt.UTC))

    obligation.refresh_from_db()
    assert (obligation.was_on_time, obligation.status(at=IN_TIME)) == (True, "on_time")


def test_an_exempt_report_is_not_submitted(stream, draft, obligation, secretary, partner_officer):
    draft(stream, 120)
    exempt_obligation(obligation, by=secretary, reason="Floods.")

    with pytest.raises(ReportExempt):
        submit_report(obligation, by=partner_officer)


def test_the_verifiers_of_each_place_are_told_once(
    stream, stream_of, makueni, draft, obligation, partner_officer, focal_point, neighbour
):
    draft(stream, 120)
    draft(stream_of(stream.version, place=makueni), 5)

    submit_report(obligation, by=partner_officer, at=IN_TIME)

    letters = Mail.objects.filter(key__startswith="report-submitted")
    assert set(letters.values_list("recipient", flat=True)) == {focal_point.email, neighbour.email}
    assert "1 value" in letters.get(recipient=focal_point.email).body


def test_the_verifier_of_several_places_gets_one_letter(
    stream, stream_of, kitui, draft, obligation, partner_officer, focal_point
):
    draft(stream, 120)
    for name in ("South", "East"):
        place = PlaceFactory(parent=kitui, name=f"Kitui {name}", slug=f"kitui-{name.lower()}")
        draft(stream_of(stream.version, place=place), 5)

    submit_report(obligation, by=partner_officer, at=IN_TIME)

    letter = Mail.objects.get(key__startswith="report-submitted", recipient=focal_point.email)
    assert "3 values on" in letter.body
    assert "for Kitui, Kitui East, Kitui South" in letter.body


def test_another_organisations_drafts_stay_where_they_are(
    stream, draft, obligation, organisations, peer, partner_officer
):
    theirs = draft(StreamFactory(
        version=stream.version, organisation=organisations.kiwash, place=stream.place
    ), 7, by=peer)  # fmt: skip
    draft(stream, 120)

    submit_report(obligation, by=partner_officer, at=IN_TIME)

    theirs.refresh_from_db()
    assert theirs.state == "draft"


# --- Restatement ---


def test_a_restatement_waits_while_the_verified_value_counts(
    by_sex, verified, parts, partner_officer, told
):
    result = verified(by_sex, 100, cells=parts(female=60, male=40), note="As in May.")
    told.clear()

    revision = restate_result(
        result,
        by=partner_officer,
        numerator=D(95),
        cells=parts(female=55, male=40),
        reason=" Five were counted twice. ",
        at=IN_TIME,
    )

    result.refresh_from_db()
    assert (result.state, revision.state) == ("verified", "submitted")
    assert (revision.revision, revision.restates) == (2, result)
    assert revision.restatement_reason == "Five were counted twice."
    assert revision.note == "As in May."
    assert told == [[(revision.pk, None, "submitted")]]
    event = Event.objects.about(revision).get()
    assert (event.verb, event.changes) == (
        "workplans.result_restated",
        {"value": ["100", "95"]},
    )


def test_verifying_the_restatement_replaces_the_value_at_once(
    stream, verified, partner_officer, focal_point, told
):
    result = verified(stream, 100)
    revision = restate_result(result, by=partner_officer, numerator=D(95), reason="Recount.")
    told.clear()

    verify_result(revision, by=focal_point, method="recount", at=IN_TIME)

    result.refresh_from_db()
    assert result.state == "restated"
    assert told == [[(result.pk, "verified", "restated"), (revision.pk, "submitted", "verified")]]


def test_a_returned_restatement_is_edited_and_submitted_again(
    stream, verified, partner_officer, focal_point, draft, obligation
):
    result = verified(stream, 100)
    revision = restate_result(result, by=partner_officer, numerator=D(95), reason="Recount.")
    revision = return_result(revision, by=focal_point, reason="Which five?", at=IN_TIME)

    edited = draft(stream, 96, seen_version=revision.version)
    submit_report(obligation, by=partner_officer, at=IN_TIME)

    edited.refresh_from_db()
    assert (edited.pk, edited.state, edited.restates) == (revision.pk, "submitted", result)


def test_only_one_restatement_waits(stream, verified, partner_officer):
    result = verified(stream, 100)
    restate_result(result, by=partner_officer, numerator=D(95), reason="Recount.")

    with pytest.raises(RestatementPending):
        restate_result(result, by=partner_officer, numerator=D(94), reason="Recount.")


def test_a_restatement_changes_something_for_a_reason(stream, verified, partner_officer):
    result = verified(stream, 100)

    with pytest.raises(NothingRestated):
        restate_result(result, by=partner_officer, numerator=D(100), reason="Recount.")
    with pytest.raises(ReasonMissing):
        restate_result(result, by=partner_officer, numerator=D(95), reason="  ")


def test_a_restatement_is_checked_as_a_submission_is(by_sex, verified, parts, partner_officer):
    result = verified(by_sex, 100)

    with pytest.raises(ValuesAtFault):
        restate_result(
            result,
            by=partner_officer,
            numerator=D(95),
            cells=parts(female=90),
            reason="Recount.",
        )
    assert by_sex.results.count() == 1


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("draft", ResultNotVerified),
        ("returned", ResultNotVerified),
        ("submitted", ResultAlreadySubmitted),
        ("restated", ResultAlreadyReplaced),
        ("withdrawn", ResultAlreadyWithdrawn),
    ],
)
def test_only_a_verified_value_is_restated(stream, quarter, partner_officer, state, refusal):
    result = ResultFactory(stream=stream, period=quarter, state=state)

    with pytest.raises(refusal):
        restate_result(result, by=partner_officer, numerator=D(95), reason="Recount.")


# --- Withdrawal ---


def test_a_withdrawn_value_is_missing(stream, verified, focal_point, partner_officer, told):
    result = verified(stream, 100)
    told.clear()

    withdraw_result(result, by=focal_point, reason="Reported for the wrong county.", at=IN_TIME)

    result.refresh_from_db()
    assert (result.state, result.numerator) == ("withdrawn", 100)
    assert told == [[(result.pk, "verified", "withdrawn")]]
    assert result.decisions.get(kind="withdrawn").reason == "Reported for the wrong county."
    letters = Mail.objects.filter(key=f"result-withdrawn:{result.pk}")
    assert {partner_officer.email, focal_point.email} <= set(
        letters.values_list("recipient", flat=True)
    )


def test_withdrawing_needs_a_reason(stream, submitted, partner_officer):
    with pytest.raises(ReasonMissing):
        withdraw_result(submitted(stream, 1), by=partner_officer, reason=" ")


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("draft", ResultNotSubmitted),
        ("restated", ResultAlreadyReplaced),
        ("withdrawn", ResultAlreadyWithdrawn),
    ],
)
def test_what_does_not_stand_is_not_withdrawn(stream, quarter, partner_officer, state, refusal):
    result = ResultFactory(stream=stream, period=quarter, state=state)

    with pytest.raises(refusal):
        withdraw_result(result, by=partner_officer, reason="Wrong.")


# --- What the database promises ---


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "verified"])
def test_two_open_or_two_verified_results_of_a_period_cannot_be(stream, quarter, state):
    ResultFactory(stream=stream, period=quarter, state=state)

    with pytest.raises(IntegrityError), transaction.atomic():
        ResultFactory(stream=stream, period=quarter, state=state, revision=2)
