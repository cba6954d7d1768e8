"""Commitments: what an officer hopes for, what the signatory makes sure of, what is spent."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event, Mail, Organisation, Role
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import EditedMeanwhile
from tests.factories.coordination import AwardFactory, OfficeFactory, OrganisationFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import Commitment, JointWorkPlan
from workplans.permissions.money import can_confirm_commitment, can_edit_commitment
from workplans.services.activities import PlanIsClosed
from workplans.services.commitments import (
    ActivityTakesNoMoney,
    AmountBelowConfirmed,
    CommitmentIsOver,
    ConfirmationTakenBack,
    ConfirmedBeyondAmount,
    KindIsConfirmed,
    PassedOnElsewhere,
    PeriodNotOfPlan,
    ReasonOfWithdrawalMissing,
    ReleasedBeyondConfirmed,
    ReleaseTakenBack,
    SpentBeyondReleased,
    close_commitment,
    confirm_commitment,
    edit_commitment,
    enter_commitment,
    record_spending,
    release_commitment,
    remind_signatories,
    withdraw_commitment,
)

from .conftest import deeds

State = Commitment.State
ENTERED = dt.datetime(2021, 1, 4, 9, tzinfo=dt.UTC)


@pytest.fixture
def activity(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    return ActivityFactory(
        plan=plan, code="KTI-01", lead=organisations.kiwash, places=[kitui],
        budget_minor=1_000_000, currency="KES",
    )  # fmt: skip


@pytest.fixture
def content(organisations):
    def make(**said):
        return {
            "organisation": organisations.kcdms, "kind": "cash", "amount_minor": 500_000,
            "currency": "KES", "passes_on": None, "approver": "head_office", "expected_on": None,
            "award": None, "budget_line": "", "recipients": None, "conditions": "", "note": "",
            **said,
        }  # fmt: skip

    return make


@pytest.fixture
def enter(activity, content, partner_officer):
    def make(**said):
        return enter_commitment(activity, by=partner_officer, at=ENTERED, **content(**said))

    return make


def test_an_officer_enters_and_the_signatory_is_asked_by_letter(enter, partner_signatory, peer):
    commitment = enter()

    assert (commitment.state, commitment.confirmed_minor) == (State.INDICATIVE, 0)
    [letter] = Mail.objects.all()
    assert letter.recipient == partner_signatory.email
    assert letter.subject == "To confirm: KES 5,000 for KTI-01 Activity KTI-01"
    assert reverse("commitment-confirm", args=[commitment.pk]) in letter.body


def test_the_letter_says_what_is_to_decide_by_when_and_how(settings, enter, partner_signatory):
    commitment = enter(
        expected_on=dt.date(2021, 3, 3), approver="head_office", budget_line="3.2 Water",
        conditions="Once the county has fenced the site",
    )  # fmt: skip
    page = f"{settings.PUBLIC_URL}{reverse('commitment-confirm', args=[commitment.pk])}"
    opening = (
        "KCDMS has entered KES 5,000 (cash) for activity KTI-01, “Activity KTI-01”, of the plan "
        f"“{commitment.activity.plan}”. You sign for KCDMS, so the decision is yours: you may "
        "confirm the whole amount or a part of it. What is not confirmed is indicative, and the "
        "plan does not count on it.\n\n"
    )
    more = (
        "Leave to be had first from: head office\n"
        "Budget line: 3.2 Water\n"
        "Conditions: Once the county has fenced the site\n\n"
        f"To decide, open this page and sign in:\n{page}\n\n"
        "Only a signatory who signs in can confirm it: in other hands this letter opens nothing.\n"
    )
    [asked] = Mail.objects.all()
    assert asked.body == f"{opening}A decision is expected by: 3\u00a0Mar 2021\n{more}"

    confirm_commitment(commitment, by=partner_signatory, confirmed_minor=200_000)
    remind_signatories(at=dt.datetime(2021, 3, 4, 9, tzinfo=dt.UTC))

    late = Mail.objects.get(key__startswith="commitment-late:")
    assert late.subject == "Still to confirm: KES 3,000 for KTI-01 Activity KTI-01"
    assert late.body == (
        f"{opening}A decision was expected by 3\u00a0Mar 2021.\n\n"
        f"Confirmed so far: KES 2,000\nStill to decide: KES 3,000\n{more}"
    )


def test_a_form_sent_twice_is_one_commitment(enter):
    assert enter() == enter()
    assert Commitment.objects.count() == 1


def test_days_are_counted_from_when_it_was_entered_until_all_is_confirmed(enter, partner_signatory):
    commitment = enter()
    assert commitment.days_waiting(on=dt.date(2021, 1, 16)) == 12
    # From 4 January to 30 June, the last day of the plan's year: nothing is waited for after it.
    assert commitment.days_waiting(on=dt.date(2026, 11, 27)) == 177

    part = confirm_commitment(commitment, by=partner_signatory, confirmed_minor=200_000)
    assert part.days_waiting(on=dt.date(2021, 1, 20)) == 16

    whole = confirm_commitment(commitment, by=partner_signatory, confirmed_minor=500_000)
    assert whole.days_waiting(on=dt.date(2021, 1, 20)) is None


def test_a_part_then_the_whole_is_confirmed_released_spent_and_closed(
    enter, partner_signatory, partner_officer, quarter
):
    commitment = enter()
    by = {"by": partner_signatory}
    states = []
    for deed, amounts in [
        (confirm_commitment, {"confirmed_minor": 300_000}),
        (confirm_commitment, {"confirmed_minor": 500_000}),
        (release_commitment, {"released_minor": 200_000}),
        (release_commitment, {"released_minor": 500_000}),
    ]:
        commitment = deed(commitment, **by, **amounts)
        states.append(commitment.state)
    record_spending(commitment, quarter, by=partner_officer, amount_minor=500_000)
    commitment.refresh_from_db()
    states.append(commitment.state)
    states.append(close_commitment(commitment, **by).state)

    assert states == [
        State.PARTLY_CONFIRMED, State.CONFIRMED, State.PARTLY_RELEASED, State.RELEASED,
        State.SPENT, State.CLOSED,
    ]  # fmt: skip
    assert deeds(commitment) == [
        "workplans.commitment_entered", "workplans.commitment_confirmed",
        "workplans.commitment_confirmed", "workplans.commitment_released",
        "workplans.commitment_released", "workplans.spending_recorded",
        "workplans.commitment_closed",
    ]  # fmt: skip


def test_the_record_says_from_what_to_what(enter, partner_signatory):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)

    event = Event.objects.about(commitment).first()
    assert event.changes == {
        "state": ["Indicative", "Partly confirmed"],
        "confirmed": ["", "KES 3,000"],
    }


def test_those_concerned_are_told_what_is_confirmed(
    enter, partner_signatory, partner_officer, peer, focal_point, neighbour
):
    confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)

    told = Mail.objects.filter(key__startswith="commitment-confirmed:")
    assert set(told.values_list("recipient", flat=True)) == {
        partner_signatory.email, partner_officer.email, peer.email, focal_point.email
    }  # fmt: skip


def test_confirmed_twice_it_is_one_deed(enter, partner_signatory):
    commitment, seen = enter(), newest_event()

    for _click in range(2):
        confirm_commitment(commitment, by=partner_signatory, confirmed_minor=300_000, seen=seen)

    assert deeds(commitment).count("workplans.commitment_confirmed") == 1


def test_the_second_of_two_sees_what_was_done_meanwhile(
    enter, partner_signatory, holding, organisations
):
    commitment, seen = enter(), newest_event()
    other = holding("Deputy", Role.PARTNER_SIGNATORY, organisation=organisations.kcdms)
    confirm_commitment(commitment, by=other, confirmed_minor=100_000, seen=seen)

    with pytest.raises(DoneMeanwhile) as refusal:
        confirm_commitment(commitment, by=partner_signatory, confirmed_minor=500_000, seen=seen)

    assert "KES 1,000" in str(refusal.value)


@pytest.mark.parametrize(
    ("minor", "refusal"),
    [(500_001, ConfirmedBeyondAmount), (299_999, ConfirmationTakenBack)],
)
def test_no_more_than_promised_and_no_less_than_confirmed(enter, partner_signatory, minor, refusal):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)

    with pytest.raises(refusal):
        confirm_commitment(commitment, by=partner_signatory, confirmed_minor=minor)


def test_each_amount_is_part_of_the_one_before(enter, partner_signatory, quarter):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)
    with pytest.raises(ReleasedBeyondConfirmed):
        release_commitment(commitment, by=partner_signatory, released_minor=300_001)

    release_commitment(commitment, by=partner_signatory, released_minor=200_000)
    with pytest.raises(ReleaseTakenBack):
        release_commitment(commitment, by=partner_signatory, released_minor=100_000)
    with pytest.raises(SpentBeyondReleased):
        record_spending(commitment, quarter, by=partner_signatory, amount_minor=200_001)


def test_spending_is_by_period_and_can_be_corrected(enter, partner_signatory, quarters):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=500_000)
    release_commitment(commitment, by=partner_signatory, released_minor=500_000)
    record_spending(commitment, quarters[0], by=partner_signatory, amount_minor=100_000)
    record_spending(commitment, quarters[1], by=partner_signatory, amount_minor=150_000)
    record_spending(commitment, quarters[0], by=partner_signatory, amount_minor=50_000)

    commitment.refresh_from_db()
    assert commitment.spent_minor == 200_000
    assert commitment.spendings.count() == 2


def test_nothing_is_spent_before_its_period_begins(enter, partner_signatory, quarters):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=500_000)
    release_commitment(commitment, by=partner_signatory, released_minor=500_000)

    with pytest.raises(PeriodNotOfPlan):
        record_spending(commitment, quarters[3], by=partner_signatory, amount_minor=1, at=ENTERED)


def test_a_period_begins_at_the_midnight_of_the_mechanism(
    enter, client, partner_signatory, quarters, settings, monkeypatch
):
    """What the page offers on the first day of a quarter is what can be recorded."""
    settings.MFA_REQUIRED = False
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=500_000)
    release_commitment(commitment, by=partner_signatory, released_minor=500_000)
    first_hour = dt.datetime(2021, 3, 31, 21, 30, tzinfo=dt.UTC)  # of 1 April, in Nairobi
    with pytest.raises(PeriodNotOfPlan):
        record_spending(
            commitment, quarters[3], by=partner_signatory, amount_minor=1,
            at=first_hour - dt.timedelta(hours=1),
        )  # fmt: skip
    monkeypatch.setattr("django.utils.timezone.now", lambda: first_hour)
    client.force_login(partner_signatory)
    page = reverse("commitment-spend", args=[commitment.pk])
    offered = client.get(page).context["form"].fields["period"].queryset

    assert offered[0] == quarters[3]
    spending = record_spending(commitment, quarters[3], by=partner_signatory, amount_minor=1)
    assert spending.period == quarters[3]


def test_a_withdrawn_commitment_says_what_of_it_counts_still(
    enter, client, partner_signatory, settings
):
    settings.MFA_REQUIRED = False
    client.force_login(partner_signatory)
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)
    release_commitment(commitment, by=partner_signatory, released_minor=200_000)
    gone = withdraw_commitment(commitment, by=partner_signatory, reason="The award ended.")

    page = client.get(gone.get_absolute_url()).content.decode()

    assert f"Of it, {gone.released} still counts: it was released before." in page
    assert f"{gone.released} of it is not accounted for yet." in page
    assert reverse("commitment-spend", args=[gone.pk]) in page


def test_what_was_released_is_accounted_for_also_after_the_withdrawal(
    enter, client, partner_signatory, quarter, settings
):
    settings.MFA_REQUIRED = False
    client.force_login(partner_signatory)
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)
    release_commitment(commitment, by=partner_signatory, released_minor=200_000)
    withdraw_commitment(commitment, by=partner_signatory, reason="The award ended.")

    with pytest.raises(SpentBeyondReleased, match="released before it was withdrawn"):
        record_spending(commitment, quarter, by=partner_signatory, amount_minor=200_001)
    record_spending(commitment, quarter, by=partner_signatory, amount_minor=200_000)

    commitment.refresh_from_db()
    assert (commitment.state, commitment.spent_minor) == (State.WITHDRAWN, 200_000)
    page = client.get(commitment.get_absolute_url()).content.decode()
    assert "not accounted for yet" not in page


def test_of_nothing_released_nothing_is_spent_after_the_withdrawal(
    enter, client, partner_signatory, quarter
):
    gone = withdraw_commitment(enter(), by=partner_signatory, reason="The award ended.")
    client.force_login(partner_signatory)

    with pytest.raises(CommitmentIsOver):
        record_spending(gone, quarter, by=partner_signatory, amount_minor=1)
    page = client.get(gone.get_absolute_url()).content.decode()
    assert reverse("commitment-spend", args=[gone.pk]) not in page


def test_only_what_is_confirmed_in_part_can_be_closed(enter, client, partner_signatory, settings):
    settings.MFA_REQUIRED = False
    client.force_login(partner_signatory)
    commitment = enter()
    close = reverse("commitment-close", args=[commitment.pk])

    assert close not in client.get(commitment.get_absolute_url()).content.decode()
    confirm_commitment(commitment, by=partner_signatory, confirmed_minor=300_000)
    assert close in client.get(commitment.get_absolute_url()).content.decode()


@pytest.mark.parametrize("released", [0, 200_000])
def test_it_is_withdrawn_from_any_state_with_a_reason(
    enter, partner_signatory, peer, focal_point, released
):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)
    release_commitment(commitment, by=partner_signatory, released_minor=released)
    with pytest.raises(ReasonOfWithdrawalMissing):
        withdraw_commitment(commitment, by=partner_signatory, reason=" ")

    gone = withdraw_commitment(commitment, by=partner_signatory, reason="The award ended.")

    assert (gone.state, gone.counted_minor) == (State.WITHDRAWN, released)
    told = Mail.objects.filter(key__startswith="commitment-withdrawn:")
    assert {peer.email, focal_point.email} < set(told.values_list("recipient", flat=True))
    with pytest.raises(CommitmentIsOver):
        confirm_commitment(commitment, by=partner_signatory, confirmed_minor=400_000)


def test_what_is_confirmed_is_not_changed_under_the_confirmation(
    enter, content, partner_officer, partner_signatory
):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)
    edit = {"by": partner_officer, "seen_version": commitment.version}

    with pytest.raises(AmountBelowConfirmed):
        edit_commitment(commitment, **edit, **content(amount_minor=299_999))
    with pytest.raises(KindIsConfirmed):
        edit_commitment(commitment, **edit, **content(currency="USD"))


def test_more_that_is_promised_asks_the_signatory_anew(
    enter, content, partner_officer, partner_signatory
):
    commitment = confirm_commitment(enter(), by=partner_signatory, confirmed_minor=500_000)

    edited = edit_commitment(
        commitment, by=partner_officer, seen_version=commitment.version,
        **content(amount_minor=800_000),
    )  # fmt: skip

    assert (edited.state, edited.is_waiting) == (State.PARTLY_CONFIRMED, True)
    asked = Mail.objects.filter(key__startswith="commitment-asked:")
    assert asked.count() == 2


def test_the_second_of_two_editors_is_not_the_last_word(enter, content, partner_officer, peer):
    commitment = enter()
    seen = commitment.version
    edit_commitment(commitment, by=partner_officer, seen_version=seen, **content(note="First"))

    with pytest.raises(EditedMeanwhile):
        edit_commitment(commitment, by=partner_officer, seen_version=seen, **content(note="2nd"))


def test_money_is_passed_on_within_one_activity_and_currency(enter, activity, organisations):
    source = CommitmentFactory(activity=activity, organisation=organisations.usaid, currency="USD")
    elsewhere = CommitmentFactory()
    with pytest.raises(PassedOnElsewhere):
        enter(passes_on=source)
    with pytest.raises(PassedOnElsewhere):
        enter(passes_on=elsewhere)

    assert enter(passes_on=source, currency="USD").passes_on == source


def test_nobody_passes_on_its_own_money(enter):
    own = enter()
    with pytest.raises(PassedOnElsewhere):
        enter(passes_on=own, note="Once more")


def test_money_never_comes_back_to_where_it_came_from(
    enter, content, partner_officer, organisations
):
    head = enter()
    child = enter(passes_on=head, organisation=organisations.kiwash)

    with pytest.raises(PassedOnElsewhere):
        edit_commitment(
            head, by=partner_officer, seen_version=head.version, **content(passes_on=child)
        )


def test_closed_plans_and_cancelled_activities_take_nothing(enter, activity):
    activity.status, activity.status_reason = "cancelled", "Decided so"
    activity.save()
    with pytest.raises(ActivityTakesNoMoney):
        enter()

    JointWorkPlan.objects.update(state="closed")
    with pytest.raises(PlanIsClosed):
        enter()


def test_the_signatory_is_asked_again_once_the_expected_day_is_past(enter, partner_signatory):
    commitment = enter(expected_on=dt.date(2021, 1, 31))
    # 31 January ends in Nairobi three hours before it ends in Greenwich.
    before = dt.datetime(2021, 1, 31, 20, tzinfo=dt.UTC)
    after = dt.datetime(2021, 1, 31, 22, tzinfo=dt.UTC)

    assert [remind_signatories(at=at) for at in (before, after, after)] == [0, 1, 1]
    again = Mail.objects.filter(key=f"commitment-late:{commitment.pk}:2021-01-31")
    assert [letter.recipient for letter in again] == [partner_signatory.email]

    confirm_commitment(commitment, by=partner_signatory, confirmed_minor=500_000)
    assert remind_signatories(at=after) == 0


# --- Who may ---


def test_only_the_signatory_confirms_and_the_secretariat_never(
    enter, cast, mechanism, organisations
):
    """R14, R25: nor does a signatory who holds an office of the secretariat as well."""
    commitment = enter()

    confirming = {name for name, user in cast.items() if can_confirm_commitment(user, commitment)}
    assert confirming == {"partner_signatory"}
    assert not can_confirm_commitment(cast["secretary"], commitment)

    OfficeFactory(
        holder=cast["partner_signatory"], role=Role.SECRETARIAT, organisation=organisations.rla,
        mechanism=mechanism,
    )  # fmt: skip
    assert not can_confirm_commitment(cast["partner_signatory"], commitment)


def test_the_county_answers_for_its_own_money(activity, cast, kitui, makueni, organisations):
    department = OrganisationFactory(type=Organisation.Type.COUNTY_DEPARTMENT, place=kitui)
    ours = CommitmentFactory(activity=activity, organisation=department)
    theirs = CommitmentFactory(activity=activity, organisation=organisations.makueni)

    assert {n for n, u in cast.items() if can_confirm_commitment(u, ours)} == {"focal_point"}
    assert {n for n, u in cast.items() if can_confirm_commitment(u, theirs)} == {"neighbour"}
    assert {n for n, u in cast.items() if can_edit_commitment(u, ours)} == {"focal_point"}


def test_the_right_to_confirm_ends_with_the_office(enter, holding, organisations):
    gone = holding(
        "Former chief", Role.PARTNER_SIGNATORY, organisation=organisations.kcdms,
        ends_on=dt.date(2020, 12, 31),
    )  # fmt: skip

    assert not can_confirm_commitment(gone, enter())


def test_a_donor_sees_what_its_awards_pay_and_of_others_the_sums_alone(
    enter, donor_officer, organisations, mechanism, outsider, public, peer
):
    own = mechanism.awards.get()
    paid, other = enter(award=own), enter(award=AwardFactory(), note="Of another donor")

    def seen(user):
        return set(Commitment.objects.visible_to(user))

    assert seen(donor_officer) == {paid}
    assert seen(peer) == {paid, other}
    assert seen(outsider) == seen(public) == set()


# --- Pages ---


def test_two_taps_confirm_the_whole(enter, client, partner_signatory, settings):
    settings.MFA_REQUIRED = False
    commitment = enter()
    client.force_login(partner_signatory)
    page = client.get(reverse("commitment-confirm", args=[commitment.pk]))
    form = page.context["form"]

    answer = client.post(
        reverse("commitment-confirm", args=[commitment.pk]),
        {"confirmed_minor": form["confirmed_minor"].value(), "seen": form["seen"].value()},
    )

    assert answer.headers["Location"] == commitment.get_absolute_url()
    commitment.refresh_from_db()
    assert (commitment.state, commitment.confirmed_by) == (State.CONFIRMED, partner_signatory)


def test_a_password_alone_confirms_nothing(enter, client, partner_signatory, settings):
    settings.MFA_REQUIRED = True
    commitment = enter()
    client.force_login(partner_signatory)

    answer = client.post(
        reverse("commitment-confirm", args=[commitment.pk]), {"confirmed_minor": "5000"}
    )

    assert answer.headers["Location"] == reverse("mfa_index")
    commitment.refresh_from_db()
    assert commitment.state == State.INDICATIVE


def test_a_refusal_keeps_what_was_typed(enter, client, partner_signatory, settings):
    settings.MFA_REQUIRED = False
    commitment = enter()
    client.force_login(partner_signatory)

    page = client.post(
        reverse("commitment-confirm", args=[commitment.pk]), {"confirmed_minor": "6,000"}
    )

    assert page.context["form"]["confirmed_minor"].value() == "6,000"
    said = {"confirmed_minor": [str(ConfirmedBeyondAmount.message)]}
    assert page.context["form"].errors == said


def test_an_officer_enters_on_the_page_and_two_editors_see_both_versions(
    activity, client, partner_officer, organisations
):
    client.force_login(partner_officer)
    address = reverse("commitment-create", args=["sek", "kitui-2020-21", "KTI-01"])
    assert client.get(address).status_code == 200
    typed = {
        "organisation": organisations.kcdms.pk, "kind": "cash", "amount_minor": "5,000",
        "currency": "KES", "approver": "head_office", "seen_version": "0",
    }  # fmt: skip
    client.post(address, typed)
    commitment = Commitment.objects.get()
    edit = reverse("commitment-edit", args=[commitment.pk])
    client.post(edit, {**typed, "amount_minor": "6,000", "seen_version": "1"})

    page = client.post(edit, {**typed, "amount_minor": "7,000", "seen_version": "1"})

    [difference] = page.context["conflict"].fields
    assert (difference.mine, difference.theirs) == ("7,000", "6,000")


def test_the_pages_of_money_show_what_was_computed(
    enter, activity, client, partner_signatory, peer, settings
):
    settings.MFA_REQUIRED = False
    confirm_commitment(enter(), by=partner_signatory, confirmed_minor=300_000)
    client.force_login(peer)
    args = ["sek", "kitui-2020-21"]

    page = client.get(reverse("plan-money", args=args))
    money = page.context["money"]
    assert money.lines[0].gap.money.minor == 700_000
    assert page.context["waiting"][0][0].unconfirmed.minor == 200_000
    assert client.get(reverse("plan-money-export", args=args)).status_code == 200
    assert client.get(reverse("plan-rates", args=args)).status_code == 200
    detail = client.get(activity.get_absolute_url())
    assert detail.context["money"].gap.money.minor == 700_000


def test_the_public_reads_sums_and_no_names(enter, client, organisations):
    enter(note="Nobody’s business")

    page = client.get(reverse("plan-money", args=["sek", "kitui-2020-21"]))

    text = page.content.decode()
    assert "KES 5,000" in text
    assert organisations.kcdms.short_name not in text


def test_internal_activities_are_in_no_sum_of_the_public(enter, activity, client):
    enter()
    activity.is_public = False
    activity.save()

    page = client.get(reverse("plan-money", args=["sek", "kitui-2020-21"]))

    assert page.context["money"].lines == []


def test_what_waits_for_a_signature_stands_on_the_desk(enter, cast, client, settings):
    settings.MFA_REQUIRED = False
    commitment = enter()

    found = {}
    for name in ("partner_signatory", "partner_officer", "focal_point", "secretary"):
        client.force_login(cast[name])
        found[name] = [each for each, _days in client.get(reverse("desk")).context["to_confirm"]]

    assert found.pop("partner_signatory") == [commitment]
    assert found == {"partner_officer": [], "focal_point": [], "secretary": []}


def test_the_county_s_own_money_waits_on_its_focal_point_s_desk(activity, cast, kitui):
    department = OrganisationFactory(type=Organisation.Type.COUNTY_DEPARTMENT, place=kitui)
    ours = CommitmentFactory(activity=activity, organisation=department)

    waiting = {
        name: list(Commitment.objects.confirmed_by_office_of(user).waiting())
        for name, user in cast.items()
        if name != "public"
    }
    assert {name for name, rows in waiting.items() if rows == [ours]} == {"focal_point"}
