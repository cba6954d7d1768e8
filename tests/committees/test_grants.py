"""Grants of a body: proposed, decided, paid, withdrawn, corrected; totals by currency alone."""

import datetime as dt

import pytest
from django.urls import reverse

from committees.models import Access, Decision, Grant, Minutes
from committees.services.criteria import BodyReviewsNobody
from committees.services.grants import (
    DecisionGivesNothing,
    DecisionMissing,
    DecisionNotInForce,
    GrantNotDecided,
    GrantPaid,
    GrantSettled,
    GrantWithdrawn,
    PaidBeforeDecided,
    correct_grant,
    decide_grant,
    pay_grant,
    propose_grant,
    totals_in,
    totals_of,
    withdraw_grant,
)
from committees.services.performance import PlaceNotReviewed
from coordination.models import Event
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.committees import BodyFactory, DecisionFactory, GrantFactory, MeetingFactory
from tests.factories.coordination import PlaceFactory

DAY = dt.date(2021, 2, 1)
PAID = dt.date(2021, 4, 1)


@pytest.fixture
def giving(review_body, kitui):
    """The review committee, which gives grants to the counties of its mechanism."""
    review_body.reviews_level = kitui.level
    review_body.save(update_fields=["reviews_level"])
    return review_body


@pytest.fixture
def grant(giving, kitui):
    return GrantFactory(body=giving, place=kitui)


@pytest.fixture
def decision(giving):
    return DecisionFactory(meeting=MeetingFactory(body=giving), taken_on=dt.date(2021, 3, 4))


def content(**given):
    return {
        "purpose": "A well", "amount_minor": 500_00, "currency": "KHR", "proposed_on": DAY,
        "note": "", **given,
    }  # fmt: skip


def correction(grant, **given):
    return content(
        **{
            "purpose": grant.purpose, "amount_minor": grant.amount_minor,
            "proposed_on": grant.proposed_on, "decision": grant.decision,
            "paid_on": grant.paid_on, **given,
        }
    )  # fmt: skip


def test_a_grant_is_proposed_decided_and_paid(giving, kitui, decision, body_secretary):
    grant = propose_grant(giving, kitui, by=body_secretary, **content())
    decide_grant(grant, by=body_secretary, decision=decision, amount_minor=400_00)
    grant = pay_grant(grant, by=body_secretary, paid_on=PAID)

    assert (grant.state, grant.paid_on, str(grant.amount)) == (Grant.State.PAID, PAID, "KHR 400")
    told = Event.objects.about(grant).order_by("pk").values_list("verb", flat=True)
    assert list(told) == [
        "committees.grant_proposed", "committees.grant_decided", "committees.grant_paid",
    ]  # fmt: skip
    decided = Event.objects.about(grant).get(verb="committees.grant_decided")
    assert decided.changes["amount"] == ["KHR 500", "KHR 400"]


def test_each_deed_twice_is_one(giving, kitui, decision, body_secretary):
    first = propose_grant(giving, kitui, by=body_secretary, **content())
    assert propose_grant(giving, kitui, by=body_secretary, **content()) == first
    for _turn in range(2):
        decide_grant(first, by=body_secretary, decision=decision, amount_minor=500_00)
    for _turn in range(2):
        pay_grant(first, by=body_secretary, paid_on=PAID)
    assert Event.objects.about(first).count() == 3


def test_another_who_says_otherwise_is_refused(giving, kitui, decision, body_secretary, chair):
    first, second = (GrantFactory(body=giving, place=kitui) for _each in range(2))
    decide_grant(first, by=body_secretary, decision=decision, amount_minor=500_00)
    with pytest.raises(GrantSettled):
        decide_grant(first, by=chair, decision=decision, amount_minor=400_00)
    withdraw_grant(second, by=body_secretary, reason="Built already.")
    withdraw_grant(second, by=body_secretary, reason="Built already.")
    with pytest.raises(GrantWithdrawn):
        withdraw_grant(second, by=chair, reason="No money.")
    assert Event.objects.about(second).count() == 1


def test_what_was_refused_once_stands_when_it_is_sent_again(
    client, grant, decision, body_secretary, chair
):
    client.force_login(body_secretary)
    address = reverse("grant-decide", args=[grant.pk])
    seen = client.get(address).context["form"]["seen"].value()
    correct_grant(
        grant, by=chair, seen_version=1, reason="Misread.", **correction(grant, amount_minor=9_00)
    )
    sent = {"decision": decision.pk, "amount_minor": "9", "seen": seen}
    page = client.post(address, sent)
    sent["seen"] = page.context["form"]["seen"].value()
    assert client.post(address, sent).status_code == 302


def test_what_cannot_be_proposed_is_refused(giving, kitui, mechanism, body_secretary):
    with pytest.raises(PlaceNotReviewed):
        propose_grant(giving, PlaceFactory(slug="elsewhere"), by=body_secretary, **content())
    with pytest.raises(BodyReviewsNobody):
        propose_grant(BodyFactory(mechanism=mechanism), kitui, by=body_secretary, **content())
    with pytest.raises(DayToCome):
        propose_grant(giving, kitui, by=body_secretary, **content(proposed_on=dt.date(2999, 1, 1)))


def test_a_grant_rests_on_a_decision_of_its_own_body_that_gives(grant, giving, body_secretary):
    meeting = MeetingFactory(body=giving)
    noted = DecisionFactory(meeting=meeting, type=Decision.Type.NOTE)
    for decision in (noted, DecisionFactory()):
        with pytest.raises(DecisionGivesNothing):
            decide_grant(grant, by=body_secretary, decision=decision, amount_minor=1)
    with pytest.raises(GrantNotDecided):
        pay_grant(grant, by=body_secretary, paid_on=PAID)


def test_nothing_is_paid_on_a_decision_that_is_not_in_force(grant, decision, body_secretary):
    decide_grant(grant, by=body_secretary, decision=decision, amount_minor=1)
    Decision.objects.filter(pk=decision.pk).update(needs_ratification=True)
    with pytest.raises(DecisionNotInForce):
        pay_grant(grant, by=body_secretary, paid_on=PAID)
    Decision.objects.filter(pk=decision.pk).update(needs_ratification=False)
    with pytest.raises(PaidBeforeDecided):
        pay_grant(grant, by=body_secretary, paid_on=dt.date(2021, 3, 3))
    with pytest.raises(DayToCome):
        pay_grant(grant, by=body_secretary, paid_on=dt.date(2999, 1, 1))
    DecisionFactory(meeting=decision.meeting, number=decision.number + 1, supersedes=decision)
    with pytest.raises(DecisionNotInForce):
        pay_grant(grant, by=body_secretary, paid_on=PAID)


def test_a_withdrawn_grant_stays_on_record_and_a_paid_one_is_corrected(
    giving, kitui, decision, body_secretary
):
    first, second = (GrantFactory(body=giving, place=kitui) for _each in range(2))
    first = withdraw_grant(first, by=body_secretary, reason="The commune built it itself.")
    assert (first.state, first.state_reason) == ("withdrawn", "The commune built it itself.")
    with pytest.raises(GrantSettled):
        decide_grant(first, by=body_secretary, decision=decision, amount_minor=1)
    with pytest.raises(GrantWithdrawn):
        correct_grant(first, by=body_secretary, seen_version=2, reason="?", **correction(first))
    decide_grant(second, by=body_secretary, decision=decision, amount_minor=1)
    pay_grant(second, by=body_secretary, paid_on=PAID)
    with pytest.raises(GrantPaid):
        withdraw_grant(second, by=body_secretary, reason="?")


def test_a_deed_in_sight_of_something_older_is_refused(grant, decision, body_secretary, chair):
    seen = newest_event()
    correct_grant(
        grant, by=chair, seen_version=1, reason="Misread.", **correction(grant, amount_minor=9_00)
    )
    with pytest.raises(DoneMeanwhile):
        decide_grant(grant, by=body_secretary, decision=decision, amount_minor=1, seen=seen)


def test_a_corrected_grant_keeps_what_it_said(grant, decision, body_secretary):
    decide_grant(grant, by=body_secretary, decision=decision, amount_minor=400_00)
    grant = pay_grant(grant, by=body_secretary, paid_on=PAID)
    with pytest.raises(EditedMeanwhile):
        correct_grant(
            grant, by=body_secretary, seen_version=1, reason="?", **correction(grant, note="New")
        )
    with pytest.raises(DecisionMissing):
        correct_grant(
            grant, by=body_secretary, seen_version=3, reason="?",
            **correction(grant, decision=None),
        )  # fmt: skip

    grant = correct_grant(
        grant, by=body_secretary, seen_version=3, reason="The bank sent it back.",
        **correction(grant, paid_on=None),
    )  # fmt: skip

    assert (grant.state, grant.paid_on) == (Grant.State.DECIDED, None)
    event = Event.objects.about(grant).order_by("-pk").first()
    assert event.note == "The bank sent it back."
    assert event.changes == {"state": ["Paid", "Decided"], "paid_on": ["2021-04-01", None]}


def test_totals_are_never_added_across_currencies(giving, kitui, decision):
    def made(currency, minor, state):
        granted = {"decision": decision} if state in Grant.GRANTED else {}
        paid = {"paid_on": PAID} if state == "paid" else {}
        reason = {"state_reason": "?"} if state == "withdrawn" else {}
        GrantFactory(
            body=giving, place=kitui, currency=currency, amount_minor=minor, state=state,
            **granted, **paid, **reason,
        )  # fmt: skip

    for row in (
        ("KHR", 100, "proposed"), ("KHR", 200, "decided"), ("KHR", 400, "paid"),
        ("USD", 800, "paid"), ("USD", 1600, "withdrawn"),
    ):  # fmt: skip
        made(*row)

    def told(rows):
        return [
            (row.currency, row.proposed.minor, row.decided.minor, row.paid.minor) for row in rows
        ]

    grants = Grant.objects.filter(body=giving)
    assert told(totals_of(grants)) == [("KHR", 100, 600, 400), ("USD", 0, 800, 800)]
    assert told(totals_in(grants)) == told(totals_of(grants))


def test_others_read_a_grant_with_its_decision(giving, kitui, decision, member, public):
    GrantFactory(body=giving, place=kitui, purpose="Proposed")
    GrantFactory(
        body=giving, place=kitui, purpose="Decided", state=Grant.State.DECIDED, decision=decision
    )

    def told_to(user):
        return sorted(grant.purpose for grant in Grant.objects.visible_to(user))

    assert (told_to(member), told_to(public)) == (["Decided", "Proposed"], [])
    Minutes.objects.create(meeting=decision.meeting, state="confirmed", confirmed_on=PAID)
    decision.meeting.access = Access.PUBLIC
    decision.meeting.save()
    assert told_to(public) == ["Decided"]


def test_the_page_of_a_commune_takes_a_grant_to_its_payment(
    client, giving, kitui, decision, body_secretary
):
    client.force_login(body_secretary)
    typed = {
        "purpose": "A well", "amount_minor": "1,250.50", "currency": "KHR",
        "proposed_on": "2021-02-01", "seen_version": 0,
    }  # fmt: skip
    client.post(reverse("grant-create", args=["sek", "review", kitui.pk]), typed)
    grant = giving.grants.get()
    assert grant.amount_minor == 1250_50

    decide = reverse("grant-decide", args=[grant.pk])
    page = client.post(decide, {"decision": decision.pk, "amount_minor": "0"})
    assert page.context["form"].errors["amount_minor"] == ["Enter an amount above 0."]
    client.post(decide, {"decision": decision.pk, "amount_minor": "1,000"})
    client.post(reverse("grant-pay", args=[grant.pk]), {"paid_on": "2021-04-01"})

    page = client.get(reverse("performance-detail", args=["sek", "review", kitui.pk]))
    assert "KHR 1,000" in page.content.decode()
    grant.refresh_from_db()
    assert (grant.state, grant.paid_on) == ("paid", PAID)


def test_the_second_of_two_who_correct_sees_both(client, grant, chair):
    client.force_login(chair)
    address = reverse("grant-correct", args=[grant.pk])
    form = client.get(address).context["form"]
    typed = {each.html_name: each.value() or "" for each in form} | {"reason": "Misread."}
    correct_grant(
        grant, by=chair, seen_version=1, reason="Misread.", **correction(grant, purpose="A road")
    )

    page = client.post(address, typed | {"purpose": "A bridge"})
    assert [(each.mine, each.theirs) for each in page.context["conflict"].fields] == [
        ("A bridge", "A road")
    ]
    again = typed | {"purpose": "A bridge", "seen_version": 2}
    assert client.post(address, again).status_code == 302
    grant.refresh_from_db()
    assert grant.purpose == "A bridge"
