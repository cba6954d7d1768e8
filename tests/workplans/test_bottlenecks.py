"""Bottlenecks and missing updates: named, followed, asked for once a day."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse

from coordination.models import Event, Mail
from coordination.services.events import newest_event
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.plans import BottleneckFactory, UpdateFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Bottleneck, UpdateChase
from workplans.services.bottlenecks import (
    ActivityOfAnotherPlan,
    BottleneckIsThere,
    edit_bottleneck,
    raise_bottleneck,
)
from workplans.services.reminders import NobodyToRemind
from workplans.services.update_chasing import AlreadyChased, NoUpdateMissing, chase_updates
from workplans.services.updates import FinishedBeforeItBegan, update_activity

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def activity(plan, organisations, kitui):
    return ActivityFactory(
        plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui], status="ongoing"
    )


@pytest.fixture
def content(organisations, activity):
    def make(**changes):
        return {
            "raised_by": organisations.kcdms,
            "category": "people",
            "description": "No visas for key experts.",
            "since": dt.date(2020, 9, 1),
            "measures": "",
            "activities": [activity],
            "resolved_on": None,
            "is_public": True,
            **changes,
        }

    return make


def test_a_bottleneck_names_what_it_delays(client, plan, activity, content, partner_officer):
    seen = newest_event()
    for _click in range(2):
        raise_bottleneck(plan, by=partner_officer, seen=seen, at=NOW, **content())

    bottleneck = Bottleneck.objects.get()
    page = client.get(reverse("bottleneck-list", args=["sek", plan.slug])).content.decode()
    assert activity.get_absolute_url() in page
    page = client.get(activity.get_absolute_url()).content.decode()
    assert f"#bottleneck-{bottleneck.pk}" in page


def test_a_bottleneck_is_resolved_once_and_on_record(plan, content, partner_officer, secretary):
    bottleneck = raise_bottleneck(plan, by=partner_officer, at=NOW, **content())
    day = dt.date(2021, 3, 1)

    edit_bottleneck(bottleneck, by=secretary, seen_version=1, at=NOW, **content(resolved_on=day))

    event = Event.objects.about(bottleneck).first()
    assert (event.verb, event.changes) == (
        "workplans.bottleneck_resolved",
        {"resolved_on": [None, "2021-03-01"]},
    )
    with pytest.raises(EditedMeanwhile):
        edit_bottleneck(bottleneck, by=partner_officer, seen_version=1, at=NOW, **content())


def test_the_same_words_again_are_no_second_click(
    plan, content, partner_officer, secretary, organisations
):
    bottleneck = raise_bottleneck(plan, by=partner_officer, at=NOW, **content())

    later = content(since=dt.date(2021, 2, 1), measures="Asked the ministry.")
    for seen in (None, newest_event()):
        with pytest.raises(BottleneckIsThere) as refused:
            raise_bottleneck(plan, by=partner_officer, seen=seen, at=NOW, **later)
        assert refused.value.there == bottleneck
    raise_bottleneck(plan, by=secretary, at=NOW, **content(raised_by=organisations.rla))

    done = content(resolved_on=dt.date(2021, 1, 31))
    edit_bottleneck(bottleneck, by=secretary, seen_version=1, at=NOW, **done)
    with pytest.raises(BottleneckIsThere):
        raise_bottleneck(plan, by=partner_officer, at=NOW, **content())
    # It has come back since.
    assert raise_bottleneck(plan, by=partner_officer, at=NOW, **later) != bottleneck


def test_who_raises_it_in_the_same_words_is_led_to_it(client, plan, content, partner_officer):
    seen = newest_event()
    bottleneck = raise_bottleneck(plan, by=partner_officer, at=NOW, **content())
    client.force_login(partner_officer)
    address = reverse("bottleneck-raise", args=["sek", plan.slug])
    typed = {
        "raised_by": bottleneck.raised_by_id, "category": "people", "since": "2021-02-01",
        "description": "No visas for key experts.", "seen_version": "0",
    }  # fmt: skip

    page = client.post(address, typed | {"seen": newest_event()})

    (said,) = page.context["form"].non_field_errors()
    assert said == (
        "This bottleneck stands on record already, raised by the same organisation. "
        f'<a href="{bottleneck.get_absolute_url()}">Follow it up there.</a>'
    )
    assert page.content.decode().count(said) == 1
    assert client.post(address, typed | {"seen": seen}).status_code == 302
    assert Bottleneck.objects.get() == bottleneck


def test_no_bottleneck_of_days_to_come_or_of_other_plans(plan, content, partner_officer):
    for changes, refusal in [
        ({"since": dt.date(2021, 4, 11)}, DayToCome),
        ({"resolved_on": dt.date(2021, 4, 11)}, DayToCome),
        ({"activities": [ActivityFactory()]}, ActivityOfAnotherPlan),
    ]:
        with pytest.raises(refusal):
            raise_bottleneck(plan, by=partner_officer, at=NOW, **content(**changes))
    assert not Bottleneck.objects.exists()


def test_what_stood_in_a_quarter(plan):
    days = [
        (dt.date(2020, 9, 1), None),
        (dt.date(2020, 9, 1), dt.date(2020, 12, 31)),
        (dt.date(2020, 9, 1), dt.date(2021, 1, 1)),
        (dt.date(2021, 3, 31), None),
        (dt.date(2021, 4, 1), None),
    ]
    for since, resolved_on in days:
        BottleneckFactory(plan=plan, since=since, resolved_on=resolved_on)

    stood = Bottleneck.objects.standing_during(dt.date(2021, 1, 1), dt.date(2021, 4, 1))

    assert sorted(stood.values_list("since", "resolved_on"), key=str) == sorted(
        [days[0], days[2], days[3]], key=str
    )


def test_internal_bottlenecks_and_activities_stay_inside(
    client, plan, activity, organisations, partner_officer
):
    hidden = ActivityFactory(
        plan=plan, code="KTI-77", lead=organisations.kcdms, is_public=False, status="ongoing"
    )
    BottleneckFactory(plan=plan, description="Open one", activities=[hidden])
    BottleneckFactory(plan=plan, description="Quiet one", is_public=False)
    address = reverse("bottleneck-list", args=["sek", plan.slug])

    public = client.get(address).content.decode()
    assert ("Open one" in public, "KTI-77" in public, "Quiet one" in public) == (True, False, False)
    client.force_login(partner_officer)
    inside = client.get(address).content.decode()
    assert ("KTI-77" in inside, "Quiet one" in inside) == (True, True)


def test_a_peer_follows_up_no_bottleneck_of_another(client, plan, organisations, peer, secretary):
    bottleneck = BottleneckFactory(plan=plan, raised_by=organisations.kcdms)
    address = reverse("bottleneck-edit", args=["sek", plan.slug, bottleneck.pk])
    client.force_login(peer)
    assert client.get(address).status_code == 403
    client.force_login(secretary)
    assert client.get(address).status_code == 200


# --- Missing updates (P20) ---


def test_missing_updates_are_asked_for_once_a_day(
    plan, activity, quarter, organisations, partner_officer, secretary
):
    chase_updates(plan, quarter, organisations.kcdms, by=secretary, at=NOW)
    with pytest.raises(AlreadyChased):
        chase_updates(plan, quarter, organisations.kcdms, by=secretary, at=NOW)
    chase_updates(plan, quarter, organisations.kcdms, by=secretary, at=NOW + dt.timedelta(days=1))

    assert UpdateChase.objects.count() == 2
    assert Mail.objects.filter(recipient=partner_officer.email).count() == 2
    update = reverse("activity-update", args=["sek", plan.slug, "KTI-01", quarter.code])
    assert f"- {activity}\n  {settings.PUBLIC_URL}{update}" in Mail.objects.first().body
    assert Event.objects.about(plan).filter(verb="workplans.updates_chased").count() == 2


def test_nothing_is_asked_for_that_is_there(plan, activity, quarter, organisations, secretary):
    UpdateFactory(activity=activity, period=quarter)

    with pytest.raises(NoUpdateMissing):
        chase_updates(plan, quarter, organisations.kcdms, by=secretary, at=NOW)


def test_nobody_is_asked_where_nobody_holds_the_office(
    plan, activity, quarter, organisations, secretary
):
    with pytest.raises(NobodyToRemind):
        chase_updates(plan, quarter, organisations.kcdms, by=secretary, at=NOW)


def test_the_plan_says_when_they_were_asked(
    client, plan, activity, quarter, organisations, partner_officer, secretary
):
    client.force_login(secretary)
    address = reverse(
        "updates-chase", args=["sek", plan.slug, quarter.code, organisations.kcdms.slug]
    )
    client.post(address)

    page = client.get(f"{plan.get_absolute_url()}?updates={quarter.code}")

    assert list(page.context["listing"].chased) == [organisations.kcdms.pk]
    assert address in page.content.decode()
    client.logout()
    assert address not in client.get(plan.get_absolute_url()).content.decode()


# --- Planned against actual ---

PROGRESS = {
    "status": "ongoing", "status_reason": "", "percent_complete": 50,
    "narrative": "Half of it.", "next_step": "",
}  # fmt: skip


def test_an_update_tells_when_work_really_began(client, activity, quarter, partner_officer):
    day = dt.date(2021, 2, 8)
    update_activity(
        activity, quarter, by=partner_officer, seen_version=0, at=NOW, began_on=day, **PROGRESS
    )

    assert "began on 8\u00a0Feb 2021" in client.get(activity.get_absolute_url()).content.decode()
    assert Event.objects.about(activity).first().changes["began_on"] == [None, "2021-02-08"]


def test_real_days_are_past_and_in_order(activity, quarter, partner_officer):
    told = {"by": partner_officer, "seen_version": 0, "at": NOW, **PROGRESS}
    with pytest.raises(DayToCome):
        update_activity(activity, quarter, began_on=dt.date(2021, 4, 11), **told)
    with pytest.raises(FinishedBeforeItBegan):
        update_activity(
            activity, quarter,
            began_on=dt.date(2021, 2, 2), finished_on=dt.date(2021, 2, 1), **told,
        )  # fmt: skip
