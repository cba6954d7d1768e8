"""The administration of plans and indicators: what is kept there, and what is only read."""

import pytest
from django.urls import reverse

from coordination.models import Event
from tests.factories.plans import FrameworkFactory, IntendedResultFactory
from tests.factories.workplans import (
    ActivityFactory,
    BaselineFactory,
    DisaggregationFactory,
    PlanFactory,
    TargetFactory,
    VersionFactory,
)
from workplans.models import JointWorkPlan, ResultsFramework

READ_ONLY = ("activity", "indicator", "target", "baseline")
KEPT = ("resultsframework", "disaggregation", "jointworkplan")


@pytest.fixture
def things(mechanism):
    """One of each kind, by the name of its model."""
    version = VersionFactory(indicator__mechanism=mechanism)
    framework = FrameworkFactory(mechanism=mechanism)
    IntendedResultFactory(framework=framework)
    plan = PlanFactory(mechanism=mechanism, is_published=False)
    return {
        "activity": ActivityFactory(plan=plan),
        "indicator": version.indicator,
        "target": TargetFactory(version=version),
        "baseline": BaselineFactory(version=version),
        "resultsframework": framework,
        "disaggregation": DisaggregationFactory(),
        "jointworkplan": plan,
    }


@pytest.fixture
def admin_page(client, administrator, things):
    client.force_login(administrator)

    def address(model, deed, *args):
        return reverse(f"admin:workplans_{model}_{deed}", args=args)

    return address


@pytest.mark.parametrize("model", [*READ_ONLY, *KEPT])
def test_each_kind_is_listed_and_opened(client, admin_page, things, model):
    assert client.get(admin_page(model, "changelist")).status_code == 200
    assert client.get(admin_page(model, "change", things[model].pk)).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_counts_changes_through_services_alone(client, admin_page, things, model):
    assert client.get(admin_page(model, "add")).status_code == 403
    assert client.post(admin_page(model, "change", things[model].pk), {}).status_code == 403
    assert client.post(admin_page(model, "delete", things[model].pk), {}).status_code == 403


def test_a_framework_is_kept_here_and_leaves_its_event(client, admin_page, things):
    framework = things["resultsframework"]
    [result] = framework.results.all()
    row = {
        "id": result.pk, "framework": framework.pk, "level": result.level, "code": result.code,
        "statement": result.statement, "position": 0,
    }  # fmt: skip
    data = {
        "mechanism": framework.mechanism_id, "name": "Revised", "version": 1, "state": "endorsed",
        "results-TOTAL_FORMS": 1, "results-INITIAL_FORMS": 1,
        **{f"results-0-{name}": value for name, value in row.items()},
    }  # fmt: skip

    response = client.post(admin_page("resultsframework", "change", framework.pk), data)

    assert response.status_code == 302
    assert ResultsFramework.objects.get().name == "Revised"
    assert Event.objects.about(framework).get().changes == {
        "name": ["Results framework", "Revised"],
        "state": ["in_force", "endorsed"],
    }


def test_publishing_a_plan_is_no_box_to_tick(client, admin_page, things):
    plan = things["jointworkplan"]
    data = {
        "mechanism": plan.mechanism_id, "place": plan.place_id, "calendar": plan.calendar_id,
        "starts_on": "2020-07-01", "ends_before": "2021-07-01", "title": "Another title",
        "slug": plan.slug, "state": plan.state, "origin": plan.origin, "is_published": "on",
    }  # fmt: skip

    response = client.post(admin_page("jointworkplan", "change", plan.pk), data)

    assert response.status_code == 302
    plan = JointWorkPlan.objects.get()
    assert (plan.title, plan.is_published) == ("Another title", False)
