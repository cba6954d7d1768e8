"""The front page, the desk and a mechanism at a glance (R24, R26)."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.models import Mechanism, Role, Statement
from tests.factories.coordination import (
    AwardFactory,
    ContributionFactory,
    InvitationFactory,
    MailFactory,
    MechanismFactory,
    OfficeFactory,
    OrganisationFactory,
    SectorFactory,
    StatementFactory,
)
from tests.factories.reporting import EditionFactory, ReportFactory
from tests.factories.workplans import (
    ActivityFactory,
    CommitmentFactory,
    ObligationFactory,
    PlanFactory,
    TargetFactory,
)
from workplans.models import Narrative, Result
from workplans.services.obligations import save_narrative

from .deeds import SUBMITTED, report

pytestmark = pytest.mark.django_db

SECRET = 918_273


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def see(client, cast):
    """What one of the cast reads at an address."""

    def make(name, address="desk", *args):
        client.logout()
        if name != "public":
            client.force_login(cast[name])
        return text_of(client.get(reverse(address, args=args)))

    return make


@pytest.fixture
def count_queries(client, cast):
    """How many queries a page takes for one of the cast."""

    def make(name, address="desk", *args):
        client.logout()
        if name != "public":
            client.force_login(cast[name])
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(address, args=args))
        return len(captured)

    return make


@pytest.fixture
def owed(mechanism, organisations, quarters):
    """KCDMS owes January to March; nothing of it came."""
    return ObligationFactory(
        mechanism=mechanism, organisation=organisations.kcdms, period=quarters[2]
    )


def edition_of(mechanism, period, state, **more):
    told = ReportFactory(mechanism=mechanism, period=period)
    published = {"published_by": told.created_by, "published_at": timezone.now()}
    return EditionFactory(
        report=told, state=state, snapshot_sha256="0" * 64, compiled_at=timezone.now(),
        **({"snapshot": "{}"} | more), **(published if state == "published" else {}),
    )  # fmt: skip


# --- The desk ---


@pytest.mark.parametrize("name", ["outsider", "former_officer", "administrator", "donor_officer"])
def test_where_nothing_waits_the_desk_says_so(owed, see, name):
    assert "Nothing waits for you" in see(name)


def test_two_seats_of_one_kind_are_said_once(owed, see, cast):
    user = cast["partner_officer"]
    seat = {"organisation": user.offices.get().organisation, "mechanism": owed.mechanism}
    for _seat in range(2):
        OfficeFactory(holder=user, role=Role.COMMITTEE_MEMBER, **seat)

    assert see("partner_officer").count("Member of a committee, KCDMS") == 1


def test_a_partner_finds_what_is_owed_and_what_is_overdue(owed, see):
    assert "KCDMS → SEK, 1 Jan–31 Mar 2021 Overdue due by the end of 30 Apr 2021" in see(
        "partner_officer"
    )
    assert "KCDMS → SEK" not in see("peer")


def test_overdue_reports_of_earlier_quarters_stay_on_both_desks(
    owed, mechanism, organisations, quarters, see
):
    ObligationFactory(
        mechanism=mechanism, organisation=organisations.kcdms, period=quarters[0],
        reminded_on=dt.date(2020, 11, 20),
    )  # fmt: skip
    ObligationFactory(
        mechanism=MechanismFactory(short_name="OTHER"), organisation=organisations.kiwash,
        period=quarters[0],
    )  # fmt: skip

    partner, secretary = see("partner_officer"), see("secretary")

    assert "KCDMS → SEK, 1 Jul–30 Sep 2020 Overdue due by the end of 30 Oct 2020" in partner
    assert "KCDMS → SEK, 1 Jul–30 Sep 2020 due 30 Oct 2020; reminded on 20 Nov 2020" in secretary
    assert "KCDMS → SEK, 1 Jan–31 Mar 2021 due 30 Apr 2021 · Chase" in secretary
    assert "OTHER" not in secretary
    assert "Overdue reports" not in partner


def test_who_serves_in_a_county_is_led_to_it(see, client, cast, kitui):
    assert "You serve in Kitui" in see("county_lead")
    client.force_login(cast["county_lead"])
    assert f'href="{kitui.get_absolute_url()}"' in client.get(reverse("desk")).content.decode()
    assert "You serve in" not in see("partner_officer")


def test_a_long_list_of_overdue_reports_says_how_long_it_is(mechanism, quarters, see):
    for _organisation in range(13):
        ObligationFactory(mechanism=mechanism, period=quarters[0])

    assert "The 12 oldest of 13." in see("secretary")


def test_a_partner_finds_what_came_back(owed, version_of, streams_of, quarters, see):
    owed.first_submitted_at = dt.datetime(2021, 4, 20, tzinfo=dt.UTC)
    owed.save()
    report(streams_of(version_of())[0], quarters[2], SECRET, state=Result.State.RETURNED)

    text = see("partner_officer")
    assert "Returned 1 value came back with a reason" in text
    assert str(SECRET) not in text


def test_a_partner_reads_on_the_desk_what_a_report_lacks(
    owed, version_of, streams_of, quarters, kenya, see, cast
):
    report(streams_of(version_of())[0], quarters[2], 5, state=Result.State.DRAFT)
    streams_of(version_of())
    save_narrative(owed, "impact", by=cast["partner_officer"], text="Rain.", seen_version=None)

    text = see("partner_officer")
    unwritten = len(Narrative.Section) - 1
    assert f"3 values missing; {unwritten} sections in words not written" in text


def test_activities_without_an_update_stand_beside_the_report(
    owed, mechanism, organisations, kitui, see
):
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    ActivityFactory(plan=plan, lead=organisations.kcdms, title="Goats", places=[kitui])
    ActivityFactory(plan=plan, lead=organisations.kiwash, title="Pipes", places=[kitui])

    text = see("partner_officer")
    assert "Goats" in text
    assert "Pipes" not in text


def test_updates_are_asked_for_until_the_report_on_their_quarter_is_published(
    owed, mechanism, organisations, kitui, quarters, see
):
    owed.first_submitted_at = dt.datetime(2021, 4, 20, tzinfo=dt.UTC)
    owed.save()
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    ActivityFactory(plan=plan, lead=organisations.kcdms, title="Goats", places=[kitui])

    text = see("partner_officer")
    assert "Activities without an update" in text
    assert "Nothing waits for you" not in text

    edition_of(mechanism, quarters[2], "published")
    assert "Goats" not in see("partner_officer")


@pytest.mark.parametrize("state", ["closed", "evaluated", "validated", "drafting"])
def test_a_plan_that_takes_no_updates_asks_for_none(
    owed, mechanism, organisations, kitui, see, state
):
    plan = PlanFactory(mechanism=mechanism, place=kitui, state=state)
    ActivityFactory(plan=plan, lead=organisations.kcdms, title="Goats", places=[kitui])

    assert "Goats" not in see("partner_officer")


def test_an_official_finds_what_to_verify_in_the_own_county_only(
    version_of, streams_of, quarters, see
):
    ours, peers, elsewhere = streams_of(version_of())
    for stream in (ours, peers):
        report(stream, quarters[2], 1, state=SUBMITTED)
    report(elsewhere, quarters[2], 1)

    assert "KCDMS, 1 Jan–31 Mar 2021 1 value KIWASH, 1 Jan–31 Mar 2021 1 value" in see(
        "focal_point"
    )
    assert "To verify" not in see("neighbour")
    assert "To verify" not in see("secretary")


def test_the_secretariat_finds_the_quarter_to_bring_together_until_its_report_is_begun(
    owed, mechanism, quarters, see
):
    text = see("secretary")
    assert "SEK, 1 Jan–31 Mar 2021 FY 2020/21 Q3 Received 0 of 1 reports" in text
    assert "Missing KCDMS" in text
    assert "To bring together" not in see("donor_officer")

    ReportFactory(mechanism=mechanism, period=quarters[2])
    assert "To bring together" not in see("secretary")


def test_a_report_that_is_begun_stays_on_the_desk_until_an_edition_is_asked_for(
    mechanism, quarters, see
):
    told = ReportFactory(mechanism=mechanism, period=quarters[2])

    title = "SEK quarterly progress report, 1 Jan–31 Mar 2021"
    assert f"{title} It is being written" in see("secretary")
    assert "It is being written" not in see("focal_point")

    EditionFactory(report=told)
    assert "It is being written" not in see("secretary")


def test_a_ready_edition_waits_for_consent_and_then_to_be_published(mechanism, quarters, see, cast):
    edition = edition_of(mechanism, quarters[2], "ready")

    assert "To consent to" in see("focal_point")
    assert "To consent to" not in see("county_lead")
    assert "It waits for a county’s consent." in see("secretary")
    assert "To consent to" not in see("secretary")
    edition.consents.create(by=cast["focal_point"], post="Focal point", at=timezone.now())
    assert "To consent to" not in see("focal_point")
    assert "it can be published" in see("secretary")


def test_a_donor_finds_the_newest_reports_of_the_own_awards(mechanism, quarters, see):
    edition_of(mechanism, quarters[2], "published")

    assert "Newest reports of your awards" in see("donor_officer")
    assert "Newest reports of your awards" not in see("partner_officer")


@pytest.mark.parametrize(
    ("days", "waits"),
    [(0, "it waits since today"), (1, "it waits for 1 day"), (2, "it waits for 2 days")],
)
def test_the_desk_of_a_signatory_tells_how_long_a_commitment_waits(
    mechanism, kitui, organisations, cast, days, waits, see
):
    year = timezone.localdate() - dt.timedelta(days=30)
    plan = PlanFactory(
        mechanism=mechanism, place=kitui, starts_on=year, ends_before=year + dt.timedelta(days=365)
    )
    activity = ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms)
    CommitmentFactory(
        activity=activity, organisation=organisations.kcdms,
        entered_at=timezone.now() - dt.timedelta(days=days),
    )  # fmt: skip

    text = see("partner_signatory")

    assert re.findall(r"KTI-01 [^;]*; (it waits [a-z0-9 ]*?(?:today|days?)) ", text) == [waits]


def test_the_desk_takes_as_many_queries_for_much_as_for_little(
    owed, mechanism, organisations, version_of, streams_of, quarters, kitui, count_queries
):
    plan = PlanFactory(mechanism=mechanism, place=kitui)

    def more():
        for stream in streams_of(version_of())[:2]:
            report(stream, quarters[2], 1, state=SUBMITTED)
            report(stream, quarters[1], 1, state=Result.State.RETURNED)
        ActivityFactory(plan=plan, lead=organisations.kcdms, places=[kitui])

    counts = []
    for _ in range(2):
        more()
        names = ("partner_officer", "partner_signatory", "focal_point", "secretary")
        counts.append([count_queries(name) for name in names])
    assert counts[0] == counts[1]


def test_a_signatory_reads_how_the_own_reports_stand_and_who_writes_them(
    owed, version_of, streams_of, quarters, see
):
    owed.first_submitted_at = dt.datetime(2021, 4, 20, tzinfo=dt.UTC)
    owed.save()
    first, second = version_of(), version_of()
    report(streams_of(first)[0], quarters[2], 5)
    report(streams_of(second)[0], quarters[2], 5, state=SUBMITTED)

    text = see("partner_signatory")
    standing = "1 value verified · 1 with the county · 2 missing"
    assert f"SEK, 1 Jan–31 Mar 2021 On time KCDMS: {standing}" in text
    assert "Who reports Data officer Partner data officer, KCDMS Chief of party" in text
    assert "Reports of your organisation" not in see("focal_point")


def test_an_administrator_finds_who_comes_and_goes_and_what_nobody_looks_after(
    owed, organisations, quarters, mechanism, cast, see
):
    today = timezone.localdate()
    ObligationFactory(mechanism=mechanism, organisation=organisations.elsewhere, period=quarters[2])
    cast["outsider"].offices.update(ends_on=today - dt.timedelta(days=1))
    cast["peer"].offices.update(ends_on=today + dt.timedelta(days=20))
    cast["neighbour"].offices.update(ends_on=today + dt.timedelta(days=90))
    InvitationFactory(mechanism=mechanism, name="Data officer, KIM")
    InvitationFactory(name="Second administrator", withdrawn_at=timezone.now())
    MailFactory(subject="Your report is due", recipient="gone@example.org", attempts=5)
    MailFactory(subject="Not tried often yet", attempts=4)

    text = see("administrator")

    assert f"{organisations.elsewhere} → SEK, 1 Jan–31 Mar 2021" in text
    assert "KCDMS → SEK" not in text
    assert "Your report is due to gone@example.org" in text
    assert "Not tried often yet" not in text
    assert "Data officer, KIM" in text
    assert "Second administrator" not in text
    assert "Partner data officer, KIWASH, in office until" in text
    assert "County focal point, Makueni, in office until" not in text
    assert "Backups This portal makes none." in text


@pytest.mark.parametrize("name", ["secretary", "partner_signatory", "focal_point", "outsider"])
def test_only_an_administrator_oversees_the_portal(owed, see, name):
    assert "People on their way in and out" not in see(name)


def test_an_administrator_reads_which_backup_proved_itself(see, settings, tmp_path, monkeypatch):
    settings.BACKUP_DIR = tmp_path
    assert "None has been restored and compared yet." in see("administrator")

    proven = dt.datetime(2021, 4, 20, 2, tzinfo=dt.UTC)
    monkeypatch.setattr("config.context.last_proven", lambda _directory: proven)
    assert "is of 20 Apr 2021, 02:00 UTC." in see("administrator")


# --- The front page ---


def test_everyone_reads_what_is_coordinated_where(mechanism, quarters, see):
    edition_of(mechanism, quarters[2], "published")
    text = see("public", "home")

    assert "SEK coordination mechanism Operating Kitui, Makueni · 2 members" in text
    assert "SEK quarterly progress report, 1 Jan–31 Mar 2021" in text


@pytest.mark.parametrize("name", ["public", "outsider"])
def test_neither_hidden_mechanisms_nor_unpublished_reports_are_on_the_front_page(
    mechanism, quarters, see, name
):
    edition_of(mechanism, quarters[2], "ready")
    MechanismFactory(slug="hidden", is_public=False)

    text = see(name, "home")
    assert "HIDDEN" not in text
    assert "quarterly progress report" not in text


def test_an_empty_portal_says_what_will_stand_there(client, db):
    text = text_of(client.get(reverse("home")))
    assert "No mechanisms yet" in text
    assert "No reports published yet" in text


def test_the_front_page_takes_as_many_queries_for_many_mechanisms_as_for_one(
    mechanism, quarters, kitui, count_queries
):
    edition_of(mechanism, quarters[2], "published")
    one = count_queries("public", "home")
    for _ in range(2):
        another = MechanismFactory(places=[kitui])
        edition_of(another, quarters[2], "published")

    assert count_queries("public", "home") == one


# --- A mechanism at a glance ---


@pytest.fixture
def judged(version_of, streams_of, quarters, kenya, owed):
    """Three indicators in the year to date: on track, off track, without a target."""
    owed.first_submitted_at = timezone.now()
    owed.save()
    for value, target in [(300, 400), (10, 400), (5, None)]:
        version = version_of()
        report(streams_of(version)[0], quarters[2], value)
        if target:
            TargetFactory(version=version, place=kenya, numerator=target)


def test_who_takes_part_sees_how_indicators_and_reports_stand(judged, see):
    text = see("peer", "mechanism-detail", "sek")

    # Due after three of four quarters: 300 of 400.
    for verdict in ("On track 1", "Off track 1", "No target 1"):
        assert verdict in text
    assert "Reports for FY 2020/21 Q3 1 Jan–31 Mar 2021 Received 1 of 1 reports" in text


@pytest.mark.parametrize("name", ["public", "outsider", "former_officer", "administrator"])
def test_everyone_else_sees_only_what_is_published(judged, mechanism, quarters, see, name):
    text = see(name, "mechanism-detail", "sek")
    assert "On track" not in text
    assert "Received" not in text

    verdict = '{"verdict":{"code":"on_track","text":"On track"}}'
    edition_of(
        mechanism, quarters[1], "published", snapshot=f'{{"tables":{{"indicators":[{verdict}]}}}}'
    )
    assert "On track 1 From the published report" in see(name, "mechanism-detail", "sek")


def test_a_mechanism_without_a_public_page_is_there_for_who_takes_part(mechanism, client, cast):
    Mechanism.objects.update(is_public=False)
    address = reverse("mechanism-detail", args=["sek"])

    assert client.get(address).status_code == 404
    client.force_login(cast["peer"])
    assert client.get(address).status_code == 200


def test_the_overview_takes_as_many_queries_for_many_indicators_as_for_one(
    judged, version_of, streams_of, quarters, count_queries
):
    before = count_queries("peer", "mechanism-detail", "sek")
    for _ in range(3):
        report(streams_of(version_of())[0], quarters[2], 1)

    assert count_queries("peer", "mechanism-detail", "sek") == before


# --- What documents say of a mechanism ---


def test_a_next_step_says_by_whom_and_what_is_not_stated(mechanism, see):
    StatementFactory(
        mechanism=mechanism, kind="next_step", text="Share the minutes", owner="Secretariat"
    )
    StatementFactory(
        mechanism=mechanism, kind="next_step", text="Look again at the roles",
        falls_on=dt.date(2021, 4, 1), precision="month",
    )  # fmt: skip

    text = see("public", "mechanism-detail", "sek")

    assert "Share the minutes Secretariat – not stated" in text
    assert "Look again at the roles – not stated Apr 2021" in text


def test_sectors_vision_money_and_fiscal_years_stand_on_the_overview(mechanism, organisations, see):
    StatementFactory(mechanism=mechanism, kind="vision", text="Nobody is hungry.", origin="public")
    mechanism.sectors.add(SectorFactory(name="Health"), SectorFactory(name="Trade"))
    ContributionFactory(mechanism=mechanism, organisation=organisations.usaid)

    text = see("public", "mechanism-detail", "sek")

    for fact in (
        "Vision Nobody is hungry. From public material",
        "Sectors Health, Trade",
        "Funding USAID EUR 45,000,000",
        f"Fiscal years {mechanism.calendar}",
    ):
        assert fact in text


def test_the_overview_of_a_mechanism_of_which_little_is_known_has_no_empty_headings(mechanism, see):
    text = see("public", "mechanism-detail", "sek")

    for heading in (
        "Vision", "Sectors", "Funding", "What the documents say", "Next steps", "History",
    ):  # fmt: skip
        assert heading not in text


def test_the_overview_takes_as_many_queries_for_many_statements_as_for_one(
    mechanism, organisations, count_queries
):
    def say():
        for kind in Statement.Kind:
            StatementFactory(mechanism=mechanism, kind=kind, falls_on=dt.date(2021, 1, 1))
        ContributionFactory(mechanism=mechanism, organisation=OrganisationFactory())
        mechanism.awards.add(AwardFactory(donor=organisations.usaid))
        mechanism.sectors.add(SectorFactory())

    say()
    before = count_queries("public", "mechanism-detail", "sek")
    say()
    say()

    assert count_queries("public", "mechanism-detail", "sek") == before


def test_a_mechanisms_page_counts_what_its_reader_may_see(client, mechanism, secretary):
    plan = PlanFactory(mechanism=mechanism, is_published=True)
    ActivityFactory(plan=plan)
    ActivityFactory(plan=plan, is_public=False)

    assert "1 activity" in text_of(client.get(mechanism.get_absolute_url()))
    client.force_login(secretary)
    assert "2 activities" in text_of(client.get(mechanism.get_absolute_url()))
