"""Minutes and guides on paper: made once, marked while they are drafts, held back with care."""

import io
import re

import pikepdf
import pytest
from django.urls import reverse

from committees.models import Access, Body, Meeting, Minutes, Printout
from committees.services.guide_contents import guide_contents
from committees.services.minutes import circulate_minutes, confirm_minutes
from committees.services.minutes_contents import minutes_contents
from committees.services.printouts import make_printout, request_printout, sweep_printouts
from committees.services.sessions import close_meeting, open_meeting, write_item
from committees.services.typesetting import draw_printout
from coordination.models import Mail
from coordination.services.snapshots import Snapshot, canonical
from coordination.services.storage import intact_content
from tests.factories.committees import (
    AgendaItemFactory,
    BodyFactory,
    MeetingFactory,
    PlannedMeetingFactory,
    SeatFactory,
)

from .test_minutes import DURING, SECRET, START, UNTIL

State = Printout.State
HTMX = {"HX-Request": "true"}


@pytest.fixture
def quick(monkeypatch):
    """Without the renderer, which takes seconds."""
    monkeypatch.setattr(
        "committees.services.printouts.render_pdf", lambda pages, **_kept: pages.encode()
    )


@pytest.fixture
def minutes(review_body, body_secretary):
    """Of a public meeting that was held, with an item that only the body reads; circulated."""
    meeting = PlannedMeetingFactory(body=review_body, starts_at=START, access=Access.PUBLIC)
    items = [
        AgendaItemFactory(meeting=meeting, title="The plan"),
        AgendaItemFactory(meeting=meeting, title=SECRET, is_restricted=True),
    ]
    open_meeting(meeting, by=body_secretary, at=START)
    for item in items:
        words = {"text": f"On {item.title}.", "outcome": "noted"}
        write_item(item, by=body_secretary, seen_version=1, **words, at=DURING)
    meeting = close_meeting(meeting, by=body_secretary, at=DURING)
    return circulate_minutes(meeting.minutes, by=body_secretary, corrections_until=UNTIL, at=DURING)


@pytest.fixture
def confirmed(minutes, chair):
    return confirm_minutes(
        minutes, by=chair, confirmed_at=None, chair_post="CECM Water", secretary_post="Secretary"
    )


@pytest.fixture
def ask(body_secretary):
    def do(minutes, **kept):
        mechanism = minutes.meeting.body.mechanism
        return request_printout(mechanism, minutes=minutes, **{"by": body_secretary, **kept})

    return do


def made(printout):
    make_printout(printout.pk)
    printout = Printout.objects.select_related("file").get(pk=printout.pk)
    assert printout.state == State.READY, printout.failure
    return printout


def text_of(printout):
    return intact_content(printout.file.path, printout.file.sha256).decode()


def test_a_second_click_gets_the_first_ones_printout(minutes, ask):
    assert ask(minutes) == ask(minutes)


def test_confirming_has_both_papers_made_for_good(confirmed, ask, quick):
    full, public = Printout.objects.order_by("-is_in_full")
    assert (full.is_in_full, public.is_in_full) == (True, False)
    assert ask(confirmed) == made(public)
    assert Mail.objects.filter(key=f"printout:{public.pk}").exists()
    assert SECRET not in text_of(made(public))
    assert SECRET.replace("'", "&#x27;") in text_of(made(full))


def test_drafts_are_marked_and_confirmed_minutes_are_signed(minutes, ask, quick, chair):
    draft = text_of(made(ask(minutes)))
    assert draft.count("DRAFT") >= 3
    confirm_minutes(
        minutes, by=chair, confirmed_at=None, chair_post="CECM Water", secretary_post="Clerk"
    )
    paper = text_of(made(ask(Minutes.objects.get(pk=minutes.pk))))
    assert "DRAFT" not in paper
    assert "CECM Water" in paper
    assert "Clerk" in paper


def test_the_public_gets_the_confirmed_paper_and_never_a_draft(
    minutes, ask, quick, chair, public, member, outsider
):
    draft = ask(minutes)
    full_draft = ask(minutes, is_in_full=True)
    confirm_minutes(minutes, by=chair, confirmed_at=None, chair_post="C", secretary_post="S")
    full, paper = Printout.objects.filter(minutes_state="confirmed").order_by("-is_in_full")

    for stranger in (public, outsider):
        assert list(Printout.objects.visible_to(stranger)) == [paper]
    assert set(Printout.objects.visible_to(member)) == {draft, full_draft, full, paper}


def test_an_informal_meeting_is_printed_as_a_note(review_body, body_secretary, ask, quick):
    meeting = PlannedMeetingFactory(body=review_body, starts_at=START, kind=Meeting.Kind.INFORMAL)
    minutes = open_meeting(meeting, by=body_secretary, at=START)

    paper = text_of(made(ask(minutes)))

    assert "Note of informal meeting" in paper
    assert "No quorum, no decisions." in paper


def test_who_lost_the_office_gets_nothing_made(minutes, ask, quick, body_secretary):
    printout = ask(minutes)
    body_secretary.offices.update(ends_on=START.date())

    make_printout(printout.pk)

    printout.refresh_from_db()
    assert (printout.state, printout.failure) == (State.FAILED, "rights")


def test_a_broken_renderer_is_tried_again_and_then_said(minutes, ask, monkeypatch):
    def crash(*_pages, **_kept):
        raise RuntimeError

    monkeypatch.setattr("committees.services.printouts.render_pdf", crash)
    hinted = []
    module = "committees.services.printouts"
    monkeypatch.setattr(f"{module}.dispatch", lambda pk, **_at: hinted.append(pk))
    printout = ask(minutes)
    for _attempt in range(Printout.MAX_ATTEMPTS):
        make_printout(printout.pk)
        sweep_printouts()

    printout.refresh_from_db()
    assert (printout.state, printout.failure) == (State.FAILED, "unexpected")
    assert hinted == [printout.pk] * (Printout.MAX_ATTEMPTS - 1)
    assert ask(minutes) != printout  # asked for again, it is made anew


def test_the_same_snapshot_gives_the_same_pages(minutes):
    snapshot = Snapshot(canonical(minutes_contents(minutes, at=DURING)))
    assert draw_printout(snapshot) == draw_printout(snapshot)


def test_the_pdf_is_tagged_and_numbered(minutes, ask, figure):
    """The one test here with the real renderer."""
    printout = made(ask(minutes))
    content = intact_content(printout.file.path, printout.file.sha256)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert "DRAFT" in str(pdf.docinfo["/Title"])
        figure("minutes as PDF", f"{len(pdf.pages)} pages, {len(content) // 1024} KB, tagged")
    assert printout.file.name.endswith("-minutes-DRAFT.pdf")


# --- The guide ------------------------------------------------------------------------------------


def test_the_guide_tells_bodies_by_posts_alone(
    mechanism, review_body, chair, body_secretary, organisations
):
    Body.objects.filter(pk=review_body.pk).update(
        duties="Review the plan.\nReport.", quorum_seats=2, frequency="every quarter"
    )
    BodyFactory(mechanism=mechanism, parent=review_body, slug="wg1", state=Body.State.CONFIGURED)
    SeatFactory(body=review_body, title="Auditor", contact="audit@example.org", is_mandatory=True)
    MeetingFactory(body=review_body, number=1)

    told = guide_contents(mechanism)

    first, second = told["bodies"]
    assert first["duties"] == ["Review the plan.", "Report."]
    assert first["quorum"] == "at least 2 seats"
    assert (first["meetings"], first["last_meeting"]) == (1, "1\u00a0Feb 2020")
    assert (second["depth"], second["meetings"]) == (1, 0)
    assert [(seat["post"], seat["vacant"]) for seat in first["seats"]] == [
        ("Chair", False), ("Secretary", False), ("Auditor", True),
    ]  # fmt: skip
    paper = draw_printout(Snapshot(canonical(told)))
    assert "audit@example.org" not in paper
    assert not re.search(r"\{\{|\{%", paper)


def test_the_guide_is_asked_for_and_taken_away(client, secretary, mechanism, review_body, quick):
    client.force_login(secretary)
    client.post(reverse("guide-print", args=["sek"]))
    page = client.get(reverse("committee-guide", args=["sek"]))
    assert page.context["is_making"]
    printout = made(Printout.objects.get())

    client.logout()
    page = client.get(reverse("committee-guide", args=["sek"]))

    assert page.context["printout"] == printout
    answer = client.get(reverse("printout-file", args=[printout.pk]))
    answer.close()
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="sek-committees.pdf"' in answer["Content-Disposition"]


def test_no_page_reads_what_a_paper_was_drawn_from(
    client, secretary, mechanism, quick, snapshots_read
):
    client.force_login(secretary)
    made(request_printout(mechanism, by=secretary))
    begun = request_printout(mechanism, by=secretary)
    pages = [
        reverse("committee-guide", args=["sek"]),
        reverse("printout-progress", args=[begun.pk]),
    ]

    def reads(address):
        return snapshots_read(Printout, lambda: client.get(address, headers=HTMX))

    assert [reads(address) for address in pages] == [0, 0]


def test_why_there_is_none_is_said_in_words_that_fit_minutes_too():
    words = [str(label) for label in Printout.Failure.labels]

    assert [said for said in words if "edition" in said or "report" in said] == []


def test_a_damaged_paper_is_not_handed_out(client, secretary, mechanism, quick, settings):
    printout = made(request_printout(mechanism, by=secretary))
    printout.file.__class__.objects.update(sha256="0" * 64)

    assert client.get(reverse("printout-file", args=[printout.pk])).status_code == 503
