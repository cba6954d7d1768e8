"""Quarterly reviews: one pack a click, numbers by hand, nothing internal in public (4.3, R24)."""

import datetime as dt
import json
import re
from pathlib import Path
from unittest import mock

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from committees.models import AgendaItem
from committees.services.agenda_offers import take_up
from coordination.models import Event, Mail, Office
from coordination.services import storage
from coordination.services.snapshots import Snapshot, canonical
from coordination.services.storage import intact_content
from reporting.models import DecisionRequest, Review, ReviewFile, ReviewPack
from reporting.services.closings import is_in_published_review
from reporting.services.review_contents import compile_review, public_contents
from reporting.services.review_drawing import activities_csv, draw_review
from reporting.services.review_making import make_pack, sweep_packs
from reporting.services.reviews import (
    NoReviewCommittee,
    PackConsentMissing,
    PackInTheMaking,
    PackNotReady,
    PackOvertaken,
    QuarterNotInPlan,
    QuarterNotOver,
    ReviewIsPublished,
    ask_decision,
    cancel_pack,
    consent_to_pack,
    decisions_on,
    open_review,
    publish_pack,
    request_pack,
    retry_pack,
    send_request,
)
from tests.factories.committees import (
    ActionItemFactory,
    AlertFactory,
    DecisionFactory,
    PlannedMeetingFactory,
)
from tests.factories.coordination import PlaceFactory, SectorFactory
from tests.factories.plans import (
    ActivityEventFactory,
    BottleneckFactory,
    EventFollowUpFactory,
    LearningQuestionFactory,
    PlanningDocumentFactory,
    PlanningLineFactory,
    RiskFactory,
    UpdateFactory,
)
from tests.factories.workplans import (
    ActivityFactory,
    CommitmentFactory,
    OverlapFactory,
    PlanFactory,
)
from workplans.models import Activity, ActivityTie
from workplans.services.learning import answer_question, tell_sector_narrative
from workplans.services.updates import UpdateIsClosed, update_activity

from .deeds import report

NOW = dt.datetime(2021, 4, 20, 9, tzinfo=dt.UTC)
SECRET = "Quarrel over the dam"
State = ReviewPack.State
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def review(plan, quarter, review_body, secretary):
    review_body.kind = "review"
    review_body.save(update_fields=["kind"])
    return open_review(plan, quarter, by=secretary, at=NOW)


@pytest.fixture
def work(plan, quarter, quarters, organisations, kitui, secretary, mechanism, review_body, member):
    """Five activities of one sector, one of them internal, and everything around them."""
    water = SectorFactory(name="Water")
    kcdms, kiwash = organisations.kcdms, organisations.kiwash

    def activity(code, lead, **more):
        return ActivityFactory(
            plan=plan, code=code, lead=lead, places=[kitui], sector=water,
            **{"status": "on_track", **more},
        )  # fmt: skip

    told = activity("KTI-01", kcdms)
    hidden = activity("KTI-02", kcdms, title=SECRET, is_public=False)
    missing = activity("KTI-03", kiwash)
    hidden_missing = activity("KTI-04", kiwash, title=SECRET, is_public=False)
    later = activity("KTI-10", kiwash, starts_on=dt.date(2021, 5, 1), status="agreed")
    UpdateFactory(activity=told, period=quarters[1], status="on_track", next_step="Order pumps.")
    UpdateFactory(
        activity=told, period=quarter, status="delayed", status_reason="Late money.",
        percent_complete=40, narrative="Two boreholes drilled.", next_step="Fit the pumps.",
        began_on=dt.date(2021, 1, 18),
    )  # fmt: skip
    alert = AlertFactory(
        mechanism=mechanism, places=[kitui], title=SECRET, noticed_on=dt.date(2021, 2, 1)
    )
    UpdateFactory(activity=hidden, period=quarter, narrative=SECRET, alert=alert)
    # Told after the quarter: no part of its review.
    UpdateFactory(activity=missing, period=quarters[3], status="completed", narrative="All done.")
    ActivityEventFactory(
        activity=told, title="Pump school", state="held", persons=20, attendances=60,
        findings="Spare parts are far.",
    )  # fmt: skip
    ActivityEventFactory(
        activity=told, title=SECRET, state="held", persons=9, attendances=9, is_public=False
    )
    BottleneckFactory(plan=plan, description="No visas", activities=[told, hidden])
    BottleneckFactory(plan=plan, description=SECRET, is_public=False)
    ActionItemFactory(
        body=review_body, number=1, text=SECRET, owner_organisation=kcdms,
        due_on=dt.date(2021, 3, 1),
    )  # fmt: skip
    question = LearningQuestionFactory(mechanism=mechanism, number=1, text="What helped?")
    answer_question(
        question, plan, quarter, by=secretary, text="Joint visits.", seen_version=0, at=NOW
    )
    texts = dict.fromkeys(
        ["challenges", "causes", "opportunities", "learning", "best_practice"], ""
    )
    tell_sector_narrative(
        plan, quarter, water, by=secretary, seen_version=0, at=NOW,
        texts=texts | {"challenges": "Pumps fail."},
    )  # fmt: skip
    return {"told": told, "later": later, "hidden_missing": hidden_missing}


@pytest.fixture
def quick(monkeypatch):
    """Without the renderer, which takes seconds."""
    monkeypatch.setattr(
        "reporting.services.review_making.render_pdf", lambda pages, **_kept: pages.encode()
    )


def pack_of(review, by, *, seen=0):
    return request_pack(review, seen=seen, by=by, at=NOW)


def made(review, by, *, seen=0):
    pack = pack_of(review, by, seen=seen)
    make_pack(pack.pk, at=NOW)
    pack = ReviewPack.objects.get(pk=pack.pk)
    assert pack.state == State.READY, pack.failure
    return pack


def contents_of(review, by):
    pack = ReviewPack(review=review, number=1, requested_by=by, requested_at=NOW)
    return compile_review(pack, at=NOW).contents


# --- Opening ---


def test_a_quarter_has_one_review(plan, quarter, review, secretary):
    assert open_review(plan, quarter, by=secretary, at=NOW) == review
    assert review.body.slug == "review"


def test_only_quarters_of_the_plan_that_are_over_are_reviewed(plan, quarters, secretary):
    with pytest.raises(QuarterNotOver):
        open_review(plan, quarters[3], by=secretary, at=NOW)
    with pytest.raises(QuarterNotInPlan):
        open_review(plan, quarters[4], by=secretary, at=dt.datetime(2022, 1, 1, tzinfo=dt.UTC))


# --- The numbers, by hand ---


def test_the_dashboard_counts_what_the_review_shows(review, work, secretary):
    internal = contents_of(review, secretary)
    board = internal["dashboard"]

    # Five activities: one delayed, one ongoing (hidden), one not told (its only update came
    # later), one on track (hidden), one agreed and not begun.
    assert board["activities"] == 5
    assert {each["text"]: each["count"] for each in board["statuses"]} == {
        "not told": 1, "Agreed": 1, "On track": 1, "Ongoing": 1, "Delayed": 1,
    }  # fmt: skip
    # Due: 01, 02 received; 03 and 04 missing; 10 begins only in May.
    assert (board["updates_received"], board["updates_due"]) == (2, 4)
    assert internal["missing"] == [{"organisation": "KIWASH", "codes": ["KTI-03", "KTI-04"]}]
    # 60 + 9 attendances; unique persons of two events cannot be added.
    assert (board["events_held"], board["attendances"], board["persons"]) == (2, 69, None)
    assert (board["bottlenecks"], board["actions_overdue"]) == (2, 1)


def test_the_public_version_counts_anew(review, work, secretary):
    public = public_contents(contents_of(review, secretary))
    board = public["dashboard"]

    assert board["activities"] == 3
    assert (board["updates_received"], board["updates_due"]) == (1, 2)
    assert public["missing"] == [{"organisation": "KIWASH", "codes": ["KTI-03"]}]
    assert (board["events_held"], board["attendances"], board["persons"]) == (1, 60, 20)
    assert (board["bottlenecks"], board["actions_overdue"]) == (1, 0)
    [bottleneck] = public["bottlenecks"]
    assert [each["code"] for each in bottleneck["activities"]] == ["KTI-01"]


def test_an_activity_stands_as_at_the_end_of_the_quarter(review, work, secretary):
    [sector] = contents_of(review, secretary)["sectors"]
    told, _hidden, missing, *_rest = sector["rows"]

    assert (told["status"]["code"], told["percent"], told["reason"]) == (
        "delayed", 40, "Late money.",
    )  # fmt: skip
    assert (told["planned_before"], told["next_step"]) == ("Order pumps.", "Fit the pumps.")
    assert told["real"] == "from 18\u00a0Jan 2021"
    assert (missing["status"]["text"], missing["update"]) == ("not told", "missing")
    assert sector["narrative"] == [{"head": "Challenges", "text": "Pumps fail."}]


def test_a_sector_that_wrote_nothing_is_named(review, work, secretary):
    contents = contents_of(review, secretary)
    for name, narrative in [("Water", [{"head": "Learning", "text": "Ask."}]), ("Health", [])]:
        contents["sectors"].append(
            {"name": name, "department": "A department", "rows": [], "narrative": narrative}
        )

    paper = draw_review(Snapshot(canonical(contents)))

    assert "Health: nothing written." in paper
    assert paper.count("nothing written") == 1


def test_the_money_is_the_plans_and_the_publics_is_of_what_it_sees(
    review, work, organisations, secretary
):
    # A budget of 1,000 with 400 confirmed and 100 more promised lacks 600; one of 500 that is
    # internal, with 700 confirmed, lacks nothing and fills no gap elsewhere.
    hidden = Activity.objects.get(code="KTI-02")
    Activity.objects.filter(pk=work["told"].pk).update(budget_minor=1_000_00, currency="KES")
    Activity.objects.filter(pk=hidden.pk).update(budget_minor=500_00, currency="KES")
    kiwash = organisations.kiwash
    CommitmentFactory(activity=work["told"], organisation=kiwash, amount=500, confirmed=400)
    CommitmentFactory(activity=hidden, organisation=kiwash, amount=700, confirmed=700)
    internal = contents_of(review, secretary)
    public = public_contents(internal)

    def sums(contents):
        return {row["name"]: row["amounts"] for row in contents["money"]["sums"]}

    assert sums(internal)["Confirmed"] == ["KES 1,100"]
    assert sums(internal)["Indicative"] == ["KES 100"]
    assert (internal["money"]["gap"], public["money"]["gap"]) == (["KES 600"], ["KES 600"])
    assert (sums(public)["Budget"], sums(public)["Confirmed"]) == (["KES 1,000"], ["KES 400"])
    # All of it comes from another than the lead: what the joint plan brought to each (P15).
    for contents, brought in (
        (internal, {"KTI-01": ["KES 400"], "KTI-02": ["KES 700"]}),
        (public, {"KTI-01": ["KES 400"]}),
    ):
        leveraged = contents["money"]["leveraged"]
        assert {row["code"]: row["amounts"] for row in leveraged} == brought
    [partner] = internal["money"]["partners"]
    assert (partner["organisation"], partner["confirmed"]) == ("KIWASH", ["KES 1,100"])
    assert public["money"]["partners"] == []
    assert "money_of_all" not in public


def test_beside_a_target_stands_the_verified_figure_of_the_lead(
    review, work, quarters, quarter, version_of, streams_of, secretary
):
    # FY 2020/21: its third quarter is under review. KCDMS in Kitui: 30 in the second, 40 in the
    # third; 5 more wait for the county. KIWASH's 7 and KCDMS's 90 in Makueni are no part of it.
    version = version_of()
    in_kitui, of_peer, in_makueni = streams_of(version)
    report(in_kitui, quarters[1], 30)
    report(in_kitui, quarter, 40)
    report(of_peer, quarter, 7)
    report(in_makueni, quarter, 90)
    work["told"].outputs.create(indicator=version.indicator, q1=10, q3=50)
    work["told"].outputs.create(wording="Boreholes drilled", unit="boreholes", q3=4)

    [sector] = contents_of(review, secretary)["sectors"]
    farmers, boreholes = sector["rows"][0]["outputs"]

    figures = ("target", "quarter", "to_date", "percent")
    assert [farmers[name] for name in figures] == ["50", "40", "70", "80.0%"]
    assert [boreholes[name] for name in figures] == ["4", "–", "–", "–"]


def test_overlaps_are_inside_and_gaps_and_ties_are_of_what_one_sees(review, work, kitui, secretary):
    told, hidden = work["told"], Activity.objects.get(code="KTI-02")
    OverlapFactory(first=told, second=hidden, place=kitui)
    OverlapFactory(first=told, second=work["later"], place=kitui, state="resolved")
    ActivityTie.objects.create(kind="layering", first=told, second=hidden, note=SECRET)
    ActivityTie.objects.create(kind="sequencing", first=told, second=work["later"])
    internal = contents_of(review, secretary)
    public = public_contents(internal)

    assert (len(internal["overlaps"]), internal["dashboard"]["overlaps"]) == (1, 1)
    assert ("overlaps" in public, public["dashboard"]["overlaps"]) == (False, 0)
    assert [row["kind"] for row in internal["ties"]] == ["Layering", "Sequencing"]
    assert [row["kind"] for row in public["ties"]] == ["Sequencing"]
    assert SECRET not in draw_review(Snapshot(canonical(public)))


def test_wards_that_a_sector_does_not_reach_are_named_the_least_served_first(
    review, work, plan, kitui, organisations, secretary
):
    ikanga = PlaceFactory(parent=kitui, slug="ikanga", name="Ikanga")
    PlaceFactory(parent=kitui, slug="mutomo", name="Mutomo")
    health = SectorFactory(name="Health")
    ActivityFactory(
        plan=plan, code="KTI-20", lead=organisations.kcdms, places=[ikanga], sector=health
    )

    rows = contents_of(review, secretary)["coverage"]

    assert [(row["ward"], row["idle"]) for row in rows] == [("Mutomo", ["Health"])]


def test_lines_of_unpublished_documents_stay_inside(review, work, mechanism, kitui, secretary):
    public = PlanningLineFactory(
        document=PlanningDocumentFactory(mechanism=mechanism, place=kitui, state="published")
    )
    draft = PlanningLineFactory(
        document=PlanningDocumentFactory(mechanism=mechanism, place=kitui, state="draft"),
        title=SECRET,
    )
    Activity.objects.filter(code="KTI-01").update(adp_line=public)
    Activity.objects.filter(code="KTI-03").update(adp_line=draft)
    internal = contents_of(review, secretary)

    assert internal["unreferenced"] == ["KTI-02", "KTI-04", "KTI-10"]
    shown = public_contents(internal)
    assert shown["unreferenced"] == ["KTI-10"]
    texts = [row["line"]["text"] for sector in shown["sectors"] for row in sector["rows"]]
    assert texts == [str(public), "", ""]


# --- Leaks (R24) ---


def test_nothing_internal_is_in_the_public_papers(review, work, secretary):
    internal = contents_of(review, secretary)
    public = Snapshot(canonical(public_contents(internal)))
    asked = Snapshot(canonical(internal))

    assert SECRET in asked.text
    for paper in (public.text, draw_review(public), activities_csv(public).decode()):
        for secret in (SECRET, "KTI-02", "KTI-04", "Secretariat,"):
            assert secret not in paper
        assert "Two boreholes drilled." in paper


def test_the_reason_of_a_request_stays_inside(review, work, secretary, focal_point):
    ask_decision(review, by=focal_point, text="Move 2 m to water.", reason=SECRET, at=NOW)

    public = json.dumps(public_contents(contents_of(review, secretary)))

    assert "Move 2 m to water." in public
    assert SECRET not in public


def test_the_public_page_and_files_hold_no_secret(
    client, review, work, secretary, focal_point, quick, settings
):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"  # who may have a file; what is in it, below
    pack = made(review, secretary)
    kinds = {file.kind: file for file in pack.files.all()}
    assert client.get(review.get_absolute_url()).status_code == 404
    assert client.get(kinds["pdf"].get_absolute_url()).status_code == 404

    consent_to_pack(pack, by=focal_point, at=NOW)
    publish_pack(pack, by=secretary, at=NOW)

    page = client.get(review.get_absolute_url()).content.decode()
    assert "Two boreholes drilled." in page
    assert SECRET not in page
    for kind in ReviewFile.PUBLIC:
        assert client.get(kinds[kind].get_absolute_url()).status_code == 200
        assert SECRET not in intact_content(kinds[kind].path, kinds[kind].sha256).decode()
        assert kinds[kind].sha256 in page
    assert client.get(kinds["internal"].get_absolute_url()).status_code == 404
    client.force_login(focal_point)
    assert SECRET in client.get(review.get_absolute_url()).content.decode()
    assert client.get(kinds["internal"].get_absolute_url()).status_code == 200


@pytest.fixture
def public_file(review, work, secretary, focal_point, quick):
    """The PDF of a review that anyone may read."""
    pack = made(review, secretary)
    consent_to_pack(pack, by=focal_point, at=NOW)
    publish_pack(pack, by=secretary, at=NOW)
    return pack.files.get(kind="pdf")


def test_a_changed_or_lost_file_is_refused_and_the_secretariat_told_once(
    client, public_file, secretary
):
    """R22: as with the file of a report."""
    stored = Path(default_storage.path(public_file.path))
    stored.write_bytes(b"%PDF-1.7 another")
    changed = client.get(public_file.get_absolute_url())
    stored.unlink()
    lost = client.get(public_file.get_absolute_url())

    assert (changed.status_code, lost.status_code) == (503, 503)
    letter = Mail.objects.get(key__startswith="review-file-damaged")
    assert (letter.recipient, public_file.sha256 in letter.body) == (secretary.email, True)


def test_of_a_file_that_cannot_be_reached_nobody_is_told_that_it_is_damaged(
    client, public_file, monkeypatch
):
    client.raise_request_exception = False
    away = mock.Mock(**{"open.side_effect": storage.StorageAway})
    monkeypatch.setattr(storage, "default_storage", away)

    answer = client.get(public_file.get_absolute_url())

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert not Mail.objects.filter(key__startswith="review-file-damaged").exists()


def test_every_part_keeps_its_heading_where_a_phone_folds_it(review, work, secretary):
    """What is folded away is no heading of the page: each stands before its fold, once."""
    contents = contents_of(review, secretary)
    html = render_to_string("reporting/review_parts.html", {"contents": contents, "as_cards": True})
    unfolded = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    labels = re.findall(r'aria-labelledby="(part-\w+)"', html)

    assert len(labels) == 14
    assert re.findall(r'<h2 (?:class="fold__heading" )?id="(part-\w+)"', unfolded) == labels


def test_an_internal_paper_says_so(review, work, secretary):
    internal = Snapshot(canonical(contents_of(review, secretary)))

    assert "INTERNAL" in draw_review(internal)
    assert "INTERNAL" not in draw_review(Snapshot(canonical(public_contents(internal.contents))))


def test_only_a_page_that_shows_its_contents_reads_a_pack(
    client, review, work, secretary, quick, snapshots_read
):
    client.force_login(secretary)
    made(review, secretary)
    made(review, secretary, seen=1)
    begun = pack_of(review, secretary, seen=2)
    plan = review.plan
    pages = [
        reverse("review-list", args=[plan.mechanism.slug, plan.slug]),
        reverse("pack-progress", args=[review.slug, begun.number]),
        reverse("desk"),
        review.get_absolute_url(),
    ]

    def reads(address):
        return snapshots_read(ReviewPack, lambda: client.get(address, headers=HTMX))

    assert [reads(address) for address in pages] == [0, 0, 0, 1]


def test_the_list_tells_the_state_of_the_newest_pack(client, review, work, secretary, quick):
    client.force_login(secretary)
    made(review, secretary)
    cancel_pack(pack_of(review, secretary, seen=1), by=secretary)

    page = client.get(reverse("review-list", args=[review.plan.mechanism.slug, review.plan.slug]))

    [listed] = page.context["reviews"]
    assert [pack.state for pack in listed.packs.all()] == [State.READY, State.CANCELLED]


def test_strangers_are_told_the_state_of_published_packs_alone(client, public_file, secretary):
    review = public_file.pack.review
    waiting = ReviewPack(review=review, number=2, requested_by=secretary, requested_at=NOW)
    waiting.save()
    address = reverse("review-list", args=[review.plan.mechanism.slug, review.plan.slug])

    [listed] = client.get(address).context["reviews"]

    assert [pack.state for pack in listed.packs.all()] == [State.PUBLISHED]


# --- Made once (C1) ---


def test_one_click_twice_is_one_pack(client, review, secretary):
    client.force_login(secretary)
    address = reverse("pack-request", args=[review.slug])

    for _click in range(2):
        client.post(address, {"seen": 0})

    assert review.packs.count() == 1
    with pytest.raises(PackInTheMaking):
        pack_of(review, secretary, seen=1)


def test_the_same_snapshot_gives_the_same_papers(review, work, secretary, quick):
    pack = made(review, secretary)
    make_pack(pack.pk, at=NOW)

    assert sorted(pack.files.values_list("kind", flat=True)) == ["csv", "internal", "json", "pdf"]
    snapshot = Snapshot(pack.snapshot.encode())
    file = pack.files.get(kind="internal")
    assert intact_content(file.path, file.sha256).decode() == draw_review(snapshot)
    assert pack.snapshot_sha256 == snapshot.sha256
    public = pack.files.get(kind="json")
    assert json.loads(intact_content(public.path, public.sha256)) == public_contents(pack.contents)


def test_a_pack_of_someone_whose_office_ended_fails_and_says_so(review, secretary, quick):
    pack = pack_of(review, secretary)
    Office.objects.filter(holder=secretary).update(ends_on=dt.date(2020, 12, 31))

    make_pack(pack.pk, at=NOW)

    pack.refresh_from_db()
    assert (pack.state, pack.failure) == (State.FAILED, "rights")
    assert Mail.objects.filter(key__startswith=f"pack-failed:{pack.pk}").count() == 1


def test_a_pack_that_broke_off_waits_for_another_attempt(review, secretary, monkeypatch):
    def broken(*_pages, **_kept):
        raise RuntimeError

    monkeypatch.setattr("reporting.services.review_making.draw_review", broken)
    pack = pack_of(review, secretary)
    for _attempt in range(3):
        make_pack(pack.pk, at=NOW)

    pack.refresh_from_db()
    assert (pack.state, pack.failure, pack.attempts) == (State.FAILED, "unexpected", 3)
    # Tried again it is made afresh.
    monkeypatch.undo()
    monkeypatch.setattr(
        "reporting.services.review_making.render_pdf", lambda pages, **_kept: pages.encode()
    )
    retry_pack(pack, by=secretary, at=NOW)
    make_pack(pack.pk, at=NOW)
    pack.refresh_from_db()
    assert pack.state == State.READY


def test_the_sweeper_ends_what_died_too_often(review, secretary):
    pack = pack_of(review, secretary)
    ReviewPack.objects.filter(pk=pack.pk).update(
        state=State.RUNNING, attempts=3, claim_token="dead",
        lease_until=timezone.now() - dt.timedelta(hours=1),
    )  # fmt: skip

    sweep_packs()

    pack.refresh_from_db()
    assert (pack.state, pack.failure) == (State.FAILED, "worker")


def test_a_cancelled_pack_is_discarded(review, secretary, quick):
    pack = pack_of(review, secretary)
    cancel_pack(pack, by=secretary, at=NOW)

    make_pack(pack.pk, at=NOW)

    pack.refresh_from_db()
    assert (pack.state, pack.files.count()) == (State.CANCELLED, 0)


# --- Consent and publication (R22, R25) ---


def test_the_secretariat_alone_never_publishes(review, work, secretary, focal_point, quick):
    pack = made(review, secretary)
    with pytest.raises(PackConsentMissing):
        publish_pack(pack, by=secretary, at=NOW)

    consented = consent_to_pack(pack, by=focal_point, at=NOW)
    assert consented.consent_post == "County focal point, Kitui"
    publish_pack(pack, by=secretary, at=NOW)
    publish_pack(pack, by=secretary, at=NOW)

    assert Event.objects.about(pack).filter(verb="reporting.pack_published").count() == 1
    with pytest.raises(ReviewIsPublished):
        pack_of(review, secretary, seen=1)
    with pytest.raises(ReviewIsPublished):
        ask_decision(review, by=secretary, text="More.", reason="", at=NOW)


def test_consent_holds_for_the_newest_pack_alone(review, work, secretary, focal_point, quick):
    first = made(review, secretary)
    pack_of(review, secretary, seen=1)

    with pytest.raises(PackOvertaken):
        consent_to_pack(first, by=focal_point, at=NOW)
    with pytest.raises(PackNotReady):
        consent_to_pack(review.packs.get(number=2), by=focal_point, at=NOW)


def test_what_is_published_closes_the_updates_of_its_quarter(
    review, work, quarter, secretary, focal_point, partner_officer, quick
):
    pack = made(review, secretary)
    consent_to_pack(pack, by=focal_point, at=NOW)
    publish_pack(pack, by=secretary, at=NOW)

    assert is_in_published_review(work["told"], quarter)
    with pytest.raises(UpdateIsClosed):
        update_activity(
            work["told"], quarter, by=partner_officer, seen_version=1, at=NOW,
            status="on_track", status_reason="", percent_complete=50,
            narrative="Other.", next_step="",
        )  # fmt: skip


# --- Decisions requested ---


def test_a_request_goes_to_the_agenda_and_comes_back_decided(
    client, review, work, review_body, secretary, focal_point, chair
):
    asked = ask_decision(review, by=focal_point, text="Move 2 m to water.", reason="Gap.", at=NOW)
    for _click in range(2):
        asked = send_request(asked, by=secretary, at=NOW)
    assert AgendaItem.objects.filter(body=review_body, title="Move 2 m to water.").count() == 1
    client.force_login(focal_point)
    page = client.get(review.get_absolute_url()).content.decode()
    waits = f'<a href="{review_body.get_absolute_url()}">{review_body}</a>'
    assert waits in page
    assert "waits for its next agenda" in page

    meeting = PlannedMeetingFactory(body=review_body)
    item = take_up(meeting, asked.item, by=secretary)
    decision = DecisionFactory(meeting=meeting, body=review_body, item=item, text="Agreed.")

    assert decisions_on([asked]) == {asked.pk: [decision]}
    [row] = contents_of(review, secretary)["requests"]
    assert [each["text"] for each in row["decisions"]] == ["Agreed."]
    # Its minutes are not confirmed: the public reads the request and no decision yet.
    [shown] = public_contents(contents_of(review, secretary))["requests"]
    assert (shown["text"], shown["decisions"]) == ("Move 2 m to water.", [])
    client.force_login(secretary)
    assert decision.reference in client.get(review.get_absolute_url()).content.decode()


def test_a_deferred_request_is_followed_to_its_decision(review, review_body, secretary):
    asked = ask_decision(review, by=secretary, text="Move money.", reason="", at=NOW)
    asked = send_request(asked, by=secretary, at=NOW)
    first = PlannedMeetingFactory(body=review_body)
    item = take_up(first, asked.item, by=secretary)
    second = PlannedMeetingFactory(body=review_body)
    again = AgendaItem.objects.create(
        body=review_body, meeting=second, title="Move money.", carried_from=item
    )
    decision = DecisionFactory(meeting=second, body=review_body, item=again)

    assert decisions_on([asked]) == {asked.pk: [decision]}


def test_without_a_committee_a_request_waits(client, plan, quarter, secretary):
    review = open_review(plan, quarter, by=secretary, at=NOW)
    asked = ask_decision(review, by=secretary, text="Move money.", reason="", at=NOW)

    with pytest.raises(NoReviewCommittee):
        send_request(asked, by=secretary, at=NOW)
    client.force_login(secretary)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "It waits until the mechanism has a review committee." in page
    assert "Send it to the committee" not in page


def test_the_last_reviews_requests_are_matters_arising(
    plan, review, quarters, secretary, review_body
):
    before = open_review(plan, quarters[1], by=secretary, at=NOW)
    ask_decision(before, by=secretary, text="Meet monthly.", reason="", at=NOW)

    [row] = contents_of(review, secretary)["earlier"]

    assert (row["text"], row["sent"]) == ("Meet monthly.", False)


def test_what_waits_since_a_review_before_the_last_is_not_lost(
    plan, review, quarters, secretary, review_body
):
    for quarter, text in zip(quarters[:2], ("Meet monthly.", "Share a car."), strict=True):
        for wish in (text, f"{text} Soon."):
            ask_decision(
                open_review(plan, quarter, by=secretary, at=NOW),
                by=secretary, text=wish, reason="", at=NOW,
            )  # fmt: skip
    meeting = PlannedMeetingFactory(body=review_body)
    for asked in DecisionRequest.objects.filter(text__endswith="Soon."):
        item = send_request(asked, by=secretary, at=NOW).item
        DecisionFactory(meeting=meeting, body=review_body, item=item)

    rows = contents_of(review, secretary)["earlier"]

    # Of the last review all, of those before it what nobody has decided.
    assert [row["text"] for row in rows] == ["Meet monthly.", "Share a car.", "Share a car. Soon."]


# --- Pages ---


def test_the_list_opens_a_review_and_the_page_asks_for_a_pack(
    client, plan, quarter, review_body, secretary
):
    client.force_login(secretary)
    page = client.get(reverse("review-list", args=["sek", plan.slug]))
    assert quarter in page.context["form"].fields["period"].queryset

    answer = client.post(reverse("review-open", args=["sek", plan.slug]), {"period": quarter.code})

    review = Review.objects.get()
    assert answer.url == review.get_absolute_url()
    assert "Make the pack" in client.get(answer.url).content.decode()


def test_a_county_neighbour_sees_no_review_before_it_is_public(client, review, neighbour):
    client.force_login(neighbour)
    assert client.get(review.get_absolute_url()).status_code == 404


def test_a_copy_of_a_published_review_is_known_and_no_internal_one(
    client, review, work, secretary, focal_point, quick
):
    pack = made(review, secretary)
    consent_to_pack(pack, by=focal_point, at=NOW)
    prints = dict(pack.files.values_list("kind", "sha256"))

    def ask(sha256):
        asked = client.get(
            reverse("copy-check"), {"sha256": sha256}, HTTP_ACCEPT="application/json"
        )
        return asked.json()["known"]

    assert not ask(prints["pdf"])
    publish_pack(pack, by=secretary, at=NOW)
    known = [ask(prints[kind]) for kind in ("pdf", "csv", "json", "internal")]
    assert known == [True, True, True, False]


def test_a_pack_of_many_activities_asks_no_more_than_one_of_few(
    review, work, plan, quarter, kitui, organisations, secretary, django_assert_max_num_queries
):
    with CaptureQueriesContext(connection) as few:
        contents_of(review, secretary)
    for number in range(20, 50):
        activity = ActivityFactory(
            plan=plan, code=f"KTI-{number}", lead=organisations.kcdms, places=[kitui]
        )
        UpdateFactory(activity=activity, period=quarter)
        ActivityEventFactory(activity=activity)
        BottleneckFactory(plan=plan, activities=[activity])

    with django_assert_max_num_queries(len(few)):
        contents_of(review, secretary)


def test_a_desk_names_what_waits_for_its_reader(
    client, review, work, organisations, peer, secretary, focal_point, quick
):
    event = ActivityEventFactory(activity=work["told"])
    EventFollowUpFactory(event=event, owner=organisations.kiwash, due_on=dt.date(2021, 1, 1))
    pack = made(review, secretary)
    ask_decision(review, by=secretary, text="Move money.", reason="", at=NOW)

    def lists(user):
        client.force_login(user)
        found = client.get(reverse("desk")).context["committee_lists"]
        return {each.key: [row.title for row in each.rows] for each in found}

    assert lists(peer)["follow-ups"] == ["Mend the pump."]
    assert lists(focal_point)["reviews-to-consent"] == [str(pack)]
    assert "reviews-to-publish" not in lists(secretary)
    assert lists(secretary)["requests-to-send"] == ["Move money."]
    consent_to_pack(pack, by=focal_point, at=NOW)
    assert "reviews-to-consent" not in lists(focal_point)
    assert lists(secretary)["reviews-to-publish"] == [str(pack)]


def test_the_library_leads_the_public_to_published_reviews(
    client, review, work, secretary, focal_point, quick
):
    pack = made(review, secretary)
    assert list(client.get(reverse("report-list")).context["reviews"]) == []

    consent_to_pack(pack, by=focal_point, at=NOW)
    publish_pack(pack, by=secretary, at=NOW)

    page = client.get(reverse("report-list"))
    assert review.get_absolute_url() in page.content.decode()


def test_open_risks_stand_in_the_pack_and_internal_ones_inside_alone(
    review, plan, secretary, organisations
):
    """P34: 3 x 3 before 2 x 2; what is closed is no risk any more."""
    hidden = ActivityFactory(plan=plan, code="KTI-08", is_public=False)
    shared = RiskFactory(plan=plan, what="Herds move in", is_public=True, activities=[hidden])
    shared.shares.create(organisation=organisations.kiwash,
                         takes_on="Water trucks")  # fmt: skip
    RiskFactory(plan=plan, what=SECRET, likelihood=3, impact=3)
    RiskFactory(
        plan=plan, what="Over", state="closed", closed_on=NOW.date(), closed_because="It rained."
    )

    inside = contents_of(review, secretary)
    outside = public_contents(inside)

    assert [row["text"] for row in inside["risks"]] == [SECRET, "Herds move in"]
    [row] = outside["risks"]
    assert (row["likelihood"], row["impact"], row["activities"]) == ("Possible", "Serious", [])
    assert row["shares"] == [{"organisation": "KIWASH", "takes_on": "Water trucks"}]
    assert SECRET not in str(outside)
    assert "Water trucks" in draw_review(Snapshot(canonical(inside)))
