"""The risk register of a plan: who carries a risk, who shares it, and what becomes of it (P34)."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event, Mail
from coordination.services.events import newest_event
from coordination.services.refusals import EditedMeanwhile
from tests.factories.plans import BottleneckFactory, RiskFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Bottleneck, Risk
from workplans.services.activities import PlanIsClosed
from workplans.services.bottlenecks import ActivityOfAnotherPlan
from workplans.services.implementation_desk import risks_to_review
from workplans.services.risks import (
    BottleneckOfAnotherPlan,
    CarrierShares,
    NobodyShares,
    RiskIsClosed,
    RiskIsThere,
    RiskNotOpen,
    close_risk,
    edit_risk,
    record_occurrence,
    record_risk,
)

from .conftest import deeds

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)
DROUGHT = "The short rains fail again"


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def activity(plan, organisations):
    return ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms)


@pytest.fixture
def content(activity, organisations, kitui):
    def make(**changes):
        return {
            "what": DROUGHT, "cause": "La Niña", "touches": "Households without a store",
            "places": [kitui], "likelihood": 3, "impact": 2, "activities": [activity],
            "owner": organisations.kcdms, "response": "share", "measures": "Two stores by June.",
            "review_on": dt.date(2021, 6, 30), "is_public": False, **changes,
        }  # fmt: skip

    return make


@pytest.fixture
def recorded(plan, content, organisations, secretary):
    """A maker: KCDMS carries it, KIWASH takes on the trucks, the county a third of the cost."""

    def make(seen=None, **changes):
        shares = [(organisations.kiwash, "Water trucks"), (organisations.kitui, "A third")]
        told = {"by": secretary, "seen": seen, "at": NOW}
        return record_risk(plan, shares=shares, **told, **content(**changes))

    return make


def test_a_risk_is_recorded_once_with_who_carries_and_who_shares_it(recorded, organisations):
    seen = newest_event()
    risk = recorded(seen=seen)

    assert recorded(seen=seen) == risk
    assert (risk.state, str(risk.owner)) == ("open", "KCDMS")
    assert sorted(risk.shares.values_list("organisation__slug", "takes_on")) == [
        ("kitui-county", "A third"), ("kiwash", "Water trucks"),
    ]  # fmt: skip
    assert deeds(risk) == ["workplans.risk_recorded"]


def test_the_same_words_again_are_no_second_click(recorded, secretary, organisations):
    risk = recorded()

    for again in ({}, {"seen": newest_event()}):
        with pytest.raises(RiskIsThere) as refused:
            recorded(**again)
        assert refused.value.there == risk
    assert recorded(owner=organisations.rla) != risk

    close_risk(risk, by=secretary, reason="It rained.", at=NOW)
    assert recorded() != risk


def test_who_shares_is_named_and_is_another(plan, content, secretary, organisations):
    with pytest.raises(NobodyShares):
        record_risk(plan, by=secretary, at=NOW, shares=[], **content())
    shares = [(organisations.kcdms, "All of it")]
    with pytest.raises(CarrierShares):
        record_risk(plan, by=secretary, at=NOW, shares=shares, **content())
    elsewhere = ActivityFactory(code="MKN-01")
    with pytest.raises(ActivityOfAnotherPlan):
        record_risk(
            plan, by=secretary, at=NOW, **content(activities=[elsewhere], response="accept")
        )
    assert not Risk.objects.exists()


def test_a_review_changes_it_and_the_second_editor_sees_both(
    recorded, content, secretary, organisations
):
    risk = recorded()
    shares = [(organisations.kiwash, "Water trucks")]
    edit_risk(
        risk, by=secretary, seen_version=1, at=NOW, shares=shares,
        **content(likelihood=1, review_on=dt.date(2021, 9, 30)),
    )  # fmt: skip

    with pytest.raises(EditedMeanwhile):
        edit_risk(risk, by=secretary, seen_version=1, at=NOW, shares=shares, **content())
    event = Event.objects.about(risk).first()
    assert event.changes == {
        "likelihood": ["Likely", "Unlikely"],
        "review_on": ["2021-06-30", "2021-09-30"],
        "shares": [["KITUI-COUNTY: A third", "KIWASH: Water trucks"], ["KIWASH: Water trucks"]],
    }


def test_when_it_occurs_it_is_a_bottleneck_with_the_same_activities(recorded, activity, secretary):
    risk = recorded()
    for _click in range(2):
        risk = record_occurrence(
            risk, by=secretary, at=NOW, since=dt.date(2021, 4, 1), category="weather"
        )

    (bottleneck,) = Bottleneck.objects.all()
    assert (risk.state, risk.bottleneck) == ("occurred", bottleneck)
    assert (bottleneck.description, str(bottleneck.raised_by)) == (DROUGHT, "KCDMS")
    assert list(bottleneck.activities.all()) == [activity]
    assert not bottleneck.is_public
    with pytest.raises(RiskNotOpen):
        edit_risk(risk, by=secretary, seen_version=risk.version, shares=[], **dict.fromkeys([]))


def test_it_may_be_a_bottleneck_that_stands_already(recorded, plan, secretary):
    risk, told = recorded(), {"by": secretary, "at": NOW, "category": "other"}
    day = dt.date(2021, 4, 1)
    with pytest.raises(BottleneckOfAnotherPlan):
        record_occurrence(risk, since=day, bottleneck=BottleneckFactory(), **told)
    standing = BottleneckFactory(plan=plan)
    record_occurrence(risk, since=day, bottleneck=standing, **told)
    assert list(standing.risks.all()) == [risk]


def test_it_is_closed_once_for_a_reason(recorded, secretary, plan):
    risk = recorded()
    for _click in range(2):
        risk = close_risk(risk, by=secretary, reason="It rained.", at=NOW)
    assert (risk.state, risk.closed_on) == ("closed", dt.date(2021, 4, 10))
    with pytest.raises(RiskIsClosed):
        close_risk(risk, by=secretary, reason="Another.", at=NOW)
    assert deeds(risk) == ["workplans.risk_recorded", "workplans.risk_closed"]


def test_a_plan_that_is_over_takes_none(recorded, plan, secretary, content):
    risk = recorded()
    plan.state = "closed"
    plan.save(update_fields=["state"])
    with pytest.raises(PlanIsClosed):
        close_risk(risk, by=secretary, reason="It rained.")
    assert risks_to_review(secretary, NOW).rows == []


@pytest.mark.parametrize(
    ("day", "count"),
    [("2021-05-31", 0), ("2021-06-01", 1), ("2021-06-30", 1), ("2021-07-01", 0)],
)
def test_an_overdue_review_stands_on_the_carriers_desk_while_the_plan_runs(
    recorded, partner_officer, peer, day, count
):
    recorded(review_on=dt.date(2021, 5, 31))
    at = dt.datetime.fromisoformat(f"{day}T09:00:00+00:00")

    assert len(risks_to_review(partner_officer, at).rows) == count
    assert risks_to_review(peer, at).rows == []


def letters(*, to):
    return [(letter.subject, letter.body) for letter in Mail.objects.filter(recipient=to.email)]


def test_who_shares_a_risk_is_told_what_it_takes_on(
    recorded, content, secretary, organisations, peer, focal_point, partner_officer
):
    seen = newest_event()
    risk = recorded(seen=seen)
    recorded(seen=seen)
    [(subject, body)] = letters(to=peer)
    assert subject == f"Your share of a risk: {DROUGHT}"
    assert "KIWASH shares it and takes on: Water trucks." in body
    assert [subject for subject, _body in letters(to=focal_point)] == [subject]
    assert letters(to=partner_officer) == []

    shares = [(organisations.kiwash, "Water trucks"), (organisations.kitui, "Half")]
    edit_risk(risk, by=secretary, seen_version=1, shares=shares, at=NOW, **content())
    assert len(letters(to=peer)) == 1
    assert "takes on: Half." in letters(to=focal_point)[-1][1]


def test_who_carries_and_shares_a_risk_is_told_that_it_occurred(
    recorded, peer, focal_point, partner_officer
):
    risk = recorded()
    for _click in range(2):
        record_occurrence(
            risk, by=partner_officer, since=dt.date(2021, 4, 1), category="weather", at=NOW
        )

    for user, count in ((peer, 1), (focal_point, 1), (partner_officer, 0)):
        told = [subject for subject, _body in letters(to=user) if subject.startswith("It occ")]
        assert told == [f"It occurred: {DROUGHT}"] * count


# --- Pages ---


def address(name, *more):
    return reverse(name, args=["sek", "kitui-2020-21", *more])


def form_data(**changes):
    return {
        "what": DROUGHT, "likelihood": "3", "impact": "2", "owner": "", "response": "share",
        "review_on": "2021-06-30", "seen_version": "0",
        "shares-TOTAL_FORMS": "2", "shares-INITIAL_FORMS": "0",
        "shares-0-takes_on": "Water trucks", **changes,
    }  # fmt: skip


def test_the_register_is_read_in_order_and_narrowed_by_its_address(
    client, plan, activity, organisations, peer
):
    """The gravest of the open ones first: 3 x 3, then 2 x 2; then what occurred; then closed."""
    kcdms = {"plan": plan, "owner": organisations.kcdms}
    RiskFactory(**kcdms, what="Closed one", state="closed", closed_on=NOW.date(),
                closed_because="Over.")  # fmt: skip
    RiskFactory(**kcdms, what="Middling")
    RiskFactory(plan=plan, owner=organisations.kiwash, what="Gravest", likelihood=3, impact=3)
    RiskFactory(**kcdms, what="It came", state="occurred", bottleneck=BottleneckFactory(plan=plan))
    client.force_login(peer)

    def shown(query=""):
        page = client.get(address("risk-list") + query)
        return [risk.what for risk, _late in page.context["rows"]]

    assert shown() == ["Gravest", "Middling", "It came", "Closed one"]
    assert shown("?state=open&owner=kcdms") == ["Middling"]
    assert shown("?impact=3") == ["Gravest"]


def test_internal_risks_are_for_who_takes_part(client, recorded, peer, outsider, activity):
    risk = recorded()
    for visitor in (None, outsider):
        if visitor:
            client.force_login(visitor)
        assert client.get(risk.get_absolute_url()).status_code == 404
        for page in (address("risk-list"), activity.get_absolute_url()):
            assert DROUGHT not in client.get(page).content.decode()
    client.force_login(peer)
    detail = client.get(risk.get_absolute_url()).content.decode()
    assert "Water trucks" in detail
    assert "Review it" not in detail
    assert DROUGHT in client.get(activity.get_absolute_url()).content.decode()


def test_a_public_risk_of_an_internal_activity_does_not_name_it(
    client, recorded, activity, secretary
):
    risk = recorded(is_public=True)
    activity.is_public = False
    activity.save(update_fields=["is_public"])
    for page in (risk.get_absolute_url(), address("risk-list")):
        shown = client.get(page).content.decode()
        assert DROUGHT in shown
        assert activity.code not in shown


def test_an_officer_records_for_the_own_organisation_alone(
    client, activity, organisations, partner_officer
):
    client.force_login(partner_officer)
    shared = {"shares-0-organisation": organisations.kiwash.pk}
    page = client.post(address("risk-record"), form_data(owner=organisations.kiwash.pk, **shared))
    assert "owner" in page.context["form"].errors

    page = client.post(
        address("risk-record"), form_data(owner=organisations.kcdms.pk, **shared), follow=True
    )
    risk = Risk.objects.get()
    assert [str(share) for share in risk.shares.all()] == ["KIWASH: Water trucks"]
    assert page.redirect_chain == [(risk.get_absolute_url(), 302)]


def test_who_records_the_same_words_again_is_led_to_the_risk(client, recorded, secretary):
    risk = recorded()
    client.force_login(secretary)
    data = form_data(owner=risk.owner_id, response="accept")
    data["shares-0-takes_on"] = ""

    page = client.post(address("risk-record"), data | {"seen": newest_event()})

    (said,) = page.context["form"].non_field_errors()
    assert said == (
        "This risk stands on the register already, carried by the same organisation. "
        f'<a href="{risk.get_absolute_url()}">Review it there.</a>'
    )
    assert page.content.decode().count(said) == 1
    assert Risk.objects.get() == risk


def test_the_second_of_two_editors_is_shown_both(client, recorded, secretary, organisations):
    risk = recorded()
    client.force_login(secretary)
    typed = form_data(
        owner=organisations.kcdms.pk, what="It rains too much", seen_version="1",
        **{"shares-0-organisation": organisations.kiwash.pk},
    )  # fmt: skip
    Risk.objects.filter(pk=risk.pk).update(version=2, cause="Another cause")

    page = client.post(address("risk-edit", risk.pk), typed)

    labels = {field.label for field in page.context["conflict"].fields}
    assert {"What may happen", "Who shares it"} <= labels
    assert Risk.objects.get().what == DROUGHT


def test_it_occurs_and_is_closed_on_the_page(client, recorded, focal_point):
    risk = recorded()
    client.force_login(focal_point)

    page = client.post(address("risk-occur", risk.pk), {"since": "2021-04-01"})
    assert list(page.context["form"].errors) == ["category"]
    client.post(address("risk-occur", risk.pk), {"since": "2021-04-01", "category": "weather"})
    assert Risk.objects.get().state == "occurred"
    page = client.post(address("risk-close", risk.pk), {"reason": "It rained."}, follow=True)
    assert "It rained." in page.content.decode()
    again = client.post(address("risk-edit", risk.pk), form_data())
    assert again.status_code == 200
    assert Risk.objects.get().state == "closed"


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_takes_the_same_number_of_queries(
    client, plan, activity, organisations, peer, count, django_assert_max_num_queries
):
    for _each in range(count):
        RiskFactory(plan=plan, owner=organisations.kcdms, activities=[activity])
    client.force_login(peer)
    client.get(address("risk-list"))
    with django_assert_max_num_queries(24):
        client.get(address("risk-list"))
