"""The demo says what the founding documents say, and its quarters add up as worked by hand."""

import datetime as dt
import functools
import html
import io
import re
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings

from committees.models import Alert, Body, Escalation, Meeting
from config.demo.accounts import ACCOUNTS, describe_accounts
from config.demo.sources import DATA, read
from config.verification import file_findings
from coordination.models import Mail, Mechanism, Membership, Origin, Period, Place, Role, User
from reporting.models import Edition, Report, ReviewPack
from reporting.services.completeness import completeness_of
from reporting.services.editions import request_edition
from reporting.services.figures import Absence
from reporting.services.reports import open_report
from reporting.services.reviews import review_body_of
from reporting.services.scopes import Scope
from reporting.services.snapshots import compile_snapshot
from tests.reporting.figures import figure_for
from workplans.models import (
    Activity,
    ActivityEvent,
    ActivityUpdate,
    Baseline,
    GatePass,
    Indicator,
    IndicatorVersion,
    JointWorkPlan,
    Nudge,
    Phase,
    PhaseItem,
    Result,
    Stream,
    Target,
    UpdateEvidence,
)
from workplans.services.obligations import open_ended_periods
from workplans.services.planning_calendars import misalignments, occurrences_of
from workplans.services.rollover import compare_years

FACTS = [
    (path, fact)
    for path, facts in yaml.safe_load(
        Path(__file__).with_name("demo_facts.yaml").read_text()
    ).items()
    for fact in facts
]

# On PostgreSQL the demo is loaded by the drills, which work with it.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo"), pytest.mark.one_database]


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo, loaded once and kept for all tests of this file."""
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(DEMO=True, MEDIA_ROOT=media),
        transaction.atomic(),
    ):
        call_command("load_demo", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sek():
    return Mechanism.objects.get(slug="sek")


def quarter(code):
    return Period.objects.get(code=code)


def version(code):
    return IndicatorVersion.objects.get(indicator__mechanism__slug="sek", indicator__code=code)


def figure(code, path, period):
    """As a page shows it for one quarter."""
    return figure_for(version(code), Scope.quarter(Place.objects.get(path=path), quarter(period)))


def names(reporters):
    return [str(reporter.organisation) for reporter in reporters]


# --- What the documents state ---


@pytest.fixture(scope="module")
def words_of(demo):
    """The words of a public page, read once."""

    @functools.cache
    def read_page(path):
        response = Client().get(path)
        assert response.status_code == 200, path
        words = re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2])
        return re.sub(r"\s+([,;.:])", r"\1", " ".join(html.unescape(words).split()))

    return read_page


@pytest.mark.parametrize(
    ("path", "fact"), FACTS, ids=[f"{path} {fact[:40]}" for path, fact in FACTS]
)
def test_a_fact_of_the_documents_stands_on_its_page(words_of, path, fact):
    assert fact in words_of(path)


def test_the_documents_mechanisms_are_there():
    assert set(Mechanism.objects.values_list("slug", flat=True)) == {
        "sek", "preg", "brace", "lead-sindh", "lead-balochistan", "dfgg",
    }  # fmt: skip


def test_kenya_has_47_counties():
    assert Place.objects.filter(level__country_code="KE", level__depth=1).count() == 47


def test_brace_has_34_activities_by_result_area_and_each_counts_once():
    activities = Activity.objects.filter(plan__slug="ta-2019-2020")
    assert Counter(activities.values_list("intended_result__code", flat=True)) == {
        "RA1": 9, "RA2": 7, "RA3": 4, "RA4": 6, "RA5": 8,
    }  # fmt: skip
    assert Counter(activities.values_list("status", flat=True)) == {
        "completed": 11, "ongoing": 13, "planned": 6, "postponed": 1, "suspended": 1,
        "under_review": 1, "pending": 1,
    }  # fmt: skip
    listed_elsewhere = activities.exclude(also_under=None).order_by("code")
    assert list(listed_elsewhere.values_list("code", "also_under__code")) == [
        ("1.7", "RA2"), ("1.8", "RA2"), ("4.5", "RA5"), ("4.6", "RA5"),
    ]  # fmt: skip


def test_bodies_have_met_as_often_as_stated():
    bodies = Body.objects.filter(mechanism__slug="brace").exclude(slug__startswith="jddc")
    met = {body.slug: Meeting.objects.of(body).counted().count() for body in bodies}
    assert met == {
        "spdc": 3, "scc": 0, "wg1": 0, "wg2": 0, "wg3": 0, "wg4": 0, "osc": 1, "sdpf": 0,
        "toc-wg": 0,
    }  # fmt: skip
    assert Body.objects.filter(slug__startswith="jddc").count() == 9


def test_the_steering_committee_finds_each_partners_plan_on_its_agenda(words_of):
    meeting = Meeting.objects.get(body__slug="osc", number=1)
    told = words_of(meeting.get_absolute_url())
    for partner in ("BRSP", "NRSP", "RSPN"):
        assert f"{partner}: what was done of its plan, and the plan to come" in told
    assert "Work plans of the Rural Support Programmes, 2019–2020" in told
    assert "1 of 2 activities completed" in told
    assert "Work plans of the implementing partners, 2020–2021" in told
    assert "2 activities planned" in told


def test_what_a_committee_gave_to_communes_is_read_as_far_as_its_minutes_are_confirmed(words_of):
    told = words_of("/mechanisms/dfgg/committees/psod-joint-committee/performance/")
    assert "Reviewed: 3 of 4" in told
    # (8 + 6 + 4) of 25, after (6 + 5 + 3): what was scored in December 2013 is not confirmed yet.
    assert "72.0%" in told
    assert "+16.0 percentage points" in told
    assert "nothing published" in told
    assert "KHR 14,500,000" in told
    assert "USD 1,200" in told


def test_kituis_review_has_a_committee_to_send_its_request_to():
    body = Body.objects.get(mechanism__slug="sek", slug="kitui-review")

    seated = body.seats.filter(appointments__confirmed_at__isnull=False)

    assert seated.count() == 4
    assert review_body_of(JointWorkPlan.objects.get(slug="kitui-2020-2021")) == body


def test_dates_that_are_known_to_the_month_say_so():
    held = Meeting.objects.filter(body__slug="spdc").order_by("held_on")
    assert list(held.values_list("held_on", "is_day_known")) == [
        (dt.date(2018, 3, 1), True),
        (dt.date(2019, 10, 1), False),
        (dt.date(2020, 2, 1), False),
    ]


def test_the_notified_bodies_were_notified_on_one_day():
    notified = Body.objects.filter(notified_on=dt.date(2020, 2, 12)).order_by("slug")
    assert list(notified.values_list("slug", "state")) == [
        ("scc", "suspended"),
        ("wg1", "suspended"),
        ("wg2", "suspended"),
        ("wg3", "suspended"),
        ("wg4", "suspended"),
    ]


def test_sek_has_six_founding_members_and_two_that_came_later(sek):
    members = sek.memberships.order_by("organisation__short_name")
    founding = members.filter(is_founding=True).values_list("organisation__short_name", flat=True)
    assert list(founding) == ["AVCD", "FAO", "KCDMS", "KIM", "LMS", "WFP"]
    later = members.filter(is_founding=False).values_list("organisation__short_name", flat=True)
    assert list(later) == ["CASE OVC", "KIWASH"]


def test_the_backbones_award_bears_its_number(sek):
    assert sek.awards.get(prime__slug="rla").number == "72061519CA00001"


def test_what_is_suggested_to_brace_is_a_draft_and_nobody_reports_it():
    suggested = IndicatorVersion.objects.filter(indicator__mechanism__slug="brace")
    assert Counter(suggested.values_list("state", flat=True)) == {"draft": 6}
    assert not suggested.exclude(streams=None).exists()


def test_origins_are_kept():
    assert Membership.objects.get(organisation__slug="opm").origin == Origin.PUBLIC
    assert Body.objects.get(slug="larkana").origin == Origin.PUBLIC
    assert Mechanism.objects.exclude(origin=Origin.DOCUMENT).count() == 0
    drafted_for_samburu = Activity.objects.filter(plan__mechanism__slug="preg")
    assert set(drafted_for_samburu.values_list("origin", flat=True)) == {Origin.ILLUSTRATIVE}


def test_every_file_is_what_its_row_says():
    assert list(file_findings()) == []


# --- SEK's quarters ---


def test_reports_were_on_time_late_missing_and_exempt(sek):
    at = dt.datetime(2021, 3, 1, tzinfo=dt.UTC)
    received = completeness_of(sek, quarter("2020-q4"), at=at)
    assert (received.received, received.due) == (6, 7)
    assert names(received.missing) == ["KIM"]
    assert names(received.late) == ["AVCD"]
    assert names(received.exempt) == ["LMS"]
    assert names(received.extended) == ["CASE OVC"]


def test_kcdms_has_left_its_grid_of_the_last_quarter_to_the_visitor(sek):
    received = completeness_of(sek, quarter("2021-q1"))
    assert names(received.missing) == ["KCDMS"]
    assert names(received.late) == ["CASE OVC"]
    own = Result.objects.filter(stream__organisation__slug="kcdms", period__code="2021-q1")
    assert Counter(own.values_list("state", flat=True)) == {"draft": 5}


def test_kitui_has_values_to_verify_and_one_that_was_returned():
    in_kitui = Result.objects.filter(stream__place__path__startswith="ke/kitui").filter(
        period__code="2021-q1"
    )
    assert Counter(in_kitui.values_list("state", flat=True)) == {
        "submitted": 18,
        "returned": 1,
        "draft": 5,
    }


def test_farmers_trained_in_kitui_are_the_sum_worked_by_hand():
    """KCDMS 386 (restated from 412) and 298, FAO 162: 846."""
    farmers = figure("O2.1", "ke/kitui", "2020-q4")
    assert (farmers.value, farmers.provisional_value) == (Decimal(846), None)
    # Taita Taveta: AVCD 204 and 178, FAO 140. Makueni: KCDMS 355 and 241.
    assert figure("O2.1", "ke/taita-taveta", "2020-q4").value == 522
    assert figure("O2.1", "ke/makueni", "2020-q4").value == 596
    assert figure("O2.1", "ke", "2020-q4").value == 846 + 522 + 596


def test_values_that_wait_are_provisional_and_drafts_count_nowhere():
    farmers = figure("O2.1", "ke/kitui", "2021-q1")
    assert (farmers.value, farmers.absence) == (None, Absence.UNVERIFIED)
    assert farmers.provisional_value == 171
    assert figure("O2.1", "ke", "2021-q1").value == 221 + 187 + 149


def test_the_overhead_share_is_the_sum_of_overheads_over_the_sum_of_spending():
    share = figure("O1.1", "ke", "2020-q4")
    assert (share.numerator, share.denominator) == (Decimal("623.5"), Decimal("2032.9"))
    assert share.value == Decimal("623.5") / Decimal("2032.9") * 100


def test_a_stock_that_was_not_reported_is_carried_with_its_date():
    enterprises = figure("O2.7", "ke", "2020-q4")
    assert enterprises.value == 26 + 31 + 17
    assert enterprises.as_of == quarter("2020-q3")
    groups = figure("O2.4", "ke/kitui", "2020-q4")
    assert (groups.value, groups.carried) == (69 + 22, 1)


def test_a_true_zero_a_division_by_nothing_and_a_score_that_is_not_added():
    assert figure("O1.2", "ke/makueni", "2020-q4").value == 0
    assessed = figure_for(
        version("O2.5"),
        Scope.quarter(Place.objects.get(path="ke/taita-taveta"), quarter("2020-q4")).by(
            Membership.objects.get(organisation__slug="wfp").organisation
        ),
    )
    assert assessed.absence == Absence.DIVIDED_BY_ZERO
    assert figure("G.2", "ke", "2021-q1").absence == Absence.NOT_AGGREGABLE
    assert figure("G.2", "ke/taita-taveta", "2021-q1").value == Decimal("40.1")
    assert figure("G.3", "ke", "2020-q4").absence == Absence.NOT_DUE


def test_a_value_that_came_back_twice_shows_both_reasons():
    result = Result.objects.get(
        stream__version__indicator__code="O2.1",
        stream__place__path="ke/taita-taveta/mwatate",
        period__code="2020-q4",
    )
    assert list(result.decisions.order_by("at").values_list("kind", flat=True)) == [
        "returned", "returned", "verified",
    ]  # fmt: skip


def test_the_first_report_is_published_with_consents_and_all_its_files():
    edition = Edition.objects.get(report__slug="sek-2020-q4")
    assert edition.state == Edition.State.PUBLISHED
    assert edition.compiled_at == dt.datetime(2021, 2, 22, 11, tzinfo=dt.UTC)
    assert edition.consents.count() == 2
    assert set(edition.files.values_list("kind", flat=True)) == {"pdf", "xlsx", "json"}
    assert Report.objects.exclude(editions=None).count() == 1


def test_what_is_not_public_stands_on_no_page_and_in_no_file_for_everyone(sek):
    [inside] = Indicator.objects.filter(mechanism=sek, is_public=False)
    words, visitor = inside.name.encode(), Client()
    report = Report.objects.get(slug="sek-2020-q4")
    files = report.editions.get().files

    def refuses(path):
        return visitor.get(path).status_code == 404

    assert inside.code == "O2.8"
    assert refuses(inside.get_absolute_url())
    for path in ("/", "/mechanisms/sek/results/", "/mechanisms/sek/indicators/", "/places/ke/"):
        assert words not in visitor.get(path).content
    assert words not in visitor.get(report.get_absolute_url()).content
    assert words not in visitor.get(f"/search/?q={inside.name}").content.partition(b"<h2")[2]
    assert words not in visitor.get(files.get(kind="json").get_absolute_url()).getvalue()
    workbook = visitor.get(files.get(kind="xlsx").get_absolute_url()).getvalue()
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        assert not [name for name in book.namelist() if words in book.read(name)]


def row_of(snapshot, code):
    return next(row for row in snapshot["tables"]["indicators"] if row["code"] == code)


def test_makuenis_report_of_the_last_quarter_is_in_writing(sek):
    report = Report.objects.get(period__code="2021-q1")
    assert (report.place.name, report.editions.count(), report.is_illustrative) == (
        "Makueni",
        0,
        True,
    )
    written = set(report.sections.values_list("code", flat=True))
    assert written == {"summary_constraints", "summary_next", "monitoring"}


def test_one_reporters_duty_runs_on_under_a_draft(sek):
    running = Stream.objects.filter(ends_before=None)
    assert [str(each.version) for each in running] == ["O1.3 v1"]
    assert not Stream.objects.of_mechanism(sek).running_in(quarter("2021-q2")).exists()


def test_a_correction_leaves_the_published_report_and_is_explained_in_the_next(sek):
    published = Edition.objects.get(report__slug="sek-2020-q4").contents
    assert row_of(published, "O2.1")["quarters"][0]["exact"] == "1990"
    secretariat = User.objects.get(email="rla-secretariat@example.org")
    report = open_report(sek, quarter("2021-q1"), by=secretariat)
    edition = request_edition(report, seen=0, by=secretariat)
    later = compile_snapshot(edition).contents
    (correction,) = later["tables"]["restatements"]["rows"]
    assert (correction["code"], correction["old"]["exact"], correction["new"]["exact"]) == (
        "O2.1", "1990", "1964",
    )  # fmt: skip
    (reason,) = correction["reasons"]
    assert reason.startswith("KCDMS, Kitui Central, from 412 to 386: The register of the Miambani")


def test_nothing_falls_due_after_the_three_quarters():
    assert open_ended_periods() == []


# --- Marks and manners ---


def test_everything_in_the_quarters_is_marked_illustrative(sek):
    of_sek = {
        Result: {"stream__version__indicator__mechanism": sek},
        Indicator: {"mechanism": sek},
        Target: {"version__indicator__mechanism": sek},
        Baseline: {"version__indicator__mechanism": sek},
        Activity: {"plan__mechanism": sek},
        ActivityUpdate: {"activity__plan__mechanism": sek},
        Report: {"mechanism": sek},
    }
    for model, condition in of_sek.items():
        assert set(model.objects.filter(**condition).values_list("origin", flat=True)) == {
            Origin.ILLUSTRATIVE
        }, model
    captions = UpdateEvidence.objects.values_list("caption", flat=True)
    assert len(captions) == 3
    assert all("illustrative picture" in caption for caption in captions)


def test_the_work_of_committees_that_no_document_tells_of_is_marked_illustrative():
    for group in Body.objects.filter(slug__in=["kitui-water-group", "makueni-livestock-group"]):
        assert group.is_illustrative
        things = [
            group.meetings, group.seats, group.terms, group.decisions, group.actions,
            group.agenda_items, group.notifications, group.documents,
        ]  # fmt: skip
        assert all(thing.is_illustrative for some in things for thing in some.all())
    for model in (Alert, Escalation):
        assert model.objects.exists()
        assert all(thing.is_illustrative for thing in model.objects.all())


def test_the_group_has_a_meeting_to_come_and_minutes_at_every_step():
    group = Body.objects.get(slug="kitui-water-group")
    states = group.meetings.order_by("pk").values_list("state", "minutes__state")
    assert list(states) == [("held", "confirmed"), ("held", "circulated"), ("called", None)]
    waiting = Body.objects.get(slug="makueni-livestock-group").alarms.live()
    assert [alarm.level for alarm in waiting] == ["red"]


def test_people_are_posts():
    posts = {row["post"] for row in read("people")} | {account.post for account in ACCOUNTS}
    assert set(User.objects.values_list("name", flat=True)) == posts
    addresses = User.objects.values_list("email", flat=True)
    assert all(address.endswith("@example.org") for address in addresses)


def test_the_data_names_no_address_and_no_telephone():
    for path in sorted(DATA.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"\S+@\S+", text) == [], path.name
        assert re.findall(r"\+\d{6,}|\b0\d{8,}\b", text) == [], path.name


def test_every_deed_happens_in_the_order_of_time():
    moments = [line["at"] for line in read("sek_quarters")]
    assert moments == sorted(moments)


def test_the_pictures_are_small():
    pictures = list(Path(settings.BASE_DIR, "config", "demo", "pictures").glob("*.jpg"))
    assert len(pictures) == 4
    assert max(picture.stat().st_size for picture in pictures) <= 60 * 1024


def test_there_is_an_account_of_each_role_that_does_something_of_its_own():
    deputies = {Role.DEPUTY_COUNTY_LEAD}  # do as their leads do
    assert {account.role for account in ACCOUNTS} == set(Role) - deputies


def test_every_account_can_sign_in_at_once(client):
    for account in ACCOUNTS:
        assert client.login(email=account.email, password=account.password), account.key
        address = EmailAddress.objects.get(email=account.email)
        assert (address.verified, address.primary) == (True, True)
        assert account.email in describe_accounts()
        assert account.password in describe_accounts()


def test_letters_of_the_past_are_not_sent_today():
    assert Mail.objects.exists()
    assert not Mail.objects.filter(sent_at=None).exists()


# --- Loading ---


def test_samburus_priorities_were_late_for_the_adp_by_twelve_days():
    plan = JointWorkPlan.objects.get(slug="samburu-2021-2022")

    alerts = [str(alert) for alert in misalignments(occurrences_of(plan), plan.phases.all())]

    assert alerts == ["JWP priorities are ready 12 days after the ADP is due, 1\u00a0Sep 2020."]


def test_a_gate_was_passed_in_sight_of_a_missing_chief_of_party():
    harvest = Phase.objects.get(plan__slug="samburu-2021-2022", step="harvest")
    passed = GatePass.objects.get(gate__phase=harvest, side="focal_point")

    assert harvest.state == Phase.State.PASSED
    assert passed.missing == (
        "Chief of Party, Partner B was missing; somebody else came for the organisation"
    )


def test_a_phase_is_blocked_by_the_water_department():
    item = PhaseItem.objects.get(blocked_by__slug="samburu-water")

    assert (item.phase.plan.slug, item.blocked_note) == (
        "samburu-2022-2023",
        "Sector list not confirmed by the Water department.",
    )


def test_a_champion_has_nudged_the_department_that_a_phase_waits_for():
    item = PhaseItem.objects.get(blocked_by__slug="kitui-agriculture")
    nudge = Nudge.objects.get()

    assert (nudge.plan, nudge.department) == (item.phase.plan, item.blocked_by)
    assert str(nudge.seat) == "CECM Agriculture"


def test_kituis_plan_is_signed_and_a_change_waits_for_its_signatory():
    plan = JointWorkPlan.objects.get(slug="kitui-2020-2021")
    signed, open_version = plan.versions.order_by("number")

    assert signed.signed_at is not None
    waiting = open_version.signatures.filter(signed_on=None)
    assert [(each.organisation.slug, each.lines) for each in waiting] == [("kcdms", ["KTI-AGR-02"])]


def test_a_second_load_keeps_what_was_entered(capsys, sek):
    sek.purpose = "As a visitor left it."
    sek.save()
    counts = {model: model.objects.count() for model in apps.get_models()}
    with override_settings(DEMO=True):
        call_command("load_demo")
    assert capsys.readouterr().out == "The demo is there already; what was entered is kept.\n"
    assert {model: model.objects.count() for model in apps.get_models()} == counts
    sek.refresh_from_db()
    assert sek.purpose == "As a visitor left it."


def test_a_production_portal_never_loads_it():
    with override_settings(DEMO=False), pytest.raises(CommandError, match="not a demo"):
        call_command("load_demo")


def test_a_portal_with_people_of_its_own_never_loads_it():
    Mechanism.objects.filter(slug="sek").update(slug="another")
    with override_settings(DEMO=True), pytest.raises(CommandError, match="people of its own"):
        call_command("load_demo")


def test_a_demos_password_opens_nothing_elsewhere():
    demo = ["config.demo.hashers.DemoHasher", "config.hashers.OneAtATimeArgon2Hasher"]
    with override_settings(PASSWORD_HASHERS=demo):
        encoded = make_password("demo-green-grams")
        assert check_password("demo-green-grams", encoded)
    with override_settings(PASSWORD_HASHERS=demo[1:]):
        assert not check_password("demo-green-grams", encoded)


def test_the_report_tells_the_money_of_an_award_and_what_is_not_known(sek):
    edition = Edition.objects.published().get(report__mechanism=sek)
    told = edition.contents["tables"]["award_finances"][-1]

    assert (told["number"], told["spent"]["text"], told["accrued"]["text"]) == (
        "72061519CA00001",
        "USD 412,500",
        "–",
    )


def test_the_review_of_kitui_is_published_and_its_events_are_marked():
    pack = ReviewPack.objects.get()
    events = ActivityEvent.objects.filter(activity__plan__mechanism__slug="sek")

    assert (pack.state, pack.consent_post) == ("published", "County focal point, Kitui")
    assert set(events.values_list("origin", flat=True)) == {Origin.ILLUSTRATIVE}
    assert (
        compare_years(
            JointWorkPlan.objects.get(slug="kitui-2020-2021"),
            JointWorkPlan.objects.get(slug="kitui-2021-2022"),
            seen=Activity.objects.all(),
        )
        .dropped[0][0]
        .code
        == "KTI-PLN-05"
    )
    # Three days of 24 persons, of whom two missed one; and 13 on one day.
    assert pack.contents["dashboard"]["attendances"] == 70 + 13
    assert pack.contents["dashboard"]["persons"] is None


def test_brace_tells_of_events_what_its_report_says():
    events = ActivityEvent.objects.filter(activity__plan__mechanism__slug="brace")
    topic = events.get(activity__code="2.3")

    assert set(events.values_list("origin", flat=True)) == {Origin.DOCUMENT}
    assert events.get(activity__code="2.2").persons == 57
    assert events.filter(kind="exposure_visit").count() == 2
    assert topic.postponements.get().from_starts_on == dt.date(2020, 3, 1)
