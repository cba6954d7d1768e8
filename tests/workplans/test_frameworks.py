"""Results frameworks: their way into force, and who answers for each result (domain 1.16)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coordination.models import Event
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.plans import FrameworkFactory, IntendedResultFactory
from tests.factories.workplans import IndicatorFactory, VersionFactory
from workplans.models import ResultsFramework
from workplans.services.frameworks import (
    FrameworkMovedOn,
    FrameworkReplaced,
    advance_framework,
    edit_intended_result,
)
from workplans.services.refusals import ReasonMissing

from .conftest import deeds

pytestmark = pytest.mark.django_db


@pytest.fixture
def framework(mechanism):
    return FrameworkFactory(mechanism=mechanism, state="draft")


@pytest.fixture
def area(framework):
    return IntendedResultFactory(framework=framework, code="RA1")


def test_a_framework_comes_into_force_step_by_step(framework, secretary):
    for step in ("reviewed", "endorsed", "in_force"):
        framework = advance_framework(framework, by=secretary, to=step, note="The parties.")

    assert (framework.state, framework.next_state) == ("in_force", None)
    assert deeds(framework) == [
        "workplans.framework_reviewed",
        "workplans.framework_endorsed",
        "workplans.framework_put_in_force",
    ]


@pytest.mark.parametrize("to", ["draft", "endorsed", "in_force", "revised"])
def test_no_step_is_left_out(framework, secretary, to):
    with pytest.raises(FrameworkMovedOn):
        advance_framework(framework, by=secretary, to=to, note="The parties.")


def test_who_decided_has_to_be_said(framework, secretary):
    with pytest.raises(ReasonMissing):
        advance_framework(framework, by=secretary, to="reviewed", note="  ")


def test_the_version_that_comes_into_force_replaces_the_one_before(mechanism, secretary):
    first = FrameworkFactory(mechanism=mechanism, state="in_force")
    other = FrameworkFactory(mechanism=mechanism, name="Logical framework", state="in_force")
    second = FrameworkFactory(mechanism=mechanism, version=2, state="endorsed")

    advance_framework(second, by=secretary, to="in_force", note="The parties.")

    states = dict(ResultsFramework.objects.values_list("pk", "state"))
    assert states == {first.pk: "revised", other.pk: "in_force", second.pk: "in_force"}
    assert deeds(first) == ["workplans.framework_replaced"]
    node = IntendedResultFactory(framework=first)
    with pytest.raises(FrameworkReplaced):
        edit_intended_result(node, by=secretary, owner=None, assumptions="Rain.", risks="")


def test_what_a_result_rests_on_is_kept_with_its_event(area, secretary, organisations):
    said = {"owner": organisations.kcdms, "assumptions": "Rain falls. ", "risks": "Locusts."}
    edit_intended_result(area, by=secretary, **said)
    edit_intended_result(area, by=secretary, **said)  # a second click

    [event] = Event.objects.about(area)
    assert event.changes == {
        "owner": ["", "KCDMS"], "assumptions": ["", "Rain falls."], "risks": ["", "Locusts."],
    }  # fmt: skip


def test_the_second_of_two_editors_is_refused(area, secretary):
    seen = newest_event()
    edit_intended_result(area, by=secretary, owner=None, assumptions="Rain.", risks="", seen=seen)

    with pytest.raises(DoneMeanwhile):
        edit_intended_result(area, by=secretary, owner=None, assumptions="", risks="Fire.", seen=0)


# --- Pages ---


def test_the_page_shows_who_answers_on_what_it_rests_and_what_measures_it(
    client, framework, area, secretary, organisations
):
    edit_intended_result(
        area, by=secretary, owner=organisations.kcdms, assumptions="Rain falls.", risks="Locusts."
    )
    indicator = IndicatorFactory(mechanism=framework.mechanism, intended_result=area)
    VersionFactory(indicator=indicator)
    advance_framework(framework, by=secretary, to="reviewed", note="The External Monitor.")

    page = client.get(framework.get_absolute_url())

    [(depth, result, indicators)] = page.context["nodes"]
    assert (depth, result.owner, indicators) == (0, organisations.kcdms, [indicator])
    body = page.content.decode()
    assert [word in body for word in ("Rain falls.", "Locusts.", "External Monitor.")] == [
        True,
        True,
        False,  # the record names people and stays inside (R24)
    ]


def test_a_draft_is_for_who_takes_part(client, framework, peer):
    assert client.get(framework.get_absolute_url()).status_code == 404

    client.force_login(peer)
    assert client.get(framework.get_absolute_url()).status_code == 200


def test_the_second_editor_sees_both_texts_and_may_decide(client, framework, area, secretary):
    client.force_login(secretary)
    url = reverse("intended-result-edit", args=["sek", framework.pk, area.pk])
    seen = client.get(url).context["form"]["seen"].value()
    edit_intended_result(area, by=secretary, owner=None, assumptions="Theirs.", risks="")

    data = {"seen": seen, "assumptions": "Mine.", "risks": ""}
    refused = client.post(url, data)
    [difference] = refused.context["conflict"].fields
    assert (difference.mine, difference.theirs) == ("Mine.", "Theirs.")

    data["seen"] = refused.context["form"]["seen"].value()
    assert client.post(url, data).status_code == 302
    area.refresh_from_db()
    assert area.assumptions == "Mine."


def test_the_step_is_recorded_from_its_page(client, framework, secretary):
    client.force_login(secretary)
    url = reverse("framework-advance", args=["sek", framework.pk])

    empty = client.post(url, {"to": "reviewed", "note": ""})
    assert list(empty.context["form"].errors) == ["note"]

    done = client.post(url, {"to": "reviewed", "note": "The External Monitor."})
    assert done["Location"] == framework.get_absolute_url()
    again = client.post(url, {"to": "reviewed", "note": "The External Monitor."}, follow=True)
    assert [str(each) for each in again.context["messages"]][1:] == [
        "The framework has moved on meanwhile. It is now: Reviewed."
    ]


def test_an_indicator_under_a_replaced_framework_stays_on_the_list(client, mechanism):
    area = IntendedResultFactory(framework=FrameworkFactory(mechanism=mechanism, state="revised"))
    indicator = IndicatorFactory(mechanism=mechanism, intended_result=area)
    VersionFactory(indicator=indicator)

    page = client.get(reverse("indicator-list", args=["sek"]))

    assert page.context["loose"] == [indicator]


def test_any_number_of_results_takes_as_many_queries(client, framework, secretary, organisations):
    client.force_login(secretary)
    client.get(framework.get_absolute_url())  # kinds of things are read once a process
    counts = []
    for _ in range(2):
        for _ in range(2):
            node = IntendedResultFactory(framework=framework, owner=organisations.kcdms)
            VersionFactory(
                indicator__mechanism=framework.mechanism, indicator__intended_result=node
            )
        with CaptureQueriesContext(connection) as queries:
            client.get(framework.get_absolute_url())
        counts.append(len(queries))

    assert counts[0] == counts[1]
