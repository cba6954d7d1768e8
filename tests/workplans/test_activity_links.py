"""What hangs on an activity: its lead department, outputs, ties to others, and comments."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.models import Event, Mail, SectorLead, lead_departments
from coordination.services.refusals import EditedMeanwhile
from tests.factories.coordination import OrganisationFactory, SectorFactory
from tests.factories.workplans import (
    ActivityFactory,
    IndicatorFactory,
    PlanFactory,
    VersionFactory,
)
from workplans.models import ActivityComment, ActivityOutput, ActivityTie
from workplans.services.activity_comments import (
    CommentAnswered,
    CommentMissing,
    answer_comment,
    comment_on_activity,
)
from workplans.services.activity_outputs import (
    IndicatorOfAnotherMechanism,
    OutputNamedTwice,
    outputs_in_words,
    quarters_of,
    set_outputs,
)
from workplans.services.activity_ties import (
    SequenceGoesRound,
    TiedAcrossMechanisms,
    TiedToItself,
    tie_activities,
    ties_shown,
    untie_activities,
)
from workplans.services.plans import unresolved_sectors
from workplans.services.refusals import ReasonMissing

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def activity(plan, organisations, kitui):
    return ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui])


def address(name, *more):
    return reverse(name, args=["sek", "kitui-2020-21", "KTI-01", *more])


# --- One lead department a sector (P14) ---


def test_a_sector_resolves_to_its_own_department_of_the_nearest_place(kenya, kitui, makueni):
    water = SectorFactory(code="water")
    national, county = OrganisationFactory(slug="ministry"), OrganisationFactory(slug="dept")
    assert lead_departments([water.pk], kitui) == {}
    SectorLead.objects.create(sector=water, place=kenya, department=national)
    SectorLead.objects.create(sector=water, place=kitui, department=county)
    assert lead_departments([water.pk], kitui) == {water.pk: [county]}
    assert lead_departments([water.pk], makueni) == {water.pk: [national]}


def test_a_donors_sector_resolves_by_what_it_maps_to(kitui):
    wash, water, health = (SectorFactory(code=code) for code in ("wash", "water", "health"))
    departments = [OrganisationFactory(slug=slug) for slug in ("a-water", "b-health")]
    for sector, department in zip((water, health), departments, strict=True):
        SectorLead.objects.create(sector=sector, place=kitui, department=department)
    wash.maps_to.add(water)
    assert lead_departments([wash.pk], kitui) == {wash.pk: departments[:1]}
    wash.maps_to.add(health)
    assert lead_departments([wash.pk], kitui) == {wash.pk: departments}


def test_sectors_without_or_with_two_departments_are_named_on_plan_page_and_form(
    client, plan, activity, partner_officer, kitui
):
    wash, water, health, roads = (
        SectorFactory(code=code, name=code.title()) for code in ("wash", "water", "health", "roads")
    )
    departments = [OrganisationFactory(slug=slug, name=slug.title()) for slug in ("aqua", "cura")]
    for sector, department in zip((water, health), departments, strict=True):
        SectorLead.objects.create(sector=sector, place=kitui, department=department)
    wash.maps_to.add(water, health)
    for sector in (wash, water, roads):
        ActivityFactory(plan=plan, sector=sector)

    found = unresolved_sectors(plan, plan.activities.all())
    assert sorted((str(sector), len(named)) for sector, named in found) == [
        ("Roads", 0), ("Wash", 2),
    ]  # fmt: skip

    page = client.get(plan.get_absolute_url()).content.decode()
    assert "Roads has no lead department in Kitui." in page
    assert "Wash has 2 lead departments in Kitui: AQUA, CURA. It should have one." in page

    client.force_login(partner_officer)
    form = client.get(address("activity-edit")).content.decode()
    assert "Water – AQUA" in form
    assert "Roads – no lead department here" in form
    assert "Wash – several lead departments: AQUA / CURA" in form


# --- Outputs ---


def output(**changes):
    return {
        "indicator": None, "wording": "Farmers trained", "unit": "farmers", "q1": None,
        "q2": Decimal(60), "q3": Decimal(60), "q4": Decimal(0), **changes,
    }  # fmt: skip


def test_outputs_are_by_indicator_or_in_words_with_targets_by_quarter(
    activity, partner_officer, mechanism, quarters
):
    indicator = IndicatorFactory(mechanism=mechanism, code="SEK-1")
    outputs = [output(indicator=indicator, wording="", unit=""), output()]
    for _time in range(2):
        set_outputs(activity, by=partner_officer, seen_version=1, outputs=outputs, at=NOW)

    assert outputs_in_words(activity) == [
        f"{indicator}: – / 60 / 60 / 0",
        "Farmers trained farmers: – / 60 / 60 / 0",
    ]
    activity.refresh_from_db()
    assert activity.version == 2
    assert Event.objects.about(activity).get().verb == "workplans.outputs_set"
    assert quarters_of(activity.plan)[0] == "1\xa0Jul–30\xa0Sep 2020"
    with pytest.raises(EditedMeanwhile):
        set_outputs(activity, by=partner_officer, seen_version=1, outputs=[output()], at=NOW)


def test_outputs_that_cannot_stand_are_refused(activity, partner_officer, mechanism):
    own, foreign = IndicatorFactory(mechanism=mechanism), IndicatorFactory()
    with pytest.raises(OutputNamedTwice):
        set_outputs(
            activity, by=partner_officer, seen_version=1,
            outputs=[output(indicator=own, wording="")] * 2,
        )  # fmt: skip
    with pytest.raises(IndicatorOfAnotherMechanism):
        set_outputs(
            activity, by=partner_officer, seen_version=1,
            outputs=[output(indicator=foreign, wording="")],
        )  # fmt: skip
    for wrong in ({"wording": ""}, {"wording": "Both", "indicator": own}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ActivityOutput.objects.create(activity=activity, **wrong)


def test_outputs_are_entered_and_shown_on_pages(
    client, activity, partner_officer, mechanism, quarters
):
    known = VersionFactory(indicator__mechanism=mechanism, indicator__name="Known").indicator
    draft = VersionFactory(indicator__mechanism=mechanism, state="draft").indicator
    client.force_login(partner_officer)
    page = client.get(address("activity-outputs"))
    assert "Q1 1\xa0Jul" in page.content.decode()
    data = {
        "seen_version": 1, "outputs-TOTAL_FORMS": 2, "outputs-INITIAL_FORMS": 0,
        "outputs-0-indicator": known.pk, "outputs-0-q1": "1,200",
        "outputs-1-indicator": draft.pk, "outputs-1-q1": "x",
    }  # fmt: skip
    assert b"Enter a number" in client.post(address("activity-outputs"), data).content
    client.post(address("activity-outputs"), data | {"outputs-1-q1": ""})
    stale = client.post(
        address("activity-outputs"), data | {"outputs-0-q1": "7", "outputs-1-q1": ""}
    )
    assert b"Someone else changed this" in stale.content
    assert b"1,200" in stale.content

    client.logout()
    page = client.get(address("activity-detail")).content.decode()
    assert ("Known" in page, "1,200" in page, draft.name in page) == (True, True, False)


# --- Ties ---


def test_a_sequence_never_comes_back_to_where_it_began(plan, partner_officer):
    first, second, third = (ActivityFactory(plan=plan, code=f"A{n}") for n in (1, 2, 3))
    tie_activities(first, second, by=partner_officer, kind="sequencing")
    tie_activities(second, third, by=partner_officer, kind="sequencing")
    for later, earlier in ((third, first), (second, first)):
        with pytest.raises(SequenceGoesRound):
            tie_activities(later, earlier, by=partner_officer, kind="sequencing")
    tie_activities(first, third, by=partner_officer, kind="sequencing")
    # What is layered goes round as it likes.
    tie_activities(third, first, by=partner_officer, kind="layering")


def test_two_are_tied_once_in_a_kind_and_untied(plan, partner_officer):
    first, second = (ActivityFactory(plan=plan, code=f"A{n}") for n in (1, 2))
    tie = tie_activities(second, first, by=partner_officer, kind="layering", note="Same wards")
    assert tie_activities(first, second, by=partner_officer, kind="layering") == tie
    assert (tie.first, tie.second) == (first, second)
    with pytest.raises(TiedToItself):
        tie_activities(first, first, by=partner_officer, kind="layering")
    with pytest.raises(TiedAcrossMechanisms):
        tie_activities(first, ActivityFactory(), by=partner_officer, kind="layering")

    for _time in range(2):
        untie_activities(tie, by=partner_officer)
    assert not ActivityTie.objects.exists()
    assert [event.verb for event in Event.objects.about(first)] == [
        "workplans.activity_untied", "workplans.activity_tied",
    ]  # fmt: skip


@pytest.mark.parametrize(("begins", "is_too_early"), [(31, True), (1, False)])
def test_a_sequence_says_when_the_later_begins_too_early(
    plan, partner_officer, begins, is_too_early
):
    """The last day of the first is 31 March; a day in April is after it."""
    wells = ActivityFactory(plan=plan, code="A1", ends_on=dt.date(2021, 3, 31))
    month = 3 if is_too_early else 4
    gardens = ActivityFactory(plan=plan, code="A2", starts_on=dt.date(2021, month, begins))
    tie_activities(wells, gardens, by=partner_officer, kind="sequencing")

    (seen,) = ties_shown(gardens, ActivityTie.objects.all())
    assert (seen.other, seen.place, seen.is_too_early) == (wells, "before", is_too_early)
    assert seen.ends_first_on is None
    (seen,) = ties_shown(wells, ActivityTie.objects.all())
    assert (seen.other, seen.place) == (gardens, "after")


def test_what_comes_after_and_has_no_day_yet_takes_that_of_what_comes_first(plan, partner_officer):
    plan_of_trainings = ActivityFactory(plan=plan, code="A1", ends_on=dt.date(2021, 3, 31))
    trainings = ActivityFactory(plan=plan, code="A2")
    tie_activities(plan_of_trainings, trainings, by=partner_officer, kind="sequencing")

    (seen,) = ties_shown(trainings, ActivityTie.objects.all())
    assert (seen.ends_first_on, seen.is_too_early) == (dt.date(2021, 3, 31), False)


def test_activities_are_tied_on_a_page_and_a_hidden_one_stays_hidden(
    client, plan, activity, partner_officer
):
    secret = ActivityFactory(plan=plan, code="KTI-02", title="Secret", is_public=False)
    client.force_login(partner_officer)
    client.post(address("activity-tie"), {"how": "after", "other": secret.pk})
    assert ActivityTie.objects.get().first == secret
    assert b"Secret" in client.get(address("activity-detail")).content
    wrong = client.post(address("activity-tie"), {"how": "before", "other": secret.pk})
    assert "other" in wrong.context["form"].errors

    client.logout()
    assert b"Secret" not in client.get(address("activity-detail")).content


# --- Comments ---


def test_a_comment_is_answered_with_a_reason(activity, peer, partner_officer):
    with pytest.raises(CommentMissing):
        comment_on_activity(activity, by=peer, text=" ", at=NOW)
    for _time in range(2):
        comment = comment_on_activity(activity, by=peer, text="Why there?", at=NOW)
    assert ActivityComment.objects.count() == 1
    assert [mail.recipient for mail in Mail.objects.all()] == [partner_officer.email]

    with pytest.raises(ReasonMissing):
        answer_comment(comment, by=partner_officer, answer="declined", reason=" ", at=NOW)
    for _time in range(2):
        answer_comment(comment, by=partner_officer, answer="accepted", reason="Moved.", at=NOW)
    with pytest.raises(CommentAnswered):
        answer_comment(comment, by=partner_officer, answer="declined", reason="No.", at=NOW)

    comment.refresh_from_db()
    assert (comment.answer, comment.reason, comment.answered_by) == (
        "accepted", "Moved.", partner_officer,
    )  # fmt: skip
    assert Mail.objects.filter(recipient=peer.email).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        ActivityComment.objects.filter(pk=comment.pk).update(reason="")


def test_an_answered_comment_offers_no_second_answer(client, activity, peer, partner_officer):
    comment = comment_on_activity(activity, by=peer, text="Why there?", at=NOW)
    answer_comment(comment, by=partner_officer, answer="accepted", reason="Moved.", at=NOW)
    client.force_login(partner_officer)

    page = client.get(address("comment-answer", comment.pk), follow=True)
    assert page.redirect_chain == [(activity.get_absolute_url(), 302)]
    assert "This comment is answered already." in page.content.decode()

    # Who had the form open keeps what was typed, and reads the answer that stands.
    typed = {"answer": "declined", "reason": "Wells are deep."}
    refused = client.post(address("comment-answer", comment.pk), typed).content.decode()
    assert ("Wells are deep." in refused, "Moved." in refused) == (True, True)


def test_comments_are_read_by_who_takes_part_alone(
    client, activity, peer, partner_officer, focal_point
):
    client.force_login(peer)
    client.post(address("activity-comment"), {"text": "Why there?"})
    comment = ActivityComment.objects.get()
    client.force_login(partner_officer)
    assert b"Comments on your activities" in client.get(reverse("desk")).content
    assert b"Accept or decline" in client.get(address("activity-detail")).content
    client.post(
        address("comment-answer", comment.pk), {"answer": "declined", "reason": "Wells are deep."}
    )
    client.force_login(focal_point)
    assert b"Wells are deep." in client.get(address("activity-detail")).content
    client.logout()
    page = client.get(address("activity-detail")).content
    assert (b"Why there?" in page, b"Wells are deep." in page) == (False, False)


def test_the_page_takes_the_same_queries_for_one_and_three_of_each(
    client, plan, activity, peer, partner_officer, django_assert_max_num_queries
):
    def add(number):
        comment_on_activity(activity, by=peer, text=f"Comment {number}", at=NOW)
        other = ActivityFactory(plan=plan)
        tie_activities(activity, other, by=partner_officer, kind="layering")
        ActivityOutput.objects.create(activity=activity, wording=f"Output {number}")

    def queries():
        with django_assert_max_num_queries(70) as found:
            client.get(address("activity-detail"))
        return len(found)

    client.force_login(partner_officer)
    add(1)
    client.get(address("activity-detail"))
    first = queries()
    add(2)
    add(3)
    assert queries() == first
