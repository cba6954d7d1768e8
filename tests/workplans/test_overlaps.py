"""Possible overlaps: who, where and when may do the same, worked by hand (R13)."""

import datetime as dt
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coordination.models import Mail, SectorLead
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.committees import BodyFactory
from tests.factories.coordination import (
    OrganisationFactory,
    PlaceFactory,
    SectorFactory,
)
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Activity, Overlap, RoleOverlap
from workplans.permissions.overlaps import can_decide_overlap
from workplans.services.activities import create_activity, edit_activity
from workplans.services.activity_cells import edit_cells
from workplans.services.activity_sheets import OverlapsMeanwhile, save_activities
from workplans.services.cells import values_of
from workplans.services.overlap_search import (
    meet,
    overlaps_among,
    possible_overlaps,
    sketch_of,
    sketches_in,
)
from workplans.services.overlaps import (
    OverlapDecided,
    OverlapUndecided,
    ReasonOfDecisionMissing,
    RoleOverlapIsThere,
    SameBodyTwice,
    decide_overlap,
    mark_of_overlaps,
    overlaps_of_rows,
    raise_role_overlap,
    refresh_all_overlaps,
    refresh_overlaps,
    resolve_overlap,
)

from .conftest import deeds

JAN_1, JAN_31, FEB_1 = dt.date(2021, 1, 1), dt.date(2021, 1, 31), dt.date(2021, 2, 1)
State, Confidence = Overlap.State, Overlap.Confidence


@pytest.fixture
def places(kitui):
    """Two wards of one sub-county, and a ward of another."""
    central = PlaceFactory(parent=kitui, slug="kitui-central", name="Kitui Central")
    south = PlaceFactory(parent=kitui, slug="kitui-south", name="Kitui South")
    return {
        "county": kitui,
        "central": central,
        "miambani": PlaceFactory(parent=central, slug="miambani", name="Miambani"),
        "township": PlaceFactory(parent=central, slug="township", name="Township"),
        "mutomo": PlaceFactory(parent=south, slug="mutomo", name="Mutomo"),
    }


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def sector(db):
    return SectorFactory(code="water", name="Water")


@pytest.fixture
def activity_of(plan, sector, organisations, places):
    """A maker of trainings of KCDMS in January in Miambani, unless it is said otherwise."""

    def make(lead="kcdms", where=("miambani",), **said):
        content = {
            "plan": plan, "sector": sector, "activity_type": "training", "starts_on": JAN_1,
            "ends_on": JAN_31, "lead": getattr(organisations, lead),
        }  # fmt: skip
        return ActivityFactory(places=[places[each] for each in where], **{**content, **said})

    return make


@pytest.fixture
def mine(activity_of):
    return activity_of()


def found(activity):
    """What may overlap with it: by the database for one, and in memory for all alike."""
    matches = possible_overlaps(sketch_of(activity))
    pairs = overlaps_among(sketches_in(activity.plan.mechanism_id))
    in_memory = {
        (two.pk if one.pk == activity.pk else one.pk, path)
        for one, two, path in pairs
        if activity.pk in {one.pk, two.pk}
    }
    assert {(match.other, match.path) for match in matches} == in_memory
    return [(match.other, match.confidence) for match in matches]


def test_two_trainings_in_one_ward_and_month_may_overlap(mine, activity_of):
    theirs = activity_of("kiwash")

    assert found(mine) == [(theirs.pk, Confidence.WARD)]
    assert found(theirs) == [(mine.pk, Confidence.WARD)]


def test_a_sector_is_the_same_under_another_scheme(mine, activity_of, sector):
    """WASH maps to water, and hygiene to WASH: hygiene and water are not said to be the same."""
    wash, hygiene = SectorFactory(), SectorFactory()
    wash.maps_to.add(sector)
    hygiene.maps_to.add(wash)
    theirs, third = activity_of("kiwash", sector=wash), activity_of("rla", sector=hygiene)

    assert found(mine) == [(theirs.pk, Confidence.WARD)]
    assert found(theirs) == [(mine.pk, Confidence.WARD), (third.pk, Confidence.WARD)]
    assert found(third) == [(theirs.pk, Confidence.WARD)]

    sector.maps_to.add(wash)
    assert found(mine) == [(theirs.pk, Confidence.WARD)]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "count"),
    [
        (JAN_31, dt.date(2021, 3, 1), 1),  # the last day of one is the first of the other
        (FEB_1, dt.date(2021, 3, 1), 0),  # the day after: they touch and do not meet
        (dt.date(2020, 8, 1), dt.date(2020, 12, 31), 0),
        (dt.date(2020, 8, 1), JAN_1, 1),
        (None, None, 1),  # not known: any day of the plan
        (FEB_1, None, 0),
        (None, dt.date(2020, 12, 31), 0),
    ],
)
def test_dates_meet_when_they_share_a_day(mine, activity_of, starts_on, ends_on, count):
    activity_of("kiwash", starts_on=starts_on, ends_on=ends_on)

    assert len(found(mine)) == count


def test_own_dates_beyond_the_plan_count(mechanism, mine, activity_of, kitui):
    """A plan of last year whose activity runs on into January."""
    last = PlanFactory(
        mechanism=mechanism, place=kitui, starts_on=dt.date(2019, 7, 1),
        ends_before=dt.date(2020, 7, 1),
    )  # fmt: skip
    late = activity_of("kiwash", plan=last, starts_on=dt.date(2020, 3, 1), ends_on=JAN_1)
    activity_of("kiwash", plan=last, starts_on=None, ends_on=None)

    assert found(mine) == [(late.pk, Confidence.WARD)]


@pytest.mark.parametrize(
    ("where", "confidence"),
    [
        (("miambani",), Confidence.WARD),
        (("central",), Confidence.SUB_COUNTY),  # the ward is missing on their side
        (("county",), Confidence.COUNTY),
        (("township",), None),  # another ward of the same sub-county
        (("mutomo",), None),
        (("township", "central"), Confidence.SUB_COUNTY),
        (("county", "miambani"), Confidence.WARD),  # the nearest counts
    ],
)
def test_places_meet_in_a_ward_or_where_a_ward_is_missing(mine, activity_of, where, confidence):
    theirs = activity_of("kiwash", where)

    assert found(mine) == ([(theirs.pk, confidence)] if confidence else [])


def test_two_without_a_ward_meet_in_their_sub_county(activity_of):
    mine, theirs = activity_of(where=("central",)), activity_of("kiwash", ("central",))

    assert found(mine) == [(theirs.pk, Confidence.SUB_COUNTY)]


def test_a_country_is_nowhere_in_particular(mine, activity_of, kenya):
    theirs = activity_of("kiwash", where=())
    theirs.places.set([kenya])

    assert found(mine) == []
    assert meet(["ke"], ["ke"]) is None


def test_a_place_whose_name_begins_alike_is_another():
    assert meet(["ke/kitui/kitui"], ["ke/kitui/kitui-central"]) is None
    assert meet(["ke/kitui/kitui"], ["ke/kitui"]) == "ke/kitui"


@pytest.mark.parametrize(
    "said",
    [
        {"activity_type": "works"},
        {"activity_type": ""},
        {"sector": None},
        {"lead": "kcdms"},
        {"status": "cancelled", "status_reason": "Decided so"},
    ],
)
def test_what_differs_or_is_cancelled_is_left_out(mine, activity_of, said):
    activity_of(**{"lead": "kiwash", **said})

    assert found(mine) == []


def test_a_merged_activity_is_left_out(mine, activity_of):
    activity_of("kiwash", status="merged", merged_into=mine)

    assert found(mine) == []


def test_another_mechanism_has_its_own(mine, activity_of):
    activity_of("kiwash", plan=PlanFactory(place=mine.plan.place))

    assert found(mine) == []


# --- On record ---


def content_of(activity, **said):
    names = (
        "code", "title", "description", "activity_type", "joint_priority", "sector",
        "intended_result", "lead", "responsible_post", "target_group", "starts_on", "ends_on",
        "budget_minor", "currency", "assumptions", "is_public",
    )  # fmt: skip
    content = {name: getattr(activity, name) for name in names}
    lists = {"also_under": [], "places": list(activity.places.all())}
    return {**content, **lists, **said}


@pytest.fixture
def overlap(mine, activity_of, peer):
    theirs = activity_of("kiwash")
    [found] = refresh_overlaps(theirs, by=peer)
    return found


def test_saving_the_second_one_puts_it_on_record_and_tells_those_concerned(
    mine, plan, organisations, peer, partner_officer, focal_point, neighbour
):
    content = content_of(mine, code="KTI-09", lead=organisations.kiwash)

    created = create_activity(plan, by=peer, **content)

    [overlap] = Overlap.objects.all()
    assert (overlap.first, overlap.second, overlap.state) == (mine, created, State.DETECTED)
    letters = Mail.objects.filter(key=f"overlap:{overlap.pk}")
    assert set(letters.values_list("recipient", flat=True)) == {
        peer.email, partner_officer.email, focal_point.email
    }  # fmt: skip
    assert all(letter.subject.startswith("Possible overlap") for letter in letters)


def test_an_edit_that_moves_it_away_settles_it_and_back_asks_anew(overlap, places, peer):
    theirs = overlap.second
    away = content_of(theirs, places=[places["mutomo"]])
    edit_activity(theirs, by=peer, seen_version=1, **away)
    overlap.refresh_from_db()
    assert (overlap.state, overlap.is_met) == (State.RESOLVED, False)

    back = content_of(theirs, places=[places["central"]])
    edit_activity(theirs, by=peer, seen_version=2, **back)
    overlap.refresh_from_db()
    assert (overlap.state, overlap.confidence) == (State.DETECTED, Confidence.SUB_COUNTY)
    assert deeds(overlap) == [
        "workplans.overlap_noticed", "workplans.overlap_parted", "workplans.overlap_met_again"
    ]  # fmt: skip


def test_what_was_dismissed_stays_so_when_it_is_saved_again(overlap, focal_point, peer):
    decide_overlap(overlap, by=focal_point, decision="keep", reason="One for women, one for men.")

    assert refresh_overlaps(overlap.second, by=peer) == []
    overlap.refresh_from_db()
    assert overlap.state == State.DISMISSED


def test_a_decision_is_followed_until_it_is_settled(overlap, focal_point, peer, partner_officer):
    with pytest.raises(OverlapUndecided):
        resolve_overlap(overlap, by=focal_point, outcome="Done")
    with pytest.raises(ReasonOfDecisionMissing):
        decide_overlap(overlap, by=focal_point, decision="divide", reason=" ")

    for _click in range(2):
        decide_overlap(overlap, by=focal_point, decision="divide", reason="KIWASH goes south.")
    overlap.refresh_from_db()
    assert (overlap.state, overlap.decision) == (State.ACCEPTED, "divide")
    told = Mail.objects.filter(key__startswith="overlap-decided:")
    assert set(told.values_list("recipient", flat=True)) == {peer.email, partner_officer.email}

    resolve_overlap(overlap, by=focal_point, outcome="The wards are divided.")
    overlap.refresh_from_db()
    assert overlap.state == State.RESOLVED
    with pytest.raises(OverlapDecided):
        decide_overlap(overlap, by=focal_point, decision="keep", reason="No")
    assert deeds(overlap)[-2:] == ["workplans.overlap_decided", "workplans.overlap_resolved"]


def test_the_second_to_decide_sees_what_the_first_decided(overlap, focal_point, holding, kitui):
    seen = newest_event()
    other = holding(
        "Second focal point",
        "county_focal_point",
        place=kitui,
        organisation=kitui.organisations.get(),
    )
    decide_overlap(overlap, by=other, decision="merge", reason="One training.", seen=seen)

    with pytest.raises(DoneMeanwhile):
        decide_overlap(overlap, by=focal_point, decision="keep", reason="Both.", seen=seen)


def test_who_decides_works_for_neither_lead(overlap, cast, sector, kitui, organisations, holding):
    deciding = {name for name, user in cast.items() if can_decide_overlap(user, overlap)}
    assert deciding == {"focal_point"}

    department = OrganisationFactory(slug="kitui-water")
    SectorLead.objects.create(sector=sector, place=kitui, department=department)
    sector_lead = holding("Sector lead", "partner_officer", organisation=department)
    assert can_decide_overlap(sector_lead, overlap)
    overlap.first.lead = department
    assert not can_decide_overlap(sector_lead, overlap)


def test_after_an_import_a_whole_mechanism_is_brought_up_to_date(
    mechanism, mine, activity_of, peer
):
    theirs = activity_of("kiwash")
    activity_of("rla", ("mutomo",))

    [overlap] = refresh_all_overlaps(mechanism, by=peer)

    assert (overlap.first, overlap.second) == (mine, theirs)
    assert refresh_all_overlaps(mechanism, by=peer) == []


def test_rows_of_an_import_are_compared_with_each_other_and_with_what_is_there(
    plan, mine, organisations, activity_of, peer
):
    changed, known = activity_of("rla", ("mutomo",)), activity_of("usaid")
    refresh_overlaps(known, by=peer)
    row = {**values_of(mine), "code": "NEW-1", "lead": organisations.kiwash.pk}
    rows = [row, {**row, "code": changed.code, "lead": organisations.rla.pk}, values_of(mine)]

    found = overlaps_of_rows(plan, rows)

    assert [(each.row.code, each.other.code) for each in found] == [
        ("NEW-1", known.code), ("NEW-1", changed.code), ("NEW-1", mine.code),
        (changed.code, known.code), (changed.code, mine.code),
    ]  # fmt: skip
    first = found[0]
    assert (first.other.lead, first.other.address) == (known.lead, known.get_absolute_url())
    assert (str(first.place), first.confidence) == ("Miambani", "ward")
    assert (first.other.starts_on, first.other.ends_on) == (known.starts_on, known.ends_on)
    assert Overlap.objects.count() == 1


def test_a_cell_of_the_grid_and_a_file_are_looked_through_as_well(
    mine, activity_of, plan, peer, partner_officer
):
    theirs = activity_of("kiwash", ("mutomo",))
    edit_cells(theirs, by=peer, seen_version=1, typed={"places": "Kitui Central"})
    assert Overlap.objects.get().confidence == Confidence.SUB_COUNTY

    row = {**values_of(mine), "activity_type": "works", "version": mine.version}
    save_activities(plan, [row], by=partner_officer)
    assert Overlap.objects.get().state == State.RESOLVED


def test_what_a_cell_of_the_grid_would_overlap_with_is_seen_before_it_is_saved(
    mine, activity_of, client, partner_officer, peer
):
    theirs = activity_of("kiwash", ("mutomo",))
    client.force_login(partner_officer)
    address = reverse("activity-cells", args=["sek", mine.plan.slug, mine.code])
    typed = {"seen_version": 1, "places": "Mutomo"}
    said = (
        f"May overlap with {theirs.code} (KIWASH), who have been told. Save it again to keep it so."
    )

    answer = client.post(address, typed, headers={"accept": "application/json"})

    told = answer.json()
    assert (answer.status_code, told["faults"]) == (409, {"places": said})
    assert not Overlap.objects.exists()
    assert [mail.recipient for mail in Mail.objects.filter(recipient=peer.email)] == [peer.email]
    # Who has no script sees it on the page of the row.
    page = client.post(address, typed).content.decode()
    assert (said in page, f'name="overlaps_seen" value="{theirs.pk}"' in page) == (True, True)

    again = typed | {"overlaps_seen": told["overlaps_seen"]}
    answer = client.post(address, again, headers={"accept": "application/json"})
    assert (answer.status_code, Overlap.objects.get().confidence) == (200, Confidence.WARD)
    other = {"seen_version": 2, "target_group": "Women"}
    answer = client.post(address, other, headers={"accept": "application/json"})
    assert answer.status_code == 200


def test_an_import_is_saved_with_the_overlaps_that_were_shown_or_not_at_all(
    mine, activity_of, plan, organisations, partner_officer, peer, focal_point
):
    """Another activity that comes in between is shown first (R13); then all are told by letter."""
    theirs = activity_of("kiwash")
    row = {**values_of(mine), "code": "NEW-1", "version": None}
    seen = mark_of_overlaps(overlaps_of_rows(plan, [row]))
    activity_of("rla")

    with pytest.raises(OverlapsMeanwhile):
        save_activities(plan, [row], by=partner_officer, overlaps_seen=seen)
    assert not Activity.objects.filter(code="NEW-1").exists()

    seen = mark_of_overlaps(overlaps_of_rows(plan, [row]))
    save_activities(plan, [row], by=partner_officer, overlaps_seen=seen)
    new = Activity.objects.get(code="NEW-1")
    assert Overlap.objects.about(new).count() == 2
    for person, count in ((peer, 3), (focal_point, 5), (partner_officer, 4)):
        [letter] = Mail.objects.filter(recipient=person.email, key__startswith="overlaps:")
        assert letter.subject == f"Possible overlaps in SEK: {count}"
        assert f"{theirs} (KIWASH) – {new} (KCDMS), Miambani" in letter.body


# --- Bodies ---


def test_two_bodies_that_are_for_the_same_are_raised_once_and_decided_on(
    mechanism, review_body, member, focal_point
):
    other = BodyFactory(mechanism=mechanism)
    said = {"first": review_body, "second": other, "kind": "role", "matter": "Both review."}

    seen = newest_event()
    overlap = raise_role_overlap(mechanism, by=member, seen=seen, **said)
    assert raise_role_overlap(mechanism, by=member, seen=seen, **said) == overlap
    with pytest.raises(SameBodyTwice):
        raise_role_overlap(mechanism, by=member, **{**said, "second": review_body})

    decide_overlap(overlap, by=focal_point, decision="divide", reason="One reviews, one plans.")
    resolve_overlap(overlap, by=focal_point, outcome="New terms are notified.")
    assert RoleOverlap.objects.get().state == State.RESOLVED


def test_the_same_of_two_bodies_is_not_raised_again_until_it_is_settled(
    mechanism, review_body, member, focal_point
):
    other = BodyFactory(mechanism=mechanism)
    said = {"first": review_body, "second": other, "kind": "role", "matter": "Both review."}
    overlap = raise_role_overlap(mechanism, by=member, **said)

    turned = {**said, "first": other, "second": review_body}
    for by, again in ((member, said), (focal_point, turned)):
        with pytest.raises(RoleOverlapIsThere) as refused:
            raise_role_overlap(mechanism, by=by, seen=newest_event(), **again)
        assert refused.value.there == overlap

    decide_overlap(overlap, by=focal_point, decision="divide", reason="One reviews, one plans.")
    resolve_overlap(overlap, by=focal_point, outcome="New terms are notified.")
    assert raise_role_overlap(mechanism, by=member, **said) != overlap


def test_who_raises_it_of_two_bodies_again_is_led_to_it(
    mechanism, review_body, client, focal_point
):
    other = BodyFactory(mechanism=mechanism)
    said = {"first": review_body, "second": other, "kind": "role", "matter": "Both review."}
    overlap = raise_role_overlap(mechanism, by=focal_point, **said)
    client.force_login(focal_point)
    typed = said | {"first": other.pk, "second": review_body.pk, "seen": newest_event()}

    page = client.post(reverse("role-overlap-raise", args=[mechanism.slug]), typed)

    (sentence,) = page.context["form"].non_field_errors()
    assert sentence == (
        "This overlap of the two bodies is on record already. "
        f'<a href="{overlap.get_absolute_url()}">See what became of it.</a>'
    )
    assert RoleOverlap.objects.get() == overlap


# --- Pages ---


def typed(activity, organisations, **said):
    return {
        "code": "KTI-09", "title": "Training of committees", "activity_type": "training",
        "lead": organisations.kiwash.pk, "sector": activity.sector_id,
        "places": [place.pk for place in activity.places.all()], "starts_on": "2021-01-15",
        "ends_on": "2021-02-15", "is_public": "on", "seen_version": "0",
        "partners-TOTAL_FORMS": "0", "partners-INITIAL_FORMS": "0", **said,
    }  # fmt: skip


def test_those_concerned_are_told_before_the_second_one_is_saved(
    mine, client, peer, partner_officer, focal_point, organisations
):
    client.force_login(peer)
    address = reverse("activity-create", args=["sek", "kitui-2020-21"])

    page = client.post(address, typed(mine, organisations))

    assert Activity.objects.count() == 1
    assert [activity for activity, _match in page.context["matches"]] == [mine]
    assert "Save all the same" in page.content.decode()
    ahead = Mail.objects.filter(key__startswith="overlap-ahead:")
    assert set(ahead.values_list("recipient", flat=True)) == {
        partner_officer.email, focal_point.email
    }  # fmt: skip

    seen = {"overlaps_seen": page.context["overlaps_seen"]}
    client.post(address, typed(mine, organisations, **seen))

    overlap = Overlap.objects.get()
    assert overlap.second.code == "KTI-09"
    # The leads know already; the focal point is asked to decide.
    asked = Mail.objects.filter(key=f"overlap:{overlap.pk}")
    assert list(asked.values_list("recipient", flat=True)) == [focal_point.email]


def test_what_another_has_saved_meanwhile_is_shown_too(
    mine, activity_of, client, peer, organisations
):
    client.force_login(peer)
    address = reverse("activity-create", args=["sek", "kitui-2020-21"])
    page = client.post(address, typed(mine, organisations))
    another = activity_of("rla")

    again = client.post(
        address, typed(mine, organisations, overlaps_seen=page.context["overlaps_seen"])
    )

    assert {activity for activity, _match in again.context["matches"]} == {mine, another}


def test_an_edit_does_not_ask_again_of_what_is_on_record(overlap, client, peer, organisations):
    client.force_login(peer)
    theirs = overlap.second
    address = reverse("activity-edit", args=["sek", "kitui-2020-21", theirs.code])

    answer = client.post(address, typed(theirs, organisations, code=theirs.code, seen_version="1"))

    assert answer.headers["Location"] == theirs.get_absolute_url()


def test_while_typing_what_is_filled_in_is_compared(mine, client, peer, organisations):
    client.force_login(peer)
    address = reverse("overlap-check", args=["sek", "kitui-2020-21"])

    page = client.post(address, typed(mine, organisations, code="", title=""))
    assert [activity for activity, _match in page.context["matches"]] == [mine]
    assert client.post(address, {"starts_on": "not yet"}).context["matches"] == []
    assert not Mail.objects.exists()


def test_the_pages_of_overlaps(overlap, client, focal_point, django_assert_max_num_queries):
    client.force_login(focal_point)
    listing = reverse("overlap-list", args=["sek", "kitui-2020-21"])
    assert list(client.get(listing).context["overlaps"]) == [overlap]
    assert client.get(overlap.get_absolute_url()).context["can_decide"]
    decide = reverse("overlap-decide", args=[overlap.pk])
    assert client.get(decide).status_code == 200

    refused = client.post(decide, {"decision": "merge", "reason": ""})
    assert refused.context["form"].errors
    client.post(decide, {"decision": "merge", "reason": "One training for both."})

    assert "One training for both." in client.get(overlap.get_absolute_url()).content.decode()
    detail = client.get(overlap.second.get_absolute_url())
    assert list(detail.context["overlaps"]) == [overlap]


def test_what_is_to_be_decided_stands_on_the_focal_point_s_desk(overlap, cast):
    waiting = {
        name: list(Overlap.objects.decided_by_office_of(user))
        for name, user in cast.items()
        if name != "public"
    }
    assert {name for name, rows in waiting.items() if rows == [overlap]} == {"focal_point"}


# --- Speed ---


@pytest.fixture
def crowd(plan, sector, places, kitui):
    """2,000 activities in a county of 40 wards, of 5 sectors, 4 types and 20 leads."""
    wards = [
        PlaceFactory(parent=places["central"], slug=f"ward-{n}", name=f"Ward {n}")
        for n in range(40)
    ]
    sectors = [sector, *(SectorFactory() for _n in range(4))]
    leads = [OrganisationFactory() for _n in range(20)]
    kinds = ["training", "works", "supplies", "advice"]
    rows = Activity.objects.bulk_create(
        Activity(
            plan=plan, code=f"C-{n}", title=f"Activity {n}", sector=sectors[n % 5],
            activity_type=kinds[n // 5 % 4], lead=leads[n // 7 % 20],
            starts_on=dt.date(2020, 7, 1) + dt.timedelta(days=n % 300),
            ends_on=dt.date(2020, 7, 1) + dt.timedelta(days=n % 300 + 45),
        )
        for n in range(2000)
    )  # fmt: skip
    Activity.places.through.objects.bulk_create(
        Activity.places.through(activity=row, place=wards[n * 13 % 40])
        for n, row in enumerate(rows)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return rows


def test_one_activity_is_looked_for_among_two_thousand_in_one_query(crowd, figure):
    """In under 50 ms of database time, by the goal; the figure is printed."""
    sketch = sketch_of(crowd[1000])
    with CaptureQueriesContext(connection) as asked:
        matches = possible_overlaps(sketch)
    spent = sum(float(query["time"]) for query in asked.captured_queries) * 1000

    figure("13 overlap of one", f"{len(matches)} of 2,000 in {spent:.0f} ms of database time")
    assert len(asked) == 1


def test_a_whole_plan_of_two_thousand_is_looked_through_and_saved(crowd, mechanism, peer, figure):
    """In under 5 s with all of it saved and told, by the goal; the figures are printed."""
    began = time.process_time()
    pairs = overlaps_among(sketches_in(mechanism.pk))
    found = time.process_time()
    with CaptureQueriesContext(connection) as asked:
        saved = refresh_all_overlaps(mechanism, by=peer)
    done = time.process_time()
    spent = sum(float(query["time"]) for query in asked.captured_queries)

    figure("13 overlaps of a plan", f"{len(pairs)} pairs of 2,000 found in {found - began:.1f} s")
    figure(
        "13 overlaps of a plan, saved",
        f"in {done - found:.1f} s of process time, {spent:.1f} s of it in {len(asked)} queries",
    )
    assert len(saved) == len(pairs)


def test_of_bodies_the_form_names_no_lead_organisations(
    mechanism, review_body, client, focal_point
):
    other = BodyFactory(mechanism=mechanism)
    overlap = raise_role_overlap(
        mechanism, by=focal_point, first=review_body, second=other, kind="role", matter="Both."
    )
    client.force_login(focal_point)

    page = client.get(reverse("role-overlap-decide", args=[overlap.pk])).content.decode()

    assert "Which body does what" in page
    assert "lead organisations" not in page
