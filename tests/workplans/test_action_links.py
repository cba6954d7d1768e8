"""Activities that serve what a committee resolved, and those that a shock puts off course."""

import pytest
from django.urls import reverse

from coordination.models import Event
from tests.factories.committees import ActionItemFactory, AlertFactory, BodyFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import ActionLink
from workplans.services.action_links import ActionOfAnotherMechanism, link_action, unlink_action
from workplans.services.updates import update_activity

PROGRESS = {
    "status": "suspended", "status_reason": "Locusts.", "percent_complete": 10,
    "narrative": "Stopped.", "next_step": "",
}  # fmt: skip


@pytest.fixture
def activity(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    return ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui])


@pytest.fixture
def action(review_body, organisations):
    return ActionItemFactory(body=review_body, number=3, owner_organisation=organisations.kcdms)


def test_an_activity_and_an_action_lead_to_each_other(
    client, activity, action, partner_officer, secretary
):
    client.force_login(partner_officer)
    address = reverse("action-link", args=["sek", activity.plan.slug, activity.code])

    client.post(address, {"action": action.pk})

    assert action.get_absolute_url() in client.get(activity.get_absolute_url()).content.decode()
    assert activity.get_absolute_url() in client.get(action.get_absolute_url()).content.decode()
    assert Event.objects.about(activity).first().note == "REVIEW A3"


def test_a_link_is_made_and_taken_off_once(activity, action, partner_officer):
    for _click in range(2):
        link_action(activity, by=partner_officer, action=action)
    assert ActionLink.objects.count() == 1

    for _click in range(2):
        unlink_action(activity, by=partner_officer, action=action)
    assert Event.objects.about(activity).count() == 2


def test_an_action_of_another_mechanism_is_not_tied(activity, partner_officer):
    with pytest.raises(ActionOfAnotherMechanism):
        link_action(activity, by=partner_officer, action=ActionItemFactory(body=BodyFactory()))


def test_the_public_page_of_an_activity_names_no_action(client, activity, action, secretary):
    link_action(activity, by=secretary, action=action)

    assert "REVIEW A3" not in client.get(activity.get_absolute_url()).content.decode()


def test_an_alert_is_the_reason_of_an_activity_off_course(
    client, activity, mechanism, kitui, quarter, partner_officer
):
    alert = AlertFactory(mechanism=mechanism, places=[kitui], title="Swarms at Mwingi")
    update_activity(activity, quarter, by=partner_officer, seen_version=0, alert=alert, **PROGRESS)

    assert "Swarms at Mwingi" not in client.get(activity.get_absolute_url()).content.decode()
    client.force_login(partner_officer)
    assert "Swarms at Mwingi" in client.get(activity.get_absolute_url()).content.decode()
    assert activity.title in client.get(alert.get_absolute_url()).content.decode()


def test_the_form_of_an_update_offers_the_live_alerts(
    client, activity, mechanism, kitui, quarter, partner_officer
):
    live = AlertFactory(mechanism=mechanism, places=[kitui])
    AlertFactory(mechanism=mechanism, places=[kitui], state="closed")
    client.force_login(partner_officer)
    address = reverse(
        "activity-update", args=["sek", activity.plan.slug, activity.code, quarter.code]
    )

    form = client.get(address).context["form"]

    assert list(form.fields["alert"].queryset) == [live]
