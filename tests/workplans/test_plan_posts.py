"""The posts behind a plan: champions who nudge departments, liaison, economists (P9–P11)."""

import datetime as dt

import pytest
from django.urls import reverse

from committees.models import Seat
from coordination.models import Event, Mail, Organisation, Role
from tests.factories.committees import AppointmentFactory, BodyFactory, MeetingFactory, SeatFactory
from tests.factories.coordination import OrganisationFactory, SectorFactory
from tests.factories.plans import PhaseFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Nudge, PhaseItem, PhaseSession
from workplans.permissions.plans import can_nudge_departments
from workplans.services.nudges import (
    AlreadyNudged,
    NobodyToNudge,
    NotAChampion,
    NothingWaits,
    nudge_department,
    waiting_for_departments,
)
from workplans.services.plan_posts import expertise_at_sessions, posts_of

TODAY = dt.date(2021, 4, 10)
NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)
POINTS = Nudge.Matter.POINTS


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def water(organisations, kitui):
    """A department of the county, without anybody who has an account."""
    return OrganisationFactory(
        slug="kitui-water",
        name="Water, Kitui",
        short_name="Water",
        type=Organisation.Type.COUNTY_DEPARTMENT,
        parent=organisations.kitui,
        place=kitui,
    )


@pytest.fixture
def blocked(plan, water):
    """A point of the process that waits for the department."""
    return PhaseItem.objects.create(
        phase=PhaseFactory(plan=plan, name="Negotiate"),
        text="The list of the sector",
        blocked_by=water,
        blocked_note="Sector list not confirmed",
    )


@pytest.fixture
def county_body(mechanism, kitui):
    return BodyFactory(mechanism=mechanism, slug="kitui-structure", place=kitui)


@pytest.fixture
def champion(seated, county_body, organisations):
    return seated(
        "CECM Agriculture", organisations.kitui, body=county_body, function=Seat.Function.CHAMPION
    )


def nudge(plan, department, champion, **said):
    return nudge_department(
        plan, department, by=champion, **{"matter": POINTS, "text": "By Friday.", "at": NOW, **said}
    )


# --- Posts ---


def test_the_champions_post_stands_on_the_plan(client, plan, champion):
    page = client.get(plan.get_absolute_url()).content.decode()
    assert "CECM Agriculture" in page
    assert "CECM Agriculture" in client.get(posts_page(plan)).content.decode()


def test_a_plan_without_champion_and_liaison_says_so(client, plan):
    page = client.get(posts_page(plan)).content.decode()
    assert "No champion is named." in page
    assert "No liaison officer is named." in page


def test_only_bodies_of_the_place_count(plan, mechanism, makueni, seated, organisations):
    elsewhere = BodyFactory(mechanism=mechanism, slug="makueni-structure", place=makueni)
    other = seated("CECM", organisations.makueni, body=elsewhere, function=Seat.Function.CHAMPION)

    assert posts_of(plan, on=TODAY).champions == []
    assert not can_nudge_departments(other, plan)


def test_each_sector_group_says_whether_an_economist_is_assigned(plan, county_body, organisations):
    health, water, trade = (SectorFactory(name=name) for name in ("Health", "Water", "Trade"))
    for number, sector in enumerate((health, water, trade)):
        ActivityFactory(
            plan=plan, code=f"A-{number}", lead=organisations.kcdms, sector=sector, status="ongoing"
        )
    economist = Seat.Expertise.ECONOMIST
    held = SeatFactory(body=county_body, title="Economist", expertise=economist, sector=health)
    AppointmentFactory(seat=held)
    SeatFactory(body=county_body, title="Vacant", expertise=economist, sector=water)

    posts = posts_of(plan, on=TODAY)

    assert {str(group.sector): group.has_economist for group in posts.groups} == {
        "Health": True,
        "Trade": False,
        "Water": False,
    }
    assert sorted(map(str, posts.without_economist)) == ["Trade", "Water"]


def test_a_seat_without_sector_serves_those_of_its_body(plan, county_body, organisations):
    health = SectorFactory(name="Health")
    county_body.sectors.add(health)
    ActivityFactory(
        plan=plan, code="A-1", lead=organisations.kcdms, sector=health, status="ongoing"
    )
    seat = SeatFactory(body=county_body, expertise="economist", is_ex_officio=True)

    [group] = posts_of(plan, on=TODAY).groups

    assert [one.seat for one in group.economists] == [seat]
    assert group.bodies == [county_body]
    assert group.has_economist


def test_a_session_tells_its_expertise_and_that_nobody_noted_any(plan, county_body):
    phase = PhaseFactory(plan=plan)
    noted, unknown = (MeetingFactory(body=county_body, held_on=day) for day in DAYS)
    for meeting in (noted, unknown):
        PhaseSession.objects.create(phase=phase, meeting=meeting)
    seat = SeatFactory(body=county_body, expertise="economist")
    noted.participants.create(seat=seat, attendance="present")
    noted.participants.create(post="Adviser", expertise="Range ecology", attendance="present")
    noted.participants.create(post="Other", expertise="Law", attendance="apologies")

    assert [row.expertise for row in expertise_at_sessions(plan)] == [
        ["Economist", "Range ecology"],
        None,
    ]


DAYS = (dt.date(2021, 1, 12), dt.date(2021, 1, 19))


# --- Nudges ---


def test_a_champion_nudges_a_department_on_record(plan, water, blocked, champion, focal_point):
    nudge(plan, water, champion)

    sent = Nudge.objects.get()
    assert (sent.department, sent.matter, sent.on, str(sent.seat)) == (
        water,
        "points",
        TODAY,
        "CECM Agriculture",
    )
    # Nobody of the department has an account: the government that it is part of is told.
    letter = Mail.objects.get(key=f"department-nudged:{sent.pk}")
    assert letter.recipient == focal_point.email
    assert "Negotiate: Sector list not confirmed" in letter.body
    assert "By Friday." in letter.body
    assert Event.objects.about(plan).first().verb == "workplans.department_nudged"


def test_one_nudge_a_matter_and_day(plan, water, blocked, champion, focal_point):
    nudge(plan, water, champion)

    with pytest.raises(AlreadyNudged):
        nudge(plan, water, champion, text="Again.")
    nudge(plan, water, champion, at=NOW + dt.timedelta(days=1))
    assert Nudge.objects.count() == 2


def test_a_nudge_needs_something_that_waits_and_somebody_to_tell(plan, water, blocked, champion):
    with pytest.raises(NothingWaits):
        nudge(plan, water, champion, matter=Nudge.Matter.UPDATES)
    with pytest.raises(NobodyToNudge):
        nudge(plan, water, champion)
    assert not Nudge.objects.exists()


def test_whose_term_is_over_nudges_nobody(plan, water, blocked, champion, focal_point):
    appointment = champion.appointments.get()
    appointment.office.ends_on = dt.date(2021, 4, 9)
    appointment.office.save()

    with pytest.raises(NotAChampion):
        nudge(plan, water, champion)
    assert not can_nudge_departments(champion, plan)


def test_a_letter_holds_what_its_reader_may_see(
    plan, water, blocked, champion, holding, mechanism, organisations
):
    """An official whose office counts in another mechanism alone gets no letter of this one."""
    holding(
        "Elsewhere", Role.PARTNER_OFFICER, organisation=water
    )  # the department is no member here

    with pytest.raises(NobodyToNudge):
        nudge(plan, water, champion)
    assert not Mail.objects.exists()


def test_what_waits_is_told_to_who_takes_part_alone(plan, water, blocked, peer, outsider, public):
    assert [
        (row.department, row.matter, row.things)
        for row in waiting_for_departments(plan, peer, on=TODAY)
    ] == [(water, POINTS, ("Negotiate: Sector list not confirmed",))]
    for stranger in (outsider, public):
        assert waiting_for_departments(plan, stranger, on=TODAY) == []


def test_what_a_department_owes_of_its_own(plan, water, quarter, peer, organisations):
    """Its missing updates for the quarter that ended; a partner’s are the secretariat’s to ask."""
    for code, lead in (("A-2", water), ("A-10", water), ("B-1", organisations.kcdms)):
        ActivityFactory(plan=plan, code=code, lead=lead, status="ongoing")

    [row] = waiting_for_departments(plan, peer, on=TODAY)

    assert (row.department, row.matter, row.things) == (
        water,
        Nudge.Matter.UPDATES,
        ("A-2", "A-10"),
    )


def test_the_page_offers_nudges_to_the_champion(
    client, plan, water, blocked, champion, focal_point
):
    address = reverse("department-nudge", args=["sek", plan.slug, water.slug, "points"])
    client.force_login(focal_point)
    assert address not in client.get(posts_page(plan)).content.decode()
    assert client.get(address).status_code == 403
    client.force_login(champion)
    assert address in client.get(posts_page(plan)).content.decode()

    answer = client.post(address, {"text": "By Friday."})

    assert answer.status_code == 302
    assert "1 nudge on record" in client.get(posts_page(plan)).content.decode()
    answer = client.post(address, {"text": ""})
    assert "today already" in answer.content.decode()


def posts_page(plan):
    return reverse("plan-posts", args=["sek", plan.slug])
