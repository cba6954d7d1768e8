"""The life of an activity: agreed with the county, put off, ended; each with its conditions."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.models import Event, Mail, Role, SectorLead
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.committees import BodyFactory, DecisionFactory, MeetingFactory
from tests.factories.coordination import (
    MechanismFactory,
    OfficeFactory,
    OrganisationFactory,
    SectorFactory,
)
from tests.factories.plans import ActivityPartnerFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import Activity, JointWorkPlan, Postponement
from workplans.permissions.activities import can_confirm_activity
from workplans.services.activities import PlanIsClosed
from workplans.services.money import money_of
from workplans.services.moves import (
    ActivityNotMovable,
    AlreadyPutForward,
    DateNotLater,
    DecisionMissing,
    DecisionOfAnotherMechanism,
    LastDayBeforeFirst,
    MergedAcrossPlans,
    MergedIntoItself,
    MergedIntoWhatEnded,
    NewDateMissing,
    NothingAwaited,
    NotTheReviewCommittees,
    OwnWord,
    cancel_activity,
    confirm_activity,
    merge_activity,
    moves_of,
    negotiate_activity,
    postpone_activity,
    put_forward_activity,
    resume_activity,
    send_back_activity,
    suspend_activity,
)
from workplans.services.plans import updates_received
from workplans.services.refusals import ReasonMissing
from workplans.services.updates import (
    ActivityIsOver,
    NotAgreedYet,
    NotToldByUpdate,
    periods_to_update,
    update_activity,
)

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def activity(plan, organisations, kitui):
    return ActivityFactory(
        plan=plan, code="KTI-01", title="Boreholes", lead=organisations.kcdms, places=[kitui],
        status="proposed", starts_on=dt.date(2020, 9, 1), ends_on=dt.date(2021, 3, 31),
    )  # fmt: skip


@pytest.fixture
def agreed(activity, partner_officer, focal_point):
    put_forward_activity(activity, by=partner_officer, at=NOW)
    return confirm_activity(activity, by=focal_point, at=NOW)


def told(**changes):
    return {
        "status": "on_track", "status_reason": "", "percent_complete": 40,
        "narrative": "Two of five.", "next_step": "", **changes,
    }  # fmt: skip


def address(name, *more):
    return reverse(name, args=["sek", "kitui-2020-21", "KTI-01", *more])


# --- Agreed ---


def test_it_is_agreed_once_lead_and_county_have_said_so(activity, partner_officer, focal_point):
    negotiate_activity(activity, by=partner_officer, at=NOW)
    put_forward_activity(activity, by=partner_officer, at=NOW)

    activity.refresh_from_db()
    assert (activity.status, activity.awaiting, activity.is_agreed) == (
        "negotiating", "agreement", False,
    )  # fmt: skip
    assert [mail.recipient for mail in Mail.objects.all()] == [focal_point.email]

    confirm_activity(activity, by=focal_point, at=NOW)

    activity.refresh_from_db()
    assert (activity.status, activity.awaiting, activity.agreed_at) == ("agreed", "", NOW)
    assert activity.is_agreed
    assert list(Event.objects.about(activity).values_list("verb", flat=True)) == [
        "workplans.activity_agreed",
        "workplans.activity_put_forward",
        "workplans.activity_negotiated",
    ]
    assert Mail.objects.filter(recipient=partner_officer.email).count() == 1


def test_the_county_sends_back_with_a_reason(activity, partner_officer, focal_point):
    put_forward_activity(activity, by=partner_officer, at=NOW)

    with pytest.raises(ReasonMissing):
        send_back_activity(activity, by=focal_point, reason=" ", at=NOW)
    send_back_activity(activity, by=focal_point, reason="The ward is missing.", at=NOW)

    activity.refresh_from_db()
    assert (activity.status, activity.awaiting) == ("negotiating", "")
    assert activity.county_remark == "The ward is missing."


def test_put_forward_twice_it_is_put_forward_once(activity, partner_officer, partner_signatory):
    for _time in range(2):
        put_forward_activity(activity, by=partner_officer, at=NOW)
    with pytest.raises(AlreadyPutForward):
        put_forward_activity(activity, by=partner_signatory, at=NOW)

    assert Event.objects.about(activity).count() == 1


def test_nothing_is_confirmed_twice_nor_by_who_said_it(activity, partner_officer, focal_point):
    put_forward_activity(activity, by=partner_officer, at=NOW)
    with pytest.raises(OwnWord):
        confirm_activity(activity, by=partner_officer, at=NOW)
    confirm_activity(activity, by=focal_point, at=NOW)
    with pytest.raises(NothingAwaited):
        confirm_activity(activity, by=focal_point, at=NOW)


def test_the_department_of_the_sector_confirms(
    activity, holding, focal_point, organisations, kitui, makueni
):
    """Once a sector has its lead department, officials of other departments do not confirm."""
    water = OrganisationFactory(slug="kitui-water", parent=organisations.kitui)
    health = OrganisationFactory(slug="kitui-health", parent=organisations.kitui)
    officials = {
        department.slug: holding(
            department.slug, Role.COUNTY_FOCAL_POINT, organisation=department, place=kitui
        )
        for department in (water, health)
    }
    assert all(can_confirm_activity(each, activity) for each in officials.values())

    activity.sector = SectorFactory(code="water")
    activity.save()
    SectorLead.objects.create(sector=activity.sector, place=kitui, department=water)

    assert can_confirm_activity(officials["kitui-water"], activity)
    assert can_confirm_activity(focal_point, activity)  # of the government itself
    assert not can_confirm_activity(officials["kitui-health"], activity)


def test_what_is_not_agreed_owes_no_update_and_takes_none(activity, quarter, partner_officer, plan):
    assert updates_received(plan.activities.all(), quarter).due == 0
    assert periods_to_update(activity, on=NOW.date()) == []
    with pytest.raises(NotAgreedYet):
        update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **told())


# --- Completed ---


def test_that_it_is_completed_the_county_confirms_too(
    agreed, quarter, partner_officer, focal_point
):
    update_activity(
        agreed, quarter, by=partner_officer, seen_version=0, at=NOW,
        **told(status="completed", percent_complete=100),
    )  # fmt: skip
    agreed.refresh_from_db()
    assert (agreed.status, agreed.awaiting, agreed.awaiting_by) == (
        "completed", "completion", partner_officer,
    )  # fmt: skip

    confirm_activity(agreed, by=focal_point, at=NOW)

    agreed.refresh_from_db()
    assert (agreed.status, agreed.awaiting) == ("completed", "")
    assert Event.objects.about(agreed).first().verb == "workplans.completion_confirmed"


@pytest.mark.parametrize(
    ("last_day", "status", "reason"),
    [(dt.date(2021, 3, 31), "delayed", "Two are dry."), (dt.date(2021, 6, 30), "on_track", "")],
)
def test_what_the_county_does_not_find_completed_goes_on(
    agreed, quarter, partner_officer, focal_point, last_day, status, reason
):
    Activity.objects.update(ends_on=last_day)
    done = told(status="completed", percent_complete=100)
    update_activity(agreed, quarter, by=partner_officer, seen_version=0, at=NOW, **done)

    send_back_activity(agreed, by=focal_point, reason="Two are dry.", at=NOW)

    agreed.refresh_from_db()
    assert (agreed.status, agreed.status_reason, agreed.county_remark) == (
        status, reason, "Two are dry.",
    )  # fmt: skip


def test_an_update_that_takes_completion_back_asks_nobody(agreed, quarter, partner_officer):
    done = told(status="completed", percent_complete=100)
    update_activity(agreed, quarter, by=partner_officer, seen_version=0, at=NOW, **done)
    update_activity(agreed, quarter, by=partner_officer, seen_version=1, at=NOW, **told())

    agreed.refresh_from_db()
    assert (agreed.status, agreed.awaiting) == ("on_track", "")


@pytest.mark.parametrize("status", ["agreed", "proposed", "postponed", "cancelled", "merged"])
def test_an_update_cannot_do_what_is_a_deed_of_its_own(activity, quarter, partner_officer, status):
    Activity.objects.update(status="on_track")
    with pytest.raises(NotToldByUpdate):
        update_activity(
            activity, quarter, by=partner_officer, seen_version=0, at=NOW,
            **told(status=status, status_reason="Because."),
        )  # fmt: skip


# --- Put off ---


def test_what_is_postponed_has_a_new_date_and_keeps_the_old(agreed, partner_officer, focal_point):
    with pytest.raises(NewDateMissing):
        postpone_activity(agreed, by=partner_officer, reason="Rains.", ends_on=None, at=NOW)
    with pytest.raises(DateNotLater):
        postpone_activity(
            agreed, by=partner_officer, reason="Rains.", ends_on=dt.date(2021, 3, 31), at=NOW
        )
    with pytest.raises(ReasonMissing):
        postpone_activity(
            agreed, by=partner_officer, reason="", ends_on=dt.date(2021, 6, 30), at=NOW
        )
    with pytest.raises(LastDayBeforeFirst):
        postpone_activity(
            agreed, by=partner_officer, reason="Rains.", ends_on=dt.date(2021, 6, 30),
            starts_on=dt.date(2021, 7, 1), at=NOW,
        )  # fmt: skip

    postpone_activity(
        agreed, by=partner_officer, reason="Rains.", ends_on=dt.date(2021, 6, 30), at=NOW
    )

    agreed.refresh_from_db()
    kept = Postponement.objects.get()
    assert (agreed.status, agreed.status_reason, agreed.ends_on) == (
        "postponed", "Rains.", dt.date(2021, 6, 30),
    )  # fmt: skip
    assert (kept.began_on, kept.ended_on, kept.ends_on) == (
        dt.date(2020, 9, 1), dt.date(2021, 3, 31), dt.date(2021, 6, 30),
    )  # fmt: skip


def test_who_moves_it_gets_it_back_with_the_number_of_its_version(agreed, partner_officer):
    before = agreed.version

    suspended = suspend_activity(agreed, by=partner_officer, reason="Lock-down.", at=NOW)
    resumed = resume_activity(suspended, by=partner_officer, at=NOW)

    assert (suspended.version, resumed.version) == (before + 1, before + 2)


def test_it_is_taken_up_again(agreed, partner_officer):
    suspend_activity(agreed, by=partner_officer, reason="Lock-down.", at=NOW)
    resume_activity(agreed, by=partner_officer, at=NOW)
    agreed.refresh_from_db()
    assert (agreed.status, agreed.status_reason) == ("on_track", "")


@pytest.mark.parametrize(
    ("state", "begins", "status"),
    [
        ("drafting", dt.date(2020, 9, 1), "negotiating"),
        ("in_implementation", dt.date(2021, 5, 1), "agreed"),
    ],
)
def test_it_is_taken_up_as_far_as_it_had_come(activity, partner_officer, state, begins, status):
    Activity.objects.update(starts_on=begins, ends_on=dt.date(2021, 6, 30))
    JointWorkPlan.objects.update(state=state)
    suspend_activity(activity, by=partner_officer, reason="Lock-down.", at=NOW)
    resume_activity(activity, by=partner_officer, at=NOW)
    activity.refresh_from_db()
    assert activity.status == status


def test_officials_and_co_implementers_are_told_and_who_did_it_is_not(
    agreed, partner_officer, focal_point, peer, organisations, secretary
):
    ActivityPartnerFactory(activity=agreed, organisation=organisations.kiwash)
    Mail.objects.all().delete()

    suspend_activity(agreed, by=partner_officer, reason="Lock-down.", at=NOW)

    assert sorted(mail.recipient for mail in Mail.objects.all()) == sorted(
        [focal_point.email, peer.email, secretary.email]
    )


# --- Ended ---


@pytest.fixture
def decision(review_body):
    return DecisionFactory(meeting=MeetingFactory(body=review_body, access="members"))


def test_what_is_not_agreed_is_cancelled_for_a_reason_alone(activity, partner_officer):
    with pytest.raises(ReasonMissing):
        cancel_activity(activity, by=partner_officer, reason="", at=NOW)
    cancel_activity(activity, by=partner_officer, reason="No money.", at=NOW)
    activity.refresh_from_db()
    assert (activity.status, activity.status_reason) == ("cancelled", "No money.")


def test_what_is_agreed_is_cancelled_by_the_review_committee(
    agreed, partner_officer, decision, mechanism
):
    elsewhere = DecisionFactory(
        meeting=MeetingFactory(body=BodyFactory(mechanism=MechanismFactory()))
    )
    other = DecisionFactory(
        meeting=MeetingFactory(body=BodyFactory(mechanism=mechanism, kind="forum"))
    )
    with pytest.raises(DecisionMissing):
        cancel_activity(agreed, by=partner_officer, reason="No money.", at=NOW)
    with pytest.raises(DecisionOfAnotherMechanism):
        cancel_activity(agreed, by=partner_officer, reason="No money.", decision=elsewhere, at=NOW)
    with pytest.raises(NotTheReviewCommittees):
        cancel_activity(agreed, by=partner_officer, reason="No money.", decision=other, at=NOW)

    cancel_activity(agreed, by=partner_officer, reason="No money.", decision=decision, at=NOW)

    agreed.refresh_from_db()
    assert (agreed.status, agreed.cancelled_by) == ("cancelled", decision)
    assert moves_of(agreed) == []
    with pytest.raises(ActivityNotMovable):
        suspend_activity(agreed, by=partner_officer, reason="Why not.", at=NOW)


@pytest.mark.parametrize("status", ["planned", "postponed", "suspended"])
def test_what_stands_in_a_signed_plan_is_agreed(plan, status):
    activity = ActivityFactory(plan=plan, status=status, status_reason="Rains.")
    assert activity.is_agreed
    plan.state = "drafting"
    assert not activity.is_agreed


def test_it_is_merged_into_another_of_the_plan(agreed, plan, partner_officer, peer, organisations):
    other = ActivityFactory(plan=plan, code="KTI-02", lead=organisations.kiwash)
    ended = ActivityFactory(plan=plan, code="KTI-03", status="completed")
    elsewhere = ActivityFactory()
    for into, refusal in (
        (agreed, MergedIntoItself),
        (ended, MergedIntoWhatEnded),
        (elsewhere, MergedAcrossPlans),
    ):
        with pytest.raises(refusal):
            merge_activity(agreed, by=partner_officer, into=into, at=NOW)

    for _time in range(2):
        merge_activity(agreed, by=partner_officer, into=other, at=NOW)

    agreed.refresh_from_db()
    assert (agreed.status, agreed.merged_into) == ("merged", other)
    assert Event.objects.about(agreed).filter(verb="workplans.activity_merged").count() == 1
    assert Mail.objects.filter(recipient=peer.email).exists()
    assert list(plan.activities.standing().order_by("code")) == [other, ended]


def test_what_is_promised_goes_on_with_what_it_is_merged_into(
    agreed, plan, partner_officer, organisations
):
    """500 confirmed of 800, 200 of it released, 50 spent: the same before and after."""
    other = ActivityFactory(plan=plan, code="KTI-02", lead=organisations.kcdms)
    payer = OfficeFactory(role=Role.PARTNER_SIGNATORY, organisation=organisations.kiwash).holder
    given = CommitmentFactory(
        activity=agreed, organisation=organisations.kiwash, amount=800, confirmed=500,
        released=200, confirmed_by=payer, confirmed_at=NOW,
    )  # fmt: skip
    passed = CommitmentFactory(
        activity=agreed, organisation=organisations.kcdms, amount=100, confirmed=100,
        passes_on=given,
    )  # fmt: skip
    withdrawn = CommitmentFactory(
        activity=agreed, organisation=organisations.kcdms, amount=70, state="withdrawn",
        withdrawal_reason="No budget.",
    )  # fmt: skip
    before = sums(plan)

    for _time in range(2):
        merge_activity(agreed, by=partner_officer, into=other, at=NOW)

    assert before == ["KES 500", "KES 200", "KES 300"]
    assert sums(plan) == before
    assert set(other.commitments.all()) == {given, passed, withdrawn}
    was = (given.entered_at, given.confirmed_by, given.confirmed_at, given.state, given.version)
    given.refresh_from_db()
    assert was == (
        given.entered_at, given.confirmed_by, given.confirmed_at, given.state, given.version - 1,
    )  # fmt: skip
    [event] = Event.objects.about(given)
    assert event.verb == "workplans.commitment_carried"
    assert event.changes == {"activity": [str(agreed), str(other)]}
    [letter] = Mail.objects.filter(recipient=payer.email)
    assert "as sure as it was" in letter.body


def sums(plan):
    """Confirmed, released and indicative of the plan."""
    money = money_of(plan, Activity.objects.filter(plan=plan))
    totals = (money.confirmed, money.released, money.indicative)
    return [str(money) for total in totals for money in total.amounts]


def test_what_is_over_takes_no_update(activity, quarter, partner_officer):
    cancel_activity(activity, by=partner_officer, reason="No money.", at=NOW)
    with pytest.raises(ActivityIsOver):
        update_activity(activity, quarter, by=partner_officer, seen_version=0, at=NOW, **told())


def test_a_closed_plan_moves_nothing(activity, partner_officer):
    JointWorkPlan.objects.update(state="closed")
    with pytest.raises(PlanIsClosed):
        suspend_activity(activity, by=partner_officer, reason="Lock-down.", at=NOW)


def test_who_saw_an_older_page_is_told_what_happened(activity, partner_officer, partner_signatory):
    seen = newest_event()
    suspend_activity(activity, by=partner_officer, reason="Lock-down.", at=NOW)
    with pytest.raises(DoneMeanwhile):
        cancel_activity(activity, by=partner_signatory, reason="No money.", seen=seen, at=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"awaiting": "agreement"},
        {"awaiting_since": NOW},
        {"status": "merged"},
    ],
)
def test_the_database_keeps_what_belongs_together(activity, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Activity.objects.filter(pk=activity.pk).update(**wrong)


# --- Pages ---


def test_the_lead_puts_it_forward_and_the_county_confirms_it_on_pages(
    client, activity, partner_officer, focal_point
):
    client.force_login(partner_officer)
    page = client.get(address("activity-detail"))
    assert b"Put it forward as agreed" in page.content
    assert client.post(address("activity-move", "put-forward"), {"seen": newest_event()}).url == (
        activity.get_absolute_url()
    )

    client.force_login(focal_point)
    assert b"Confirm or send back" in client.get(address("activity-detail")).content
    empty = client.post(address("activity-confirm"), {"verdict": "send-back"})
    assert "reason" in empty.context["form"].errors
    client.post(address("activity-confirm"), {"verdict": "confirm", "seen": newest_event()})

    activity.refresh_from_db()
    assert activity.status == "agreed"
    assert client.get(address("activity-confirm")).url == activity.get_absolute_url()


def test_the_form_of_cancelling_asks_for_the_decision_once_it_is_agreed(
    client, agreed, partner_officer, decision
):
    client.force_login(partner_officer)
    page = client.post(address("activity-move", "cancel"), {"reason": "No money."})
    assert "decision" in page.context["form"].errors

    client.post(
        address("activity-move", "cancel"),
        {"reason": "No money.", "decision": decision.pk, "seen": newest_event()},
    )

    agreed.refresh_from_db()
    assert agreed.cancelled_by == decision


def test_a_deed_that_is_over_leads_back(client, activity, partner_officer):
    cancel_activity(activity, by=partner_officer, reason="No money.")
    client.force_login(partner_officer)
    assert client.get(address("activity-move", "suspend")).url == activity.get_absolute_url()
    assert client.get(address("activity-move", "fly")).status_code == 404


def test_the_public_reads_neither_the_countys_remark_nor_what_it_may_not_see(
    client, activity, plan, partner_officer, focal_point, organisations
):
    put_forward_activity(activity, by=partner_officer, at=NOW)
    send_back_activity(activity, by=focal_point, reason="Secret remark.", at=NOW)
    hidden = ActivityFactory(
        plan=plan, code="KTI-02", title="Hidden work", lead=organisations.kcdms, is_public=False
    )
    merge_activity(activity, by=partner_officer, into=hidden, at=NOW)

    page = client.get(address("activity-detail")).content.decode()

    assert ("Secret remark." in page, "Hidden work" in page) == (False, False)


def test_the_page_takes_the_same_queries_however_often_it_was_postponed(
    client, agreed, partner_officer, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(60) as found:
            client.get(address("activity-detail"))
        return len(found)

    client.force_login(partner_officer)
    day = dt.date(2021, 6, 1)
    postpone_activity(agreed, by=partner_officer, reason="Rains.", ends_on=day, at=NOW)
    client.get(address("activity-detail"))
    first = queries()
    for month in (7, 8):
        day = dt.date(2021, month, 1)
        postpone_activity(agreed, by=partner_officer, reason="Rains.", ends_on=day, at=NOW)
    assert queries() == first


def test_what_the_county_has_to_confirm_stands_on_its_desk(
    client, activity, partner_officer, focal_point, neighbour, django_assert_max_num_queries
):
    def queries(user):
        client.force_login(user)
        with django_assert_max_num_queries(90) as found:
            page = client.get(reverse("desk"))
        return page.content.decode(), len(found)

    put_forward_activity(activity, by=partner_officer)
    queries(focal_point)
    page, first = queries(focal_point)
    assert "Activities to confirm for the county" in page
    assert "KTI-01 Boreholes" in page
    assert "Activities to confirm for the county" not in queries(neighbour)[0]
    for _more in range(2):
        other = ActivityFactory(plan=activity.plan, lead=activity.lead, status="proposed")
        put_forward_activity(other, by=partner_officer)
    assert queries(focal_point)[1] == first

    confirm_activity(activity, by=focal_point)
    assert "KTI-01 Boreholes" not in queries(focal_point)[0]
