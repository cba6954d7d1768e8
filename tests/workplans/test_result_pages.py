"""The pages of one result and of the verifier's queue."""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from coordination.models import Event, StoredFile
from coordination.services.files import VettedFile
from coordination.services.refusals import Refusal
from tests.factories.workplans import ResultFactory
from workplans.models import Result, ResultDecision, ResultEvidence
from workplans.permissions.results import (
    can_add_evidence,
    can_chase_report,
    can_drop_evidence,
    can_edit_report,
    can_exempt_obligation,
    can_extend_obligation,
    can_restate_result,
    can_return_result,
    can_submit_report,
    can_verify_result,
    can_withdraw_result,
)
from workplans.services.results import (
    add_evidence,
    drop_evidence,
    restate_result,
    submit_report,
)
from workplans.services.verification import return_result, verify_result

from .conftest import IN_TIME

QUEUE = "/verification/"
HTMX = {"HX-Request": "true"}


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def official(client, focal_point):
    client.force_login(focal_point)
    return client


@pytest.fixture
def officer(client, partner_officer):
    client.force_login(partner_officer)
    return client


# --- Who may do what ---

REPORTERS = {"partner_officer", "partner_signatory"}


@pytest.mark.parametrize(
    ("may", "who"),
    [
        (can_edit_report, REPORTERS),
        (can_submit_report, REPORTERS),
        (can_extend_obligation, {"secretary"}),
        (can_exempt_obligation, {"secretary"}),
        (can_chase_report, {"secretary"}),
    ],
)
def test_who_may_do_what_with_a_report(obligation, cast, may, who):
    assert {name for name, user in cast.items() if may(user, obligation)} == who


@pytest.mark.parametrize(
    ("may", "who"),
    [
        (can_verify_result, {"focal_point"}),
        (can_return_result, {"focal_point", "secretary"}),
        (can_restate_result, REPORTERS),
        (can_withdraw_result, REPORTERS),
        (can_add_evidence, REPORTERS),
        (can_drop_evidence, REPORTERS),
    ],
)
def test_who_may_do_what_with_a_submitted_value(stream, submitted, cast, may, who):
    result = submitted(stream, 120)

    assert {name for name, user in cast.items() if may(user, result)} == who


def test_a_verified_value_is_withdrawn_by_its_verifier_alone(stream, verified, cast):
    result = verified(stream, 120)

    assert {name for name, user in cast.items() if can_withdraw_result(user, result)} == {
        "focal_point"
    }


def test_a_focal_point_seconded_by_the_reporter_does_not_verify(
    stream, submitted, organisations, kitui, holding
):
    seconded = holding(
        "Seconded", "county_focal_point", organisation=organisations.kcdms, place=kitui
    )

    assert not can_verify_result(seconded, submitted(stream, 120))


# --- One result ---


def test_a_result_shows_how_it_came_about(
    officer, by_sex, verified, parts, partner_officer, quarter
):
    result = verified(by_sex, 100, cells=parts(not_stated=5, female=60, male=35))
    revision = restate_result(
        result, by=partner_officer, numerator=Decimal(95), reason="Counted twice.", at=IN_TIME
    )

    response = officer.get(revision.get_absolute_url())

    assert [row.revision for row in response.context["revisions"]] == [2, 1]
    body = officer.get(result.get_absolute_url()).content.decode()
    assert "Counted twice." in body
    ((_name, cells),) = officer.get(result.get_absolute_url()).context["parts"]
    assert [cell.category.key for cell in cells] == ["female", "male", "not-stated"]


def test_the_record_of_a_result_holds_every_deed(officer, stream, verified):
    response = officer.get(verified(stream, 120).get_absolute_url())

    assert [event.verb.rpartition(".")[2] for event in response.context["events"]] == [
        "result_verified",
        "result_submitted",
        "result_drafted",
    ]


@pytest.mark.parametrize("reader", ["peer", "neighbour", "donor_officer"])
def test_who_takes_part_reads_a_submitted_value_as_provisional(
    client, stream, submitted, cast, reader
):
    result = submitted(stream, 120)
    client.force_login(cast[reader])

    page = client.get(result.get_absolute_url()).content.decode()

    value = " ".join(re.sub(r"<[^>]+>|<svg.*?</svg>", " ", page.split("Value</p>")[1]).split())
    assert value.startswith("120 farmers Provisional no official has verified it yet")


@pytest.mark.parametrize(
    ("state", "code"),
    [("draft", 404), ("returned", 404), ("withdrawn", 404), ("verified", 200), ("restated", 200)],
)
def test_what_a_peer_reads_of_a_value_in_each_state(client, stream, submitted, peer, state, code):
    result = submitted(stream, 120)
    Result.objects.filter(pk=result.pk).update(state=state)
    client.force_login(peer)

    assert client.get(result.get_absolute_url()).status_code == code


def test_a_submitted_value_is_not_found_outside_the_mechanism(client, stream, submitted, outsider):
    result = submitted(stream, 120)
    client.force_login(outsider)

    assert client.get(result.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("pk", [0, 99999999999999999999999])
def test_an_impossible_result_is_not_found(officer, pk):
    assert officer.get(reverse("result-detail", args=[pk])).status_code == 404


def test_a_value_is_restated(officer, by_sex, verified, sex):
    female, male, _rest = sex.categories.order_by("position")
    result = verified(by_sex, 100)

    response = officer.post(
        reverse("result-restate", args=[result.pk]),
        {
            "numerator": "95",
            f"c{female.pk}-numerator": "55",
            f"c{male.pk}-numerator": "40",
            "reason": "Counted twice.",
        },
        follow=True,
    )

    revision = result.restatements.get()
    assert said(response) == ["The restatement is submitted and waits to be verified."]
    assert (revision.state, revision.numerator, revision.cells.count()) == ("submitted", 95, 2)


@pytest.mark.parametrize(
    ("typed", "at_fault"),
    [
        ({"numerator": "", "reason": "x"}, "numerator"),
        ({"numerator": "1e5", "reason": "x"}, "numerator"),
        ({"numerator": "95", "reason": ""}, "reason"),
        ({"numerator": "95", "reason": "x" * 501}, "reason"),
        ({"numerator": "100", "reason": "x"}, "__all__"),
        ({"numerator": "-5", "reason": "x"}, "numerator"),
    ],
)
def test_a_wrong_restatement_is_said_at_its_field(officer, stream, verified, typed, at_fault):
    result = verified(stream, 100)

    response = officer.post(reverse("result-restate", args=[result.pk]), typed)

    assert list(response.context["form"].errors) == [at_fault]
    assert response.context["form"]["reason"].value() == typed["reason"]
    assert not result.restatements.exists()


def test_restating_twice_is_one_deed(officer, stream, verified):
    result = verified(stream, 100)
    data = {"numerator": "95", "reason": "Recount."}

    for _click in range(2):
        response = officer.post(reverse("result-restate", args=[result.pk]), data)

    assert response.context["form"].non_field_errors() == [
        "A restatement of this value already waits for verification."
    ]
    assert result.restatements.count() == 1


def test_a_value_that_is_being_restated_leads_to_what_restates_it(officer, stream, verified):
    result = verified(stream, 100)
    page = officer.get(result.get_absolute_url())
    assert (page.context["deeds"]["restate"], page.context["restatement"]) == (True, None)

    data = {"numerator": "95", "reason": "Recount."}
    officer.post(reverse("result-restate", args=[result.pk]), data)
    page = officer.get(result.get_absolute_url())

    assert not page.context["deeds"]["restate"]
    assert page.context["restatement"] == result.restatements.get()


def test_a_value_is_withdrawn_with_a_reason(officer, stream, submitted):
    result = submitted(stream, 120)
    url = reverse("result-withdraw", args=[result.pk])

    assert list(officer.post(url, {"reason": " "}).context["form"].errors) == ["reason"]
    officer.post(url, {"reason": "Wrong county."})

    result.refresh_from_db()
    assert result.state == "withdrawn"


# --- Evidence ---


def picture(name="list.png"):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    return SimpleUploadedFile(name, stream.getvalue(), "image/png")


def test_evidence_is_open_to_who_sees_the_value_and_to_nobody_else(
    client, officer, stream, submitted, focal_point, outsider
):
    result = submitted(stream, 120)

    officer.post(
        reverse("result-evidence-add", args=[result.pk]),
        {"file": picture(), "caption": "Attendance lists"},
    )

    evidence = ResultEvidence.objects.get()
    assert (evidence.result, evidence.caption) == (result, "Attendance lists")
    url = reverse("file-download", args=[evidence.file.pk])
    client.force_login(focal_point)
    download = client.get(url)
    assert b"".join(download.streaming_content)[:4] == b"\x89PNG"
    client.force_login(outsider)
    assert client.get(url).status_code == 404


def test_evidence_that_is_sent_twice_is_there_once(officer, stream, submitted):
    address = reverse("result-evidence-add", args=[submitted(stream, 120).pk])

    for caption in ("Attendance lists", " Attendance lists ", "Another list"):
        officer.post(address, {"file": picture(), "caption": caption})

    captions = ResultEvidence.objects.values_list("caption", flat=True)
    assert sorted(captions) == ["Another list", "Attendance lists"]


def test_a_wrong_file_is_refused_at_its_field(officer, stream, submitted):
    result = submitted(stream, 120)

    response = officer.post(
        reverse("result-evidence-add", args=[result.pk]),
        {"file": SimpleUploadedFile("x.svg", b"<svg onload=alert(1)>"), "caption": "A list"},
    )

    assert list(response.context["form"].errors) == ["file"]
    assert response.context["form"]["caption"].value() == "A list"
    assert not ResultEvidence.objects.exists()


@pytest.fixture
def attached(partner_officer):
    """A maker of evidence behind a result."""

    def make(result, caption="Wrong list"):
        file = VettedFile("list.pdf", "application/pdf", b"%PDF-1.4 " + caption.encode())
        return add_evidence(result, file, caption=caption, by=partner_officer)

    return make


def test_wrong_evidence_is_taken_off_before_the_value_is_submitted(
    officer, partner_officer, stream, draft, attached
):
    result = draft(stream, 120)
    wrong, right = attached(result), attached(result, "Attendance list")
    url = reverse("result-evidence-drop", args=[result.pk, wrong.pk])
    assert url in officer.get(result.get_absolute_url()).content.decode()

    answers = [officer.post(url, follow=True) for _click in range(2)]

    assert [said(answer) for answer in answers] == [["The evidence is taken off."]] * 2
    assert list(result.evidence.all()) == [right]
    event = Event.objects.about(result).get(verb="workplans.evidence_dropped")
    assert (event.by, event.note, event.changes) == (
        partner_officer,
        "Wrong list",
        {"file": ["list.pdf", ""]},
    )
    assert officer.get(reverse("file-download", args=[wrong.file.pk])).status_code == 404


def test_a_returned_value_can_be_given_other_evidence(
    stream, submitted, attached, focal_point, partner_officer
):
    result = submitted(stream, 120)
    evidence = attached(result)
    return_result(result, by=focal_point, reason="The list is of another quarter.")

    drop_evidence(evidence, by=partner_officer)

    assert not result.evidence.exists()


@pytest.mark.parametrize("state", ["submitted", "verified", "restated", "withdrawn"])
def test_what_stands_behind_a_submitted_value_stays(
    officer, stream, quarter, partner_officer, state
):
    result = ResultFactory(stream=stream, period=quarter, state=state)
    file = StoredFile.objects.create(name="list.pdf", size=1, uploaded_at=IN_TIME)
    evidence = ResultEvidence.objects.create(result=result, file=file, caption="List")

    with pytest.raises(Refusal):
        drop_evidence(evidence, by=partner_officer)

    assert result.evidence.get() == evidence
    page = officer.get(result.get_absolute_url())
    assert page.status_code == 200
    assert "Take off" not in page.content.decode()


# --- The queue ---


def rows(response):
    return [row for report in response.context["reports"] for row in report.rows]


def test_the_queue_holds_what_waits_in_ones_place_alone(
    official, stream, by_sex, stream_of, makueni, draft, submitted, quarter
):
    waiting = submitted(stream, 120)
    submitted(stream_of(stream.version, place=makueni), 7)
    draft(by_sex, 9)

    response = official.get(QUEUE)

    assert [row.result for row in rows(response)] == [waiting]


def test_a_phone_opens_the_first_report_of_the_queue_and_what_is_chosen(
    official, stream, quarters, submitted
):
    submitted(stream, 120, period=quarters[1])
    later = submitted(stream, 130)

    def opened(response):
        return [report.is_unfolded for report in response.context["reports"]]

    assert opened(official.get(QUEUE)) == [True, False]
    assert opened(official.post(reverse("results-verify"), {"results": [later.pk]})) == [True, True]


def test_the_queue_shows_what_a_value_is_judged_by(
    official, stream, quarters, verified, submitted, target
):
    target(stream.version, 1200)
    verified(stream, 560, period=quarters[1])
    submitted(stream, 120, deviation="Locusts in Mwingi.")

    response = official.get(QUEUE)

    (row,) = rows(response)
    assert (row.last.numerator, row.due.value, row.reached, row.departs) == (560, 900, 680, True)
    assert "Locusts in Mwingi." in response.content.decode()


def test_the_queue_says_which_value_a_restatement_replaces(
    official, stream, verified, partner_officer
):
    result = verified(stream, 1200)
    restate_result(
        result, by=partner_officer, numerator=Decimal(1150), reason="Fifty counted twice."
    )

    text = re.sub(r"\s+", " ", official.get(QUEUE).content.decode())
    assert "restates 1,200: Fifty counted twice." in text


def test_the_address_of_a_filtered_queue_can_be_read(official, stream, submitted):
    submitted(stream, 5)
    period = Result.objects.get().period.code

    assert rows(official.get(f"{QUEUE}?organisation=kcdms&period={period}"))
    assert official.get(f"{QUEUE}?organisation=kiwash").context["filter_form"].errors


def test_the_queue_names_the_breakdown_of_each_part(official, by_sex, submitted, parts):
    submitted(by_sex, 100, cells=parts(not_stated=5, female=60, male=35))

    (row,) = rows(official.get(QUEUE))

    assert row.breakdowns == [("Sex", "Female 60; Male 35; Not stated 5")]


@pytest.mark.parametrize(
    ("rules", "value", "doubts"),
    [
        ({"data_type": "decimal"}, (-3,), ["below zero"]),
        ({"percentage": True}, (0, 0), ["nothing to divide by"]),
        ({"stock": True}, (4,), ["lower than before"]),
        ({}, (4,), []),
    ],
)
def test_the_queue_points_at_what_a_verifier_should_doubt(
    official, version_of, stream_of, quarters, verified, submitted, rules, value, doubts
):
    stream = stream_of(version_of(**rules))
    if "stock" in rules:
        verified(stream, 5, period=quarters[1])
    submitted(stream, *value, note="Counted anew.")

    (row,) = rows(official.get(QUEUE))

    assert row.doubts == doubts


def test_the_queue_tells_why_a_value_was_returned_before(
    official, stream, submitted, focal_point, partner_officer, obligation_of, quarter
):
    result, past_midnight = submitted(stream, 120), dt.datetime(2021, 4, 10, 22, tzinfo=dt.UTC)
    return_result(result, by=focal_point, reason="Which wards?", at=past_midnight)
    submit_report(obligation_of(quarter, stream.organisation), by=partner_officer, at=past_midnight)

    queue = official.get(QUEUE)

    (row,) = rows(queue)
    assert [each.reason for each in row.returns] == ["Which wards?"]
    assert "Returned on 11\u00a0Apr 2021:" in queue.content.decode()  # as it is told in Nairobi


def test_an_empty_queue_says_what_comes_there(official, client, secretary):
    assert "Nothing waits for you" in official.get(QUEUE).content.decode()

    client.force_login(secretary)
    assert "You do not verify" in client.get(QUEUE).content.decode()


def test_the_queue_takes_the_same_number_of_queries_for_many_values(
    official, version_of, stream_of, submitted, target, sex, parts
):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert official.get(QUEUE).status_code == 200
        return len(queries)

    def add(code):
        stream = stream_of(version_of(code, disaggregations=[sex]))
        target(stream.version, 400)
        submitted(stream, 300, cells=parts(female=100, male=200))

    add("SEK-1")
    count()
    one = count()
    add("SEK-2")
    add("SEK-3")
    assert count() == one


@pytest.mark.parametrize(
    "query", ["organisation=abc", "organisation=99999999999999999999", "period=%00", "page=x"]
)
def test_a_hostile_filter_is_no_crash(official, stream, submitted, query):
    submitted(stream, 120)

    assert official.get(f"{QUEUE}?{query}").status_code in {200, 400}


def test_one_value_is_verified_and_the_queue_comes_back(official, stream, submitted):
    result = submitted(stream, 120)

    response = official.post(
        reverse("result-verify", args=[result.pk]), {"method": "recount"}, follow=True
    )

    assert said(response) == ["The value is verified."]
    assert response.redirect_chain == [(QUEUE, 302)]
    assert ResultDecision.objects.get().method == "recount"


def test_in_place_the_row_says_what_has_become_of_it(official, stream, submitted):
    result = submitted(stream, 120)

    response = official.post(
        reverse("result-verify", args=[result.pk]), {"method": "recount"}, headers=HTMX
    )

    body = response.content.decode().strip()
    assert body.startswith(f'<tr id="value-{result.pk}" class="settled">')
    assert "Verified" in body
    assert '<p class="lead" id="waiting" hx-swap-oob="true">Nothing waits for you.</p>' in body
    assert f'id="of-all-{result.pk}" hx-swap-oob="delete"' in body


def test_even_the_only_value_of_a_report_has_what_its_verdict_takes_away(
    official, stream, submitted
):
    result = submitted(stream, 120)

    body = official.get(QUEUE).content.decode()

    assert body.count(f'id="of-all-{result.pk}"') == 1
    assert "Verify all of this report" not in body


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_second_of_two_officials_gets_a_sentence(
    official, stream, submitted, focal_point, headers
):
    result = submitted(stream, 120)
    verify_result(result, by=focal_point, method="documents", at=IN_TIME)

    response = official.post(
        reverse("result-verify", args=[result.pk]),
        {"method": "documents"},
        headers=headers,
        follow=True,
    )

    assert response.status_code == 200
    sentence = "This value is already verified. Restate it to correct it."
    assert sentence in response.content.decode()
    assert ResultDecision.objects.count() == 1


def test_what_was_typed_of_a_value_settled_meanwhile_is_still_there(
    official, stream, submitted, focal_point
):
    result = submitted(stream, 120)
    verify_result(result, by=focal_point, method="documents", at=IN_TIME)

    typed = {"method": "recount", "sample": "3 of 9", "note": "All agree."}
    response = official.post(reverse("result-verify", args=[result.pk]), typed)

    form = response.context["verification_form"]
    assert {name: form[name].value() for name in typed} == typed
    assert form.non_field_errors()


def test_a_sample_that_is_too_long_is_said_at_its_field(official, stream, submitted):
    result = submitted(stream, 120)
    typed = {"method": "recount", "sample": "x" * 201}

    alone = official.post(reverse("result-verify", args=[result.pk]), typed)
    together = official.post(reverse("results-verify"), {**typed, "results": [result.pk]})

    assert list(alone.context["verification_form"].errors) == ["sample"]
    assert list(together.context["form"].errors) == ["sample"]
    assert "x" * 201 in together.content.decode()


@pytest.mark.parametrize("method", ["", "by-eye", "x" * 100_000])
def test_how_it_was_checked_has_to_be_said(official, stream, submitted, method):
    result = submitted(stream, 120)

    official.post(reverse("result-verify", args=[result.pk]), {"method": method})

    result.refresh_from_db()
    assert result.state == "submitted"


def test_a_value_is_returned_with_its_reason(official, stream, submitted):
    result = submitted(stream, 120)
    url = reverse("result-return", args=[result.pk])

    empty = official.post(url, {"reason": ""}, headers=HTMX)
    assert "Fill in “Reason”." in empty.content.decode()
    assert f'id="value-{result.pk}"' in empty.content.decode()

    done = official.post(url, {"reason": "Which wards?"}, headers=HTMX)
    assert "settled" in done.content.decode()
    assert result.decisions.get().reason == "Which wards?"


def test_returning_works_without_a_script(official, client, stream, submitted, secretary):
    result = submitted(stream, 120)
    url = reverse("result-return", args=[result.pk])
    assert official.get(url).status_code == 200

    client.force_login(secretary)
    response = client.post(url, {"reason": "Which wards?"})

    assert response["Location"] == result.get_absolute_url()


def test_the_chosen_values_are_verified_together(
    official, stream, by_sex, draft, obligation, partner_officer
):
    draft(stream, 120)
    draft(by_sex, 9)
    results = submit_report(obligation, by=partner_officer, at=IN_TIME)
    data = {"results": [result.pk for result in results], "method": "documents", "sample": "2 of 9"}

    response = official.post(reverse("results-verify"), data, follow=True)
    again = official.post(reverse("results-verify"), data)

    assert said(response) == ["2 values verified."]
    assert set(Result.objects.values_list("state", flat=True)) == {"verified"}
    assert "Nothing was verified." in said(again)[0]
    assert list(ResultDecision.objects.values_list("sample", flat=True)) == ["2 of 9"] * 2


def test_one_that_was_settled_meanwhile_leaves_the_others_chosen(
    official, stream, by_sex, submitted, focal_point
):
    first, second = submitted(stream, 120), submitted(by_sex, 9)
    verify_result(first, by=focal_point, method="documents", at=IN_TIME)

    response = official.post(
        reverse("results-verify"), {"results": [first.pk, second.pk], "method": "documents"}
    )

    sentence = (
        "Nothing was verified. SEK-1, KCDMS, Kitui: This value is already verified. "
        "Restate it to correct it."
    )
    assert said(response) == [sentence]
    body = response.content.decode()
    assert f'value="{second.pk}" form="bulk" checked' in body


@pytest.mark.parametrize("chosen", [[], ["abc"], ["99999999999999999999"], ["-1"]])
def test_choosing_nothing_or_nonsense_is_said(official, stream, submitted, chosen):
    submitted(stream, 120)

    response = official.post(reverse("results-verify"), {"results": chosen, "method": "documents"})

    assert list(response.context["form"].errors) == ["results"]


def test_another_countys_values_cannot_be_slipped_in(
    official, stream, stream_of, makueni, submitted
):
    theirs = submitted(stream_of(stream.version, place=makueni), 7)

    response = official.post(
        reverse("results-verify"), {"results": [theirs.pk], "method": "documents"}
    )

    assert list(response.context["form"].errors) == ["results"]
    theirs.refresh_from_db()
    assert theirs.state == "submitted"
