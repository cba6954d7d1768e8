"""A plan is served by its mechanism's backbone, or by one of its own that is handed over (P26)."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event
from coordination.services.backbones import (
    BackboneAlready,
    BeforeItsPredecessor,
    hand_over_backbone,
)
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.mechanisms import MinutesMissing
from coordination.services.refusals import DayToCome
from tests.factories.workplans import PlanFactory
from workplans.models import JointWorkPlan, PlanBackboneTerm
from workplans.services.activities import PlanIsClosed
from workplans.services.plan_backbones import hand_over_plan_backbone
from workplans.services.planning import create_plan

NOW = dt.datetime(2021, 4, 6, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
MINUTES = "Minutes of the review committee, no. 3"


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21", title="Kitui plan")


@pytest.fixture
def handed(plan, secretary, organisations):
    """A handing over of the plan's backbone to KIWASH, unless it is said otherwise."""

    def hand(**said):
        said = {"to": organisations.kiwash, "on": TODAY, "minutes": MINUTES, "at": NOW} | said
        return hand_over_plan_backbone(plan, by=secretary, **said)

    return hand


def terms():
    return [
        (term.organisation.slug, term.starts_on, term.ends_on)
        for term in PlanBackboneTerm.objects.order_by("pk")
    ]


def test_the_role_passes_and_back_with_its_history(handed, plan, organisations, mechanism):
    assert handed().served_by == organisations.kiwash
    later = NOW + dt.timedelta(days=30)
    back = handed(to=organisations.rla, on=later.date(), at=later)

    assert (back.backbone, back.served_by) == (None, organisations.rla)
    assert terms() == [("kiwash", TODAY, dt.date(2021, 5, 5))]
    first, last = Event.objects.about(plan).order_by("pk")
    assert {first.verb, last.verb} == {"workplans.plan_backbone_handed_over"}
    assert first.changes["backbone"] == [str(organisations.rla), str(organisations.kiwash)]
    assert (last.note, last.changes["on"]) == (MINUTES, [None, "2021-05-06"])


def test_one_that_was_never_kept_is_kept_when_it_ends(handed, plan, organisations):
    JointWorkPlan.objects.update(backbone=organisations.kcdms)

    handed()

    assert terms() == [
        ("kcdms", None, dt.date(2021, 4, 5)),
        ("kiwash", TODAY, None),
    ]


def test_a_plan_begins_with_its_own_or_follows_its_mechanism(
    mechanism, kitui, makueni, secretary, organisations
):
    content = {
        "calendar": mechanism.calendar, "starts_on": dt.date(2020, 7, 1), "lead_department": None,
    }  # fmt: skip
    own = create_plan(
        mechanism, by=secretary, backbone=organisations.kcdms, title="Own", slug="own",
        place=kitui, at=NOW, **content,
    )  # fmt: skip
    following = create_plan(
        mechanism, by=secretary, title="Following", slug="following", place=makueni, at=NOW,
        **content,
    )  # fmt: skip

    hand_over_backbone(
        mechanism, by=secretary, to=organisations.kiwash, on=TODAY, minutes=MINUTES, at=NOW
    )

    fresh = JointWorkPlan.objects.select_related("mechanism__backbone", "backbone").in_bulk()
    assert fresh[own.pk].served_by == organisations.kcdms
    assert fresh[following.pk].served_by == organisations.kiwash
    assert terms() == [("kcdms", TODAY, None)]


def test_what_is_refused(handed, plan, organisations):
    with pytest.raises(BackboneAlready):
        handed(to=organisations.rla)
    with pytest.raises(DayToCome):
        handed(on=dt.date(2021, 5, 1))
    with pytest.raises(MinutesMissing):
        handed(minutes=" ")
    seen = newest_event()
    handed()
    with pytest.raises(DoneMeanwhile):
        handed(to=organisations.kcdms, seen=seen)
    with pytest.raises(BeforeItsPredecessor):
        handed(to=organisations.kcdms)
    JointWorkPlan.objects.update(state="closed")
    with pytest.raises(PlanIsClosed):
        handed(to=organisations.kcdms)


def test_the_pages_say_who_serves_and_served(client, plan, secretary, organisations):
    client.force_login(secretary)
    url = reverse("plan-backbone-hand-over", args=["sek", plan.slug])
    seen = client.get(url).context["form"]["seen"].value()
    data = {"to": organisations.kiwash.pk, "on": "2021-04-06", "minutes": MINUTES, "seen": seen}
    assert list(client.post(url, data | {"minutes": ""}).context["form"].errors) == ["minutes"]
    assert "backbone" not in client.get(
        reverse("plan-edit", args=["sek", plan.slug])
    ).context["form"].fields  # fmt: skip

    assert client.post(url, data).status_code == 302
    again = client.post(url, data)  # a second click is told that it is done, and changes nothing

    assert list(again.context["form"].errors) == ["to"]
    assert len(terms()) == 1
    page = client.get(plan.get_absolute_url()).content.decode()
    assert organisations.kiwash.name in page
    assert "since 6\u00a0Apr 2021" in page
