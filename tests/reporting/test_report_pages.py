"""The pages of reports: writing, asking, reviewing, publishing, reading, checking a copy."""

import datetime as dt
import os
import re
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from coordination.models import Award, Mail
from reporting.models import Edition, EditionFile, Report
from reporting.services.audits import edition_findings
from reporting.services.editions import consent_to_edition
from reporting.services.storage import remove_orphans
from reporting.templatetags.reports import opened
from tests.factories.coordination import AwardFactory, MechanismFactory, PeriodFactory
from tests.factories.reporting import ReportFactory, made_edition
from tests.factories.workplans import ObligationFactory

from .quarter import CUT_OFF

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_(client):
    """The client, signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def ready(told, secretary):
    return made_edition(told.report, by=secretary, at=CUT_OFF)


@pytest.fixture
def published(told, secretary):
    return made_edition(told.report, by=secretary, state="published", at=CUT_OFF)


def url(name, edition, *more):
    return reverse(name, args=[edition.report.slug, edition.number, *more])


def facts_of(response) -> dict[str, str]:
    """What the page says of its report: each term with its description."""
    return dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", response.content.decode()))


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- The library ---


def test_a_report_of_made_up_figures_says_so_in_every_list(client, published):
    assert "Illustrative" not in client.get(reverse("report-list")).content.decode()

    Edition.objects.update(is_illustrative=True)

    for name in ("report-list", "home"):
        assert "Illustrative" in client.get(reverse(name)).content.decode()


def test_awards_are_offered_with_their_numbers(client, published):
    award = AwardFactory(title="Resilience", number="AID-615-A-17-00010")
    AwardFactory(title="Water", number="")
    published.report.mechanism.awards.set(Award.objects.order_by("title"))

    form = client.get(reverse("report-list")).context["filter"].form

    offered = [label for _value, label in form.fields["award"].choices]
    assert f"Resilience ({award.number})" in offered
    assert "Water" in offered


# --- Writing ---


def test_the_quarters_with_reports_owed_are_offered_first(as_, secretary, mechanism, quarters):
    ObligationFactory(mechanism=mechanism, period=quarters[2])

    form = as_(secretary).get(reverse("report-create")).context["form"]

    _empty, (owed, first), (without, rest) = form["period"].field.choices
    assert (owed, [label for _value, label in first]) == ("With reports owed", [str(quarters[2])])
    assert (without, len(rest)) == ("Without", len(quarters) - 1)


def test_the_secretariat_begins_a_report_and_opens_the_same_one_again(
    as_, secretary, mechanism, quarter
):
    form = {"mechanism": "sek", "period": "2021-q1", "place": ""}

    for _ in range(2):
        answer = as_(secretary).post(reverse("report-create"), form)
        assert answer.headers["Location"] == "/reports/sek-2021-q1/"

    assert Report.objects.count() == 1


def test_a_report_is_begun_only_of_ones_own_mechanisms(as_, secretary, quarter):
    MechanismFactory(slug="preg")
    form = {"mechanism": "preg", "period": "2021-q1", "place": ""}

    answer = as_(secretary).post(reverse("report-create"), form)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["mechanism"]


def test_the_workspace_shows_what_reporters_sent_and_what_happens_next(as_, told, secretary):
    page = as_(secretary).get(told.report.get_absolute_url())

    assert page.status_code == 200
    assert [step for step in page.context["steps"] if step[1] == "now"] == [("Write", "now")]
    assert page.context["completeness"].received == 1
    impact = page.context["chapters"][0].texts[0]
    assert (impact.section.code, len(impact.narratives)) == ("impact", 1)
    with_an_empty_text = [each.number for each in page.context["chapters"] if each.is_empty]
    assert {"I", "IV"} & set(with_an_empty_text) == {"I"}


def test_the_workspace_tells_whose_words_each_text_begins_with(as_, told, secretary):
    page = as_(secretary).get(told.report.get_absolute_url()).content.decode()

    rows = {code: page.partition(f'<tr id="{code}">')[2].partition("</tr>")[0]
            for code in ("impact", "disclaimer", "summary_next")}  # fmt: skip
    states = ("Standard words", "As reported", "Empty")
    assert {code: [each for each in states if each in row] for code, row in rows.items()} == {
        "impact": ["As reported"],
        "disclaimer": ["Standard words"],
        "summary_next": ["Empty"],
    }


def test_the_workspace_takes_the_same_queries_for_more_editions(
    as_, told, secretary, django_assert_num_queries, django_assert_max_num_queries
):
    client = as_(secretary)
    made_edition(told.report, by=secretary)
    client.get(told.report.get_absolute_url())  # what a process reads once, it has read
    with django_assert_max_num_queries(60) as few:
        client.get(told.report.get_absolute_url())
    for number in (2, 3):
        made_edition(told.report, by=secretary, number=number)

    with django_assert_num_queries(len(few)):
        client.get(told.report.get_absolute_url())


def test_only_a_page_that_shows_its_figures_reads_an_edition(as_, told, secretary, snapshots_read):
    client = as_(secretary)
    made_edition(told.report, by=secretary)
    ready = made_edition(told.report, by=secretary, number=2)
    begun = made_edition(told.report, by=secretary, number=3, state="running")
    Edition.objects.filter(pk=begun.pk).update(stage="drawing")
    poll = reverse("edition-progress", args=[told.report.slug, begun.number])

    def reads(address):
        return snapshots_read(Edition, lambda: client.get(address, headers=HTMX))

    assert (reads(told.report.get_absolute_url()), reads(poll)) == (0, 0)
    assert reads(ready.get_absolute_url()) == 2  # the earlier one beside it


def test_a_section_is_saved_and_read_again(as_, told, secretary):
    address = reverse("report-section-edit", args=[told.report.slug, "lessons"])

    answer = as_(secretary).post(address, {"text": "Ours.\r\n\r\nTwo lines.", "seen": "0"})

    assert answer.headers["Location"] == "/reports/sek-2021-q1/#lessons"
    assert as_(secretary).get(address).context["form"]["text"].value() == "Ours.\n\nTwo lines."


def test_the_second_editor_sees_both_texts_and_may_save_again(as_, told, secretary):
    address = reverse("report-section-edit", args=[told.report.slug, "lessons"])
    client = as_(secretary)
    client.post(address, {"text": "First.", "seen": "0"})

    typed = {"text": "Second.", "initial-text": "Begun so.", "seen": "0"}
    conflict = client.post(address, typed)

    assert conflict.context["conflict"].fields == [("Text", "Second.", "First.", "Begun so.")]
    form = conflict.context["form"]
    assert (form["text"].value(), form["seen"].value()) == ("Second.", "1")
    assert client.post(address, {"text": "Second.", "seen": "1"}).status_code == 302
    assert told.report.sections.get().text == "Second."


def test_a_text_that_is_too_long_is_refused_with_its_length_and_kept(as_, told, secretary):
    address = reverse("report-section-edit", args=[told.report.slug, "impact"])

    answer = as_(secretary).post(address, {"text": "x" * 1801, "seen": "0"})

    assert answer.context["form"].errors["text"] == [
        "This section takes at most 1800 characters; it has 1801."
    ]
    assert answer.context["form"]["text"].value() == "x" * 1801


def test_a_text_of_too_many_lines_is_refused(as_, told, secretary):
    address = reverse("report-section-edit", args=[told.report.slug, "lessons"])

    answer = as_(secretary).post(address, {"text": "- a\n" * 601, "seen": "0"})

    assert answer.context["form"].errors["text"] == [
        "A section takes at most 600 lines; this one has 601."
    ]


@pytest.mark.parametrize("seen", ["", "-1", "x", "1e309"])
def test_a_section_with_a_broken_version_is_no_error_page(as_, told, secretary, seen):
    address = reverse("report-section-edit", args=[told.report.slug, "lessons"])

    answer = as_(secretary).post(address, {"text": "Ours.", "seen": seen})

    assert answer.status_code == 200
    assert not told.report.sections.exists()
    assert answer.context["form"]["text"].value() == "Ours."


def test_an_unknown_section_is_not_there(as_, told, secretary):
    address = reverse("report-section-edit", args=[told.report.slug, "nothing"])

    assert as_(secretary).get(address).status_code == 404


# --- Asking for an edition ---


def test_a_double_post_makes_one_edition(as_, told, secretary):
    address = reverse("edition-request", args=[told.report.slug])

    answers = [as_(secretary).post(address, {"seen": "0"}) for _ in range(2)]

    assert {answer.headers["Location"] for answer in answers} == {
        "/reports/sek-2021-q1/editions/1/"
    }
    assert Edition.objects.count() == 1


def test_a_request_without_a_number_goes_back_with_a_sentence(as_, told, secretary):
    address = reverse("edition-request", args=[told.report.slug])

    answer = as_(secretary).post(address, {}, follow=True)

    assert said(answer) == ["Open the report again and ask from there."]
    assert Edition.objects.count() == 0


def test_the_progress_is_told_until_the_edition_is_made(as_, edition, secretary):
    client = as_(secretary)
    address = url("edition-progress", edition)

    waiting = client.get(address, headers=HTMX)
    Edition.objects.filter(pk=edition.pk).update(state="failed", failure="time")
    ended = client.get(address, headers=HTMX)

    assert b'value="2"' in waiting.content
    assert ended.headers["HX-Refresh"] == "true"
    assert client.get(address).headers["Location"] == url("edition-detail", edition)


def test_a_failed_edition_says_why_and_offers_to_try_again(as_, edition, secretary):
    Edition.objects.filter(pk=edition.pk).update(state="failed", failure="time")
    client = as_(secretary)

    page = client.get(url("edition-detail", edition))
    assert "Making the PDF took too long." in page.content.decode()
    client.post(url("edition-retry", edition))

    assert Edition.objects.get().state == "queued"


def test_cancelling_twice_says_that_it_was_over(as_, edition, secretary):
    client = as_(secretary)
    client.post(url("edition-cancel", edition))

    again = client.post(url("edition-cancel", edition), follow=True)

    assert "This edition is no longer being made." in said(again)


# --- Review, consent, publication ---


def test_the_review_names_what_differs_from_the_edition_before(as_, told, ready, secretary):
    told.report.sections.create(
        code="lessons", text="Ours now.", edited_by=secretary, edited_at=CUT_OFF
    )
    second = made_edition(told.report, by=secretary, number=2, at=CUT_OFF)

    page = as_(secretary).get(url("edition-detail", second))

    (difference,) = page.context["differences"]
    assert difference.what == "II Lessons learned"
    assert difference.after == "text of 2 words"


def test_a_county_consents_and_the_secretariat_publishes(
    as_, ready, focal_point, secretary, public
):
    before = as_(secretary).post(url("edition-publish", ready), follow=True)
    as_(focal_point).post(url("edition-consent", ready))
    as_(secretary).post(url("edition-publish", ready))

    assert "must consent first" in said(before)[0]
    assert Edition.objects.get().state == "published"


def test_the_deed_stands_on_the_page_of_who_may_do_it(as_, ready, focal_point, secretary):
    county = as_(focal_point).get(url("edition-detail", ready))
    ours = as_(secretary).get(url("edition-detail", ready))

    assert (county.context["can_consent"], county.context["can_publish"]) == (True, False)
    assert (ours.context["can_consent"], ours.context["can_publish"]) == (False, True)


# --- What is published ---


def test_the_published_page_is_open_to_everyone_with_figures_files_and_hashes(client, published):
    page = client.get(published.report.get_absolute_url())
    text = page.content.decode()

    assert page.status_code == 200
    for file in published.files.all():
        assert file.sha256 in text
    for words in ("1,250", "66.7", "130.7%", "FY 2020/21 Q3", "1 of 2", "KIWASH"):
        assert words in text


def test_the_published_page_names_the_place_of_the_report_or_all_of_the_mechanism(
    client, published, told, secretary, kitui
):
    county = ReportFactory(
        mechanism=told.mechanism, period=told.period, place=kitui, slug="sek-2021-q1-kitui"
    )
    made_edition(county, by=secretary, state="published", at=CUT_OFF)

    said = {
        report.slug: facts_of(client.get(report.get_absolute_url()))
        for report in (published.report, county)
    }

    assert said["sek-2021-q1"]["Places"] == "Kitui, Makueni"
    assert said["sek-2021-q1-kitui"]["Place"] == "Kitui"


def test_the_published_page_shows_nobody_and_no_draft(client, published, told):
    """R24, with names and drafts there that could leak."""
    text = client.get(published.report.get_absolute_url()).content.decode()

    for words in (
        "Secretariat</",
        "Data officer",
        "example.org",
        "nobody may read",
        "Internal matter",
    ):
        assert words not in text


def test_a_published_edition_leads_the_public_to_the_report(client, published):
    answer = client.get(url("edition-detail", published))

    assert answer.headers["Location"] == published.report.get_absolute_url()


def test_a_report_of_a_closed_mechanism_is_not_public(
    client, as_, published, mechanism, partner_officer
):
    mechanism.is_public = False
    mechanism.save(update_fields=["is_public"])

    assert client.get(published.report.get_absolute_url()).status_code == 404
    assert as_(partner_officer).get(published.report.get_absolute_url()).status_code == 200


def test_a_file_is_handed_out_whole_and_as_a_file(client, published):
    file = published.files.get(kind="pdf")

    answer = client.get(file.get_absolute_url())

    assert b"".join(answer.streaming_content) == b"%PDF-1.7 a stand-in" + str(published.pk).encode()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="sek-2021-q1-edition-1.pdf"'
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_changed_file_is_refused_and_the_secretariat_told_once(client, published, secretary):
    file = published.files.get(kind="pdf")
    Path(default_storage.path(file.path)).write_bytes(b"%PDF-1.7 another")

    answers = [client.get(file.get_absolute_url()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 503]
    letter = Mail.objects.get(key__startswith="edition-file-damaged")
    assert (letter.recipient, file.sha256 in letter.body) == (secretary.email, True)


def test_a_lost_file_is_told_of_as_a_changed_one(client, published, secretary):
    file = published.files.get(kind="pdf")
    default_storage.delete(file.path)

    assert client.get(file.get_absolute_url()).status_code == 503
    letter = Mail.objects.get(key__startswith="edition-file-damaged")
    assert letter.recipient == secretary.email


def test_a_file_of_an_edition_under_review_is_not_public(client, as_, ready, partner_officer):
    address = ready.files.get(kind="pdf").get_absolute_url()

    assert client.get(address).status_code == 404
    assert as_(partner_officer).get(address).status_code == 404


# --- The library ---


def listed(response) -> list[str]:
    return [report.slug for report in response.context["page"]]


@pytest.fixture
def library(published, secretary, organisations):
    """A second published report, of another mechanism, quarter, place and donor."""
    other = MechanismFactory(slug="preg", short_name="PREG")
    other.awards.add(AwardFactory(slug="preg-award", donor=organisations.elsewhere))
    report = ReportFactory(mechanism=other, period=PeriodFactory(year=2020, quarter=4))
    made_edition(report, by=secretary, state="published", at=CUT_OFF)
    return report


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", ["sek-2021-q1", "preg-2020-q4"]),
        ("?mechanism=sek", ["sek-2021-q1"]),
        ("?period=2020-q4", ["preg-2020-q4"]),
        ("?place=ke/kitui", ["sek-2021-q1"]),
        ("?award=preg-award", ["preg-2020-q4"]),
        ("?donor=usaid", ["sek-2021-q1"]),
        ("?donor=usaid&period=2020-q4", []),
    ],
)
def test_the_library_finds_reports(client, library, query, slugs):
    assert listed(client.get(reverse("report-list") + query)) == slugs


def test_the_tab_of_a_mechanism_without_reports_says_that_there_are_none(client, library):
    MechanismFactory(slug="lead", short_name="LEAD")

    page = client.get(reverse("report-list") + "?mechanism=lead")

    assert (list(page.context["page"]), page.context["filter"].form.errors) == ([], {})


def test_a_filter_that_offers_no_such_choice_says_so(client, library):
    page = client.get(reverse("report-list") + "?mechanism=nothing&page=x")

    assert page.status_code == 200
    assert list(page.context["filter"].form.errors) == ["mechanism"]


def test_the_tab_of_a_mechanism_without_a_report_says_what_comes_there(client, library):
    MechanismFactory(slug="nrcm")

    page = client.get(reverse("report-list") + "?mechanism=nrcm").content.decode()
    among = client.get(reverse("report-list") + "?mechanism=nrcm&period=2021-q1").content.decode()

    assert ("No reports published yet" in page, "No report matches these filters" in page) == (
        True, False,
    )  # fmt: skip
    assert "No report matches these filters" in among


def test_a_donor_officer_finds_the_reports_of_the_own_awards(as_, library, donor_officer):
    page = as_(donor_officer).get(reverse("report-list") + "?mine=1")

    assert listed(page) == ["sek-2021-q1"]
    assert page.context["is_donor"]


def test_a_donor_filters_the_reports_of_ones_own_awards_and_stays_among_them(
    as_, donor_officer, published
):
    page = as_(donor_officer).get(reverse("report-list") + "?mine=1&period=2021-q1")

    assert '<input type="hidden" name="mine" value="1">' in page.content.decode()
    assert f'<a href="{reverse("report-list")}?mine=1">Show all</a>' in page.content.decode()
    everything = as_(donor_officer).get(reverse("report-list"))
    assert 'name="mine"' not in everything.content.decode()


def test_who_writes_a_report_finds_it_in_the_library(as_, client, told, secretary, partner_officer):
    assert [str(each) for each in as_(secretary).get("/reports/").context["working"]] == [
        str(told.report)
    ]
    assert list(as_(partner_officer).get("/reports/").context["working"]) == []


def test_the_library_takes_the_same_queries_for_more_reports(
    client, library, secretary, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(25) as few:
        client.get(reverse("report-list"))
    for quarter in (1, 2):
        report = ReportFactory(
            mechanism=library.mechanism, period=PeriodFactory(year=2019, quarter=quarter)
        )
        made_edition(report, by=secretary, state="published")

    with django_assert_num_queries(len(few)):
        client.get(reverse("report-list"))


def test_who_works_on_a_published_report_is_told_that_it_does_not_change(
    as_, client, secretary, published
):
    page = published.report.get_absolute_url()

    assert "a correction appears in the next report" in as_(secretary).get(page).content.decode()
    client.logout()
    assert "a correction appears in" not in client.get(page).content.decode()


def test_an_edition_that_was_overtaken_leads_to_the_one_that_took_its_place(
    as_, secretary, told, ready
):
    newer = made_edition(told.report, by=secretary, state="published", number=2)

    page = as_(secretary).get(ready.get_absolute_url())

    assert page.context["newer"] == newer
    assert "Edition 2 has taken its place." in page.content.decode()
    assert f'href="{newer.get_absolute_url()}"' in page.content.decode()
    assert "Ready for review" not in page.content.decode()


# --- Checking a copy ---


def test_a_true_copy_is_known_by_its_hash(client, published):
    sha256 = published.files.get(kind="pdf").sha256

    page = client.get(reverse("copy-check"), {"sha256": f" {sha256.upper()} "})
    answer = client.get(
        reverse("copy-check"), {"sha256": sha256}, headers={"Accept": "application/json"}
    )

    assert page.context["copy"].url == published.report.get_absolute_url()
    assert answer.json()["known"] is True
    assert answer.json()["url"] == "/reports/sek-2021-q1/"


def test_a_changed_or_unpublished_copy_is_not_known(client, ready):
    unpublished = ready.files.get(kind="pdf").sha256

    for sha256 in ("0" * 64, unpublished):
        answer = client.get(
            reverse("copy-check"), {"sha256": sha256}, headers={"Accept": "application/json"}
        )
        assert answer.json() == {"known": False}


@pytest.mark.parametrize("value", ["", "abc", "0" * 65, "0" * 100_000, "\ud800", "é" * 64])
def test_what_is_no_hash_is_said_at_the_field(client, value):
    page = client.get(reverse("copy-check"), {"sha256": value.encode(errors="replace")})

    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["sha256"]


# --- Looking after the files ---


def test_a_changed_snapshot_is_named(published):
    Edition.objects.filter(pk=published.pk).update(
        snapshot=published.snapshot.replace("1,250", "9,250")
    )

    assert list(edition_findings()) == [f"changed: the snapshot of {published}"]


def test_what_is_as_it_was_made_passes(published):
    assert list(edition_findings()) == []


def test_a_file_that_no_edition_names_is_removed_when_it_is_old(
    settings, tmp_path, told, secretary
):
    settings.MEDIA_ROOT = str(tmp_path)
    made_edition(told.report, by=secretary, state="published")
    stray = tmp_path / "reports" / "ab" / "stray.pdf"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left behind")

    assert remove_orphans() == 0
    yesterday = (dt.datetime.now(tz=dt.UTC) - dt.timedelta(days=2)).timestamp()
    os.utime(stray, (yesterday, yesterday))
    assert remove_orphans() == 1
    assert not stray.exists()
    assert EditionFile.objects.count() == 3


def test_consent_is_shown_by_post_and_never_by_name(as_, ready, focal_point, secretary):
    consent_to_edition(ready, by=focal_point)

    page = as_(secretary).get(url("edition-detail", ready))

    assert "County focal point, Kitui" in page.content.decode()


LONG = "The rains came late, and the field schools began three weeks after they were due. " * 4


@pytest.mark.parametrize(
    ("text", "shown", "folded"),
    [
        ("", [], []),
        ("One line.", ["paragraph"], []),
        # What is short is not worth a touch.
        ("One line.\n\nAnother.", ["paragraph", "paragraph"], []),
        (f"One line.\n\n{LONG}", ["paragraph"], ["paragraph"]),
        # A heading alone says nothing.
        (f"# KCDMS\n\nOne line.\n\n{LONG}", ["heading", "paragraph"], ["paragraph"]),
        (f"- One\n- Two\n\n# WFP\n\n{LONG}", ["list"], ["heading", "paragraph"]),
        (LONG, ["paragraph"], []),
    ],
)
def test_a_long_text_shows_its_beginning_on_a_phone(text, shown, folded):
    halves = opened(text)
    assert [[block.kind for block in half] for half in halves] == [shown, folded]
