"""A report is opened once, and its sections begin with what reporters submitted."""

import pytest

from coordination.models import Event
from reporting.models import Report
from reporting.services.editions import ReportIsPublished
from reporting.services.reports import (
    PeriodNotBegun,
    PlaceNotCovered,
    SectionEditedMeanwhile,
    edit_section,
    open_report,
    section_texts,
)
from reporting.services.sections import SECTIONS
from tests.factories.coordination import PeriodFactory, PlaceFactory
from tests.factories.reporting import ReportFactory, made_edition
from workplans.models import Narrative

from .quarter import CUT_OFF, PROSE

pytestmark = pytest.mark.django_db
LESSONS = SECTIONS["lessons"]


def test_opening_a_report_twice_opens_one(mechanism, quarter, secretary):
    first = open_report(mechanism, quarter, by=secretary)
    second = open_report(mechanism, quarter, by=secretary)

    assert first == second
    assert first.slug == "sek-2021-q1"
    assert Event.objects.about(first).count() == 1


def test_a_place_has_a_report_of_its_own(mechanism, quarter, kitui, secretary):
    whole = open_report(mechanism, quarter, by=secretary)
    county = open_report(mechanism, quarter, kitui, by=secretary)

    assert county.slug == "sek-2021-q1-kitui"
    assert list(Report.objects.order_by("pk")) == [whole, county]


def test_only_places_that_the_mechanism_covers_have_a_report(mechanism, quarter, kenya, secretary):
    elsewhere = PlaceFactory(parent=kenya, slug="turkana")

    with pytest.raises(PlaceNotCovered):
        open_report(mechanism, quarter, elsewhere, by=secretary)


def test_a_quarter_that_has_not_begun_has_no_report(mechanism, secretary):
    with pytest.raises(PeriodNotBegun):
        open_report(mechanism, PeriodFactory(year=2021, quarter=3), by=secretary, at=CUT_OFF)


def test_a_section_begins_with_what_was_submitted_under_the_organisations_names(told):
    text = section_texts(told.report)["impact"]

    assert text.text == f"# KCDMS\n\n{PROSE}"
    assert text.stored is None


def test_whatever_reporters_are_asked_feeds_one_section(told):
    fed = [source for section in SECTIONS.values() for source in section.narratives]

    assert sorted(fed) == sorted(Narrative.Section.values)


@pytest.mark.parametrize("asked", ["finance", "administration", "deliverables"])
def test_the_last_chapters_begin_with_what_reporters_said_too(told, partner_officer, asked):
    Narrative.objects.create(
        obligation=told.received, section=asked, text="Two posts are vacant.",
        edited_by=partner_officer, edited_at=CUT_OFF,
    )  # fmt: skip

    assert section_texts(told.report)[asked].text == "# KCDMS\n\nTwo posts are vacant."


def test_a_draft_feeds_no_section(told):
    texts = section_texts(told.report)

    assert "draft" not in "".join(text.text for text in texts.values())


def test_a_report_on_a_place_begins_with_who_reports_there(told, mechanism, makueni):
    county = ReportFactory(
        mechanism=mechanism, period=told.period, place=makueni, slug="sek-2021-q1-makueni"
    )

    assert section_texts(county)["impact"].text == ""


def test_the_disclaimer_names_the_donors(told):
    assert section_texts(told.report)["disclaimer"].text == (
        "The views expressed in this report are those of its authors and do not necessarily "
        "reflect the views of The USAID organisation."
    )


def test_an_edited_section_keeps_the_secretariats_text(told, secretary):
    edit_section(told.report, LESSONS, text="Ours.", seen=0, by=secretary, at=CUT_OFF)

    text = section_texts(told.report)["lessons"]
    assert (text.text, text.version) == ("Ours.", 1)
    assert text.newer == []


def test_a_narrative_that_changes_later_is_pointed_out(told, secretary):
    edit_section(told.report, LESSONS, text="Ours.", seen=0, by=secretary, at=CUT_OFF)
    told.received.narratives.filter(section="lessons").update(edited_at=CUT_OFF.replace(day=6))

    assert [
        str(each.obligation.organisation) for each in section_texts(told.report)["lessons"].newer
    ] == ["KCDMS"]


def test_the_second_of_two_editors_is_shown_the_first_ones_text(told, secretary, holding):
    edit_section(told.report, LESSONS, text="First.", seen=0, by=secretary)

    with pytest.raises(SectionEditedMeanwhile) as caught:
        edit_section(told.report, LESSONS, text="Second.", seen=0, by=secretary)

    assert caught.value.stored.text == "First."
    assert told.report.sections.get().text == "First."


def test_saving_the_same_text_again_is_one_deed(told, secretary):
    edit_section(told.report, LESSONS, text="Ours.", seen=0, by=secretary)
    edit_section(told.report, LESSONS, text="Ours.", seen=0, by=secretary)

    assert told.report.sections.get().version == 1
    assert Event.objects.filter(verb="reporting.section_edited").count() == 1


def test_a_published_report_is_closed(told, secretary):
    made_edition(told.report, by=secretary, state="published")

    with pytest.raises(ReportIsPublished):
        edit_section(told.report, LESSONS, text="Too late.", seen=0, by=secretary)
