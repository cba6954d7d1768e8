"""The pages of a report: the list, the grid, submission, texts, extension and exemption."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coordination.models import Event, Office
from coordination.templatetags.interface import error_links
from tests.factories.coordination import PeriodFactory
from tests.factories.workplans import ObligationFactory, StreamFactory
from workplans.models import Narrative, Result
from workplans.services.obligations import exempt_obligation, save_narrative
from workplans.services.results import submit_report
from workplans.services.verification import return_result

from .conftest import IN_TIME

HOSTILE = [
    "1_000",
    "１２",
    "1e5",
    "NaN",
    "1e309",
    "[]",
    "9" * 100_000,
    "1.23456",
    "=1+1",
    "\u202e1",
]


def field(stream, name="numerator"):
    return f"s{stream.pk}-{name}"


def cell(stream, category, which="numerator"):
    return f"s{stream.pk}-c{category.pk}-{which}"


@pytest.fixture
def officer(client, partner_officer):
    client.force_login(partner_officer)
    return client


@pytest.fixture
def page(obligation):
    return obligation.get_absolute_url()


def said(response):
    return [str(message) for message in response.context["messages"]]


def listing(obligation):
    return reverse("obligation-list", args=[obligation.mechanism.slug])


def form_of(response, stream):
    return response.context["form"].of_stream(stream.pk)


# --- The list ---


def test_the_list_says_who_has_reported_on_what(
    client, mechanism, obligation, stream, submitted, organisations, secretary, quarter
):
    submitted(stream, 120)
    ObligationFactory(mechanism=mechanism, organisation=organisations.kiwash, period=quarter)
    client.force_login(secretary)

    response = client.get(reverse("obligation-list", args=["sek"]))

    lines = response.context["lines"]
    assert [
        (line.organisation.slug, standing.status, standing.waiting)
        for line in lines
        for standing in line.standings
    ] == [("kcdms", "on_time", 1), ("kiwash", "overdue", 0)]


def test_the_list_shows_four_quarters_and_leads_to_the_others(
    client, mechanism, organisations, secretary
):
    for number in range(6):
        period = PeriodFactory(year=2020 + number // 4, quarter=number % 4 + 1)
        ObligationFactory(mechanism=mechanism, organisation=organisations.kcdms, period=period)
    client.force_login(secretary)

    first = client.get(reverse("obligation-list", args=["sek"]))
    second = client.get(reverse("obligation-list", args=["sek"]), {"page": "2"})

    assert [period.code for period, _label in first.context["periods"]] == [
        "2020-q3",
        "2020-q4",
        "2021-q1",
        "2021-q2",
    ]
    assert [period.code for period, _label in second.context["periods"]] == ["2020-q1", "2020-q2"]
    named = client.get(reverse("obligation-list", args=["sek"]), {"period": "2020-q2"})
    assert named.context["periods"] == second.context["periods"]


def test_the_list_takes_the_same_number_of_queries_for_many_organisations(
    client, mechanism, organisations, quarter, secretary
):
    client.force_login(secretary)
    url = reverse("obligation-list", args=["sek"])
    counts = []
    for organisation in (organisations.kcdms, organisations.kiwash, organisations.elsewhere):
        ObligationFactory(mechanism=mechanism, organisation=organisation, period=quarter)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_an_empty_list_says_what_belongs_there(client, mechanism, secretary):
    client.force_login(secretary)

    response = client.get(reverse("obligation-list", args=["sek"]))

    assert "No reports yet" in response.content.decode()


# --- The grid ---


def test_the_grid_shows_last_value_what_is_due_and_fields(
    officer, page, stream, quarters, verified, target
):
    verified(stream, 120, period=quarters[1])
    target(stream.version, 1200)

    response = officer.get(page)

    row = form_of(response, stream).row
    assert (row.last.numerator, row.due.value) == (120, 900)
    assert response.context["progress"].total == 1
    assert f'name="{field(stream)}"' in response.content.decode()


def test_the_grid_takes_the_same_number_of_queries_for_many_rows(
    officer, page, version_of, stream, stream_of, sex, target, draft
):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(page).status_code == 200
        return len(queries)

    target(stream.version, 1200)
    draft(stream, 5)
    stream.version.disaggregations.add(sex)
    count()  # caches of content types
    one = count()
    for code in ("SEK-8", "SEK-9"):
        other = stream_of(version_of(code, disaggregations=[sex]))
        target(other.version, 1200)
        draft(other, 5)
    assert count() == one


def test_a_draft_is_saved(officer, page, stream, by_sex, sex):
    female, male, _not_stated = sex.categories.order_by("position")

    response = officer.post(page, {
        field(stream): "1,250.5",
        field(stream, "note"): "Two wards.",
        field(by_sex): "9",
        cell(by_sex, female): "5",
        cell(by_sex, male): "4",
    }, follow=True)  # fmt: skip

    assert said(response) == ["Draft saved: 2 rows."]
    assert str(stream.results.get().numerator) == "1250.5000"
    assert by_sex.results.get().cells.count() == 2


def test_a_draft_leads_to_its_evidence(officer, page, stream, draft):
    drafted = draft(stream, 5)

    body = officer.get(page).content.decode()
    assert f'href="{drafted.get_absolute_url()}">Evidence, details' in body


def test_saving_twice_is_one_deed(officer, page, stream):
    for _click in range(2):
        officer.post(page, {field(stream): "120"})

    assert stream.results.get().version == 1
    assert Event.objects.filter(verb="workplans.result_drafted").count() == 1


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_wrong_number_is_said_at_its_field_and_nothing_is_saved(
    officer, page, stream, by_sex, typed
):
    response = officer.post(page, {field(stream): typed, field(by_sex): "9"})

    assert response.status_code == 200
    assert list(form_of(response, stream).errors) == ["numerator"]
    assert form_of(response, stream)["numerator"].value() == typed
    assert form_of(response, by_sex)["numerator"].value() == "9"
    assert not Result.objects.exists()


def test_what_was_typed_is_escaped(officer, page, stream):
    response = officer.post(page, {field(stream): '"><script>alert(1)</script>'})

    assert "<script>alert" not in response.content.decode()


def test_a_text_that_is_too_long_is_said_at_its_field(officer, page, stream):
    response = officer.post(page, {field(stream): "5", field(stream, "note"): "x" * 2001})

    assert list(form_of(response, stream).errors) == ["note"]


@pytest.mark.parametrize("version", ["abc", "-1", "99999999999999999999", "0"])
def test_a_hostile_version_is_an_error_and_not_a_crash(officer, page, stream, version):
    response = officer.post(page, {field(stream): "5", field(stream, "version"): version})

    assert response.status_code == 200
    assert not Result.objects.exists()


def test_the_second_of_two_editors_sees_both_values_and_may_replace(
    officer, page, stream, draft, partner_signatory
):
    draft(stream, 120, by=partner_signatory)

    response = officer.post(page, {field(stream): "140", field(stream, "version"): ""})

    row = form_of(response, stream)
    assert row.is_conflict
    assert row.differences == [("Value (farmers)", "140", "120")]
    assert stream.results.get().numerator == 120

    officer.post(page, {field(stream): "140", field(stream, "version"): row.row.result.version})
    assert stream.results.get().numerator == 140


def test_a_value_submitted_meanwhile_is_not_overwritten(officer, page, stream, submitted):
    submitted(stream, 120)

    officer.post(page, {field(stream): "140", field(stream, "version"): "1"})

    assert stream.results.get().numerator == 120


def test_returned_values_show_every_reason(officer, page, stream, submitted, focal_point):
    return_result(submitted(stream, 120), by=focal_point, reason="Which <wards>?", at=IN_TIME)

    body = officer.get(page).content.decode()

    assert "Which &lt;wards&gt;?" in body


def test_what_came_back_stands_first_and_unfolded_with_its_reason(
    officer, page, stream, by_sex, submitted, focal_point
):
    submitted(by_sex, 9)
    return_result(submitted(stream, 120), by=focal_point, reason="Which wards?", at=IN_TIME)

    response = officer.get(page)

    assert [row.stream for row in response.context["returned"]] == [stream]
    places = response.context["places"]
    assert [(section.is_unfolded, len(section.forms)) for section in places] == [(True, 2)]


def test_of_the_places_to_fill_in_the_first_alone_stands_open_on_a_phone(
    officer, page, stream, stream_of, makueni
):
    stream_of(stream.version, place=makueni)

    places = officer.get(page).context["places"]
    assert [section.is_unfolded for section in places] == [True, False]


def test_what_is_submitted_says_whom_it_waits_for(officer, page, stream, submitted, focal_point):
    submitted(stream, 120)
    said = " ".join(officer.get(page).content.decode().split())
    assert "nobody: no focal point" not in said
    assert f"the focal point of {focal_point.offices.get().organisation}, to verify 1 value" in said

    Office.objects.filter(holder=focal_point).delete()
    said = " ".join(officer.get(page).content.decode().split())
    assert "nobody: no focal point holds office there." in said


def test_where_all_is_submitted_nothing_is_offered_to_save(
    officer, page, stream, by_sex, submitted
):
    submitted(stream, 120)
    submitted(by_sex, 9)

    response = officer.get(page)

    assert not any(section.is_unfolded for section in response.context["places"])
    assert "Check and submit" not in response.content.decode()


# --- Keeping the draft while typing ---


def keep(client, page, data):
    return client.post(page, data, headers={"Accept": "application/json"})


def test_typing_keeps_the_draft_and_answers_the_new_versions(officer, page, stream, by_sex):
    response = keep(officer, page, {field(stream): "120"})

    assert response.status_code == 200
    answer = response.json()
    assert answer["message"] == "Draft kept. 1 of 2 filled."
    assert answer["fields"] == {field(stream, "version"): "1", field(by_sex, "version"): ""}
    assert answer["faults"] == {}


def test_typing_answers_how_the_report_and_its_rows_stand_now(
    officer, page, stream, by_sex, draft, kitui
):
    draft(by_sex, 9)

    parts = keep(officer, page, {field(stream): "120", field(by_sex): "9"}).json()["parts"]

    assert list(parts) == [
        "filled",
        *(f"filled-{at}{kitui.pk}" for at in ("", "of-", "in-")),
        f"state-{stream.pk}",
    ]
    assert parts[f"filled-{kitui.pk}"] == "2 of 2 filled"
    assert "Draft" in parts[f"state-{stream.pk}"]


@pytest.mark.parametrize(
    ("rules", "typed", "name", "sentence"),
    [
        ({}, {"numerator": "12x"}, "numerator", "Enter a number, such as 1250 or 1,250.5."),
        ({}, {"numerator": "-3"}, "numerator", "This cannot be less than 0."),
        (
            {"percentage": True},
            {"numerator": "11", "denominator": "10"},
            "numerator",
            "The numerator (11) is more than the denominator (10).",
        ),
        (
            {},
            {"numerator": "5"},
            "deviation",
            "Say why this is 10% or more away from the 300 due by now.",
        ),
    ],
)
def test_typing_answers_what_is_wrong_already(
    officer, version_of, stream_of, target, obligation, rules, typed, name, sentence
):
    stream = stream_of(version_of("SEK-9", **rules))
    if name == "deviation":
        target(stream.version, 400)
    data = {field(stream, one): value for one, value in typed.items()}

    answer = keep(officer, obligation.get_absolute_url(), data).json()

    assert answer["faults"] == {field(stream, name): [sentence]}


def test_a_sum_that_is_half_typed_is_no_fault_yet(officer, page, by_sex, sex):
    female = sex.categories.get(key="female")

    answer = keep(officer, page, {field(by_sex): "100", cell(by_sex, female): "60"}).json()

    assert (answer["message"], answer["faults"]) == ("Draft kept. 1 of 2 filled.", {})


def test_a_half_typed_row_does_not_keep_the_others_from_being_kept(officer, page, stream, by_sex):
    response = keep(officer, page, {field(stream): "12x", field(by_sex): "9"})

    assert response.status_code == 409
    assert response.json()["message"] == ("1 of 2 filled. Not kept: SEK-1, Kitui. Save to see why.")
    assert list(Result.objects.values_list("stream", flat=True)) == [by_sex.pk]


def test_a_conflict_while_typing_keeps_the_version_that_was_seen(
    officer, page, stream, draft, partner_signatory
):
    draft(stream, 120, by=partner_signatory)

    response = keep(officer, page, {field(stream): "140"})

    assert response.status_code == 409
    assert response.json()["fields"] == {}


# --- Submission ---


def test_check_and_submit_leads_to_the_question(officer, page, stream, obligation):
    response = officer.post(page, {field(stream): "120", "then": "submit"})

    assert response["Location"] == reverse("obligation-submit", args=obligation.address)
    assert stream.results.get().state == "draft"


def test_the_question_names_what_is_sent_and_what_stays_missing(
    officer, obligation, stream, by_sex, draft
):
    draft(stream, 120)

    response = officer.get(reverse("obligation-submit", args=obligation.address))

    assert [result.stream for result in response.context["ready"]] == [stream]
    assert [row.stream for row in response.context["missing"]] == [by_sex]
    assert [key for key, _title in response.context["unwritten"]] == Narrative.Section.values
    assert response.context["is_late"]


def test_a_fault_is_said_at_its_field_and_nothing_is_submitted(
    officer, obligation, by_sex, draft, parts
):
    draft(by_sex, 100, cells=parts(female=60, male=30))
    url = reverse("obligation-submit", args=obligation.address)

    for response in (officer.get(url), officer.post(url)):
        row = form_of(response, by_sex)
        assert row.errors == {"numerator": ["Sex: the parts are 10 less than the total."]}
        assert row["numerator"].value() == "100"
    assert by_sex.results.get().state == "draft"


def test_a_fault_of_a_part_is_said_at_the_part_and_named_once(
    officer, obligation, by_sex, draft, parts, sex
):
    draft(by_sex, 100, cells=parts(female=101, male=-1))

    response = officer.get(reverse("obligation-submit", args=obligation.address))

    male = sex.categories.get(key="male")
    errors = form_of(response, by_sex).errors
    assert errors == {f"c{male.pk}-numerator": ["This cannot be less than 0."]}
    summary = error_links(None, response.context["form"])
    assert [link.label for link in summary] == ["SEK-2, Kitui, Sex: Male"]


def test_a_forgotten_numerator_is_said_before_the_question_is_asked(
    officer, obligation, stream, draft, by_sex, parts
):
    draft(stream, 120)
    draft(by_sex, None, cells=parts(female=60))

    response = officer.get(reverse("obligation-submit", args=obligation.address))

    assert list(form_of(response, by_sex).errors.values()) == [["Enter the total."]]


def test_submitting_twice_is_one_deed(officer, obligation, stream, draft):
    draft(stream, 120)
    url = reverse("obligation-submit", args=obligation.address)

    first = officer.post(url, follow=True)
    second = officer.post(url, follow=True)

    assert said(first) == ["1 value submitted."]
    assert said(second) == ["There is nothing new to submit."]
    assert Event.objects.filter(verb="workplans.report_submitted").count() == 1


# --- Who sees what ---


@pytest.mark.parametrize(
    "reader", ["peer", "focal_point", "county_lead", "secretary", "donor_officer"]
)
def test_a_draft_shows_its_figure_to_nobody_else(
    client, page, stream, draft, obligation, partner_officer, cast, reader
):
    draft(stream, 918273, note="Canary note", deviation="Canary deviation")
    save_narrative(obligation, "impact", by=partner_officer, text="Canary text")
    client.force_login(cast[reader])

    body = client.get(page).content.decode()

    assert "918273" not in body.replace(",", "")
    assert "Canary" not in body
    assert "data-grid" not in body


def test_the_secretariat_knows_that_a_draft_exists_and_its_age(
    client, page, stream, draft, secretary, peer
):
    draft(stream, 918273)

    client.force_login(secretary)
    body = client.get(page).content.decode()
    assert "and 1 draft, last edited 10\u00a0Apr 2021, 12:00\u00a0EAT" in body

    client.force_login(peer)
    assert "last edited" not in client.get(page).content.decode()


@pytest.mark.parametrize("reader", ["outsider", "former_officer", "administrator"])
def test_who_takes_no_part_finds_nothing(client, page, cast, reader):
    client.force_login(cast[reader])

    assert client.get(page).status_code == 404


def test_texts_are_open_once_the_report_is_submitted(
    client, page, stream, draft, obligation, partner_officer, peer
):
    save_narrative(obligation, "impact", by=partner_officer, text="Farmers sold.")
    draft(stream, 120)
    submit_report(obligation, by=partner_officer, at=IN_TIME)
    client.force_login(peer)

    assert "Farmers sold." in client.get(page).content.decode()


def test_an_exempt_report_is_read_only_and_says_why(client, page, obligation, secretary, officer):
    client.force_login(secretary)
    client.post(
        reverse("obligation-exempt", args=obligation.address), {"reason": "Closed for floods."}
    )
    client.force_login(obligation.organisation.offices.first().holder)

    body = client.get(page).content.decode()

    assert "Closed for floods." in body
    assert "data-grid" not in body


def test_what_was_typed_into_a_report_that_is_exempt_by_now_is_still_there(
    officer, page, obligation, stream, secretary
):
    exempt_obligation(obligation, by=secretary, reason="Closed for floods.")

    response = officer.post(page, {field(stream): "120", field(stream, "note"): "Counted twice."})

    typed = form_of(response, stream)
    assert (response.status_code, typed["numerator"].value(), typed["note"].value()) == (
        200,
        "120",
        "Counted twice.",
    )
    body = response.content.decode()
    assert 'value="120"' in body
    assert body.count("This report is exempt; nothing is due.") == 1
    assert not Result.objects.exists()


# --- The secretariat's deeds ---


def test_an_extension_is_granted(client, obligation, secretary):
    client.force_login(secretary)

    response = client.post(
        reverse("obligation-extend", args=obligation.address),
        {"to": "2021-05-15", "reason": "Floods."},
        follow=True,
    )

    obligation.refresh_from_db()
    assert (said(response), obligation.last_day) == (
        ["The last day is extended."],
        dt.date(2021, 5, 15),
    )


@pytest.mark.parametrize(
    ("data", "at_fault"),
    [
        ({"to": "2021-04-30", "reason": "Floods."}, "to"),
        ({"to": "9999-12-31", "reason": "Floods."}, "to"),
        ({"to": "0001-01-01", "reason": "Floods."}, "to"),
        ({"to": "soon", "reason": "Floods."}, "to"),
        ({"to": "2021-05-15", "reason": ""}, "reason"),
        ({"to": "2021-05-15", "reason": "x" * 301}, "reason"),
    ],
)
def test_a_wrong_extension_is_said_at_its_field(client, obligation, secretary, data, at_fault):
    client.force_login(secretary)

    response = client.post(reverse("obligation-extend", args=obligation.address), data)

    assert list(response.context["form"].errors) == [at_fault]
    assert response.context["form"]["reason"].value() == data["reason"]
    obligation.refresh_from_db()
    assert obligation.extended_to is None


def test_a_submitted_report_is_not_exempted(client, obligation, stream, submitted, secretary):
    submitted(stream, 120)
    client.force_login(secretary)

    response = client.post(
        reverse("obligation-exempt", args=obligation.address), {"reason": "Floods."}
    )

    assert response.context["form"].non_field_errors() == [
        "This report has already been submitted."
    ]


# --- Texts ---


def narrative(obligation, section="impact"):
    return reverse("narrative-edit", args=[*obligation.address, section])


def test_a_text_is_written(officer, obligation):
    officer.post(narrative(obligation), {"text": "Farmers sold.", "version": ""})

    assert obligation.narratives.get().text == "Farmers sold."


def test_the_second_writer_is_shown_both_texts(officer, obligation, partner_signatory):
    save_narrative(obligation, "impact", by=partner_signatory, text="Prices held.")

    response = officer.post(narrative(obligation), {"text": "Farmers sold.", "version": ""})

    conflict = response.context["conflict"]
    assert conflict.fields == [("Text", "Farmers sold.", "Prices held.", "")]
    assert conflict.who == partner_signatory
    officer.post(
        narrative(obligation),
        {"text": "Farmers sold.", "version": response.context["form"]["version"].value()},
    )
    assert obligation.narratives.get().text == "Farmers sold."


def test_an_unknown_section_is_not_found(officer, obligation):
    assert officer.get(narrative(obligation, "gossip")).status_code == 404


@pytest.mark.parametrize("path", ["2021-q9/kcdms/", "2021-q1/nobody/", "2021-q1/kiwash/"])
def test_a_report_that_nobody_owes_is_not_found(officer, obligation, path):
    assert officer.get(f"/mechanisms/sek/reporting/{path}").status_code == 404


def test_other_streams_rows_cannot_be_slipped_in(officer, page, stream, organisations, kitui):
    """Scenario 3: a field with another organisation's key changes nothing of theirs."""
    theirs = StreamFactory(version=stream.version, organisation=organisations.kiwash, place=kitui)

    officer.post(page, {field(stream): "5", field(theirs): "7"})

    assert list(Result.objects.values_list("stream", flat=True)) == [stream.pk]


def test_an_exemption_is_lifted_and_the_report_is_open_again(
    client, page, obligation, secretary, partner_officer
):
    client.force_login(secretary)
    client.post(reverse("obligation-exempt", args=obligation.address), {"reason": "Floods."})
    address = reverse("exemption-lift", args=obligation.address)
    offered = [address in client.get(url).content.decode() for url in (page, listing(obligation))]

    response = client.post(address, {"reason": "Roads are open."}, follow=True)

    assert offered == [True, True]
    assert said(response) == ["The report is due again."]
    assert address not in response.content.decode()
    client.force_login(partner_officer)
    assert "data-grid" in client.get(page).content.decode()


def test_a_second_click_on_lifting_is_told_that_nothing_is_exempt(client, obligation, secretary):
    client.force_login(secretary)
    client.post(reverse("obligation-exempt", args=obligation.address), {"reason": "Floods."})

    for _click in range(2):
        response = client.post(
            reverse("exemption-lift", args=obligation.address), {"reason": "Roads are open."}
        )

    assert response.context["form"].non_field_errors() == ["This report is not exempt."]
    assert response.context["form"]["reason"].value() == "Roads are open."
    assert Event.objects.filter(verb="workplans.exemption_lifted").count() == 1


def test_lifting_after_the_last_day_says_so_before(client, obligation, secretary):
    client.force_login(secretary)
    client.post(reverse("obligation-exempt", args=obligation.address), {"reason": "Floods."})

    body = client.get(reverse("exemption-lift", args=obligation.address)).content.decode()

    assert "Its last day was 30\u00a0Apr 2021: the report is overdue at once." in body


def test_what_keeps_an_exemption_from_being_lifted_is_said_before(
    client, obligation, stream, secretary
):
    client.force_login(secretary)
    client.post(reverse("obligation-exempt", args=obligation.address), {"reason": "Floods."})
    stream.delete()
    address = reverse("exemption-lift", args=obligation.address)

    before = client.get(address).content.decode()
    refused = client.post(address, {"reason": "Roads are open."})

    sentence = "Nothing is asked of this organisation for this quarter"
    assert sentence in before
    assert refused.context["form"].non_field_errors()[0].startswith(sentence)
