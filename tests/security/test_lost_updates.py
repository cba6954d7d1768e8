"""Nobody overwrites unseen what another did (R27); each form carries what its writer saw."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from coordination.models import Organisation
from coordination.services.events import DoneMeanwhile, newest_event
from tests.security.conftest import forms_on
from workplans.models import Result
from workplans.services.obligations import extend_obligation
from workplans.services.results import submit_report
from workplans.services.verification import return_result, verify_result


def first_form(client: Client, address: str, field: str) -> dict[str, list[str]]:
    """What the form with this field would send, as it stands on the page."""
    forms = forms_on(address, client.get(address))
    [form] = [one for one in forms if field in one.fields]
    return form.fields


def test_the_second_administrator_is_told_what_the_first_has_saved(world, as_, figure):
    admin = as_("administrator")
    address = reverse("admin:coordination_organisation_change", args=[world.kcdms.pk])
    mine = first_form(admin, address, "short_name") | {"name": ["Mine"]}
    Organisation.objects.filter(pk=world.kcdms.pk).update(name="Theirs")

    refused = admin.post(address, mine)

    assert Organisation.objects.get(pk=world.kcdms.pk).name == "Theirs"
    [error] = refused.context["adminform"].form.errors["name"]
    assert "to “Theirs” since you opened it" in error
    # Sent again in sight of it, it is a decision.
    page = forms_on(address, refused)
    [again] = [one.fields for one in page if "short_name" in one.fields]
    assert again["name"] == ["Mine"]
    assert admin.post(address, again).status_code == 302
    assert Organisation.objects.get(pk=world.kcdms.pk).name == "Mine"
    figure("lost updates", "the administration says both versions and where they began")


def test_a_value_that_came_back_is_not_verified_unseen(world, cast):
    seen = newest_event()
    return_result(world.result, by=cast["focal_point"], reason="Count again.")
    Result.objects.filter(pk=world.result.pk).update(
        state=Result.State.DRAFT, deviation="The rains failed."
    )
    submit_report(world.obligation, by=cast["partner_officer"])
    world.result.refresh_from_db()

    with pytest.raises(DoneMeanwhile):
        verify_result(world.result, by=cast["focal_point"], method="documents", seen=seen)

    verify_result(world.result, by=cast["focal_point"], method="documents", seen=newest_event())


def test_an_extension_is_not_given_over_another_unseen(world, cast):
    seen, day = newest_event(), world.obligation.last_day
    by = {"by": cast["secretary"], "reason": "Floods."}
    extend_obligation(world.obligation, to=day + dt.timedelta(days=5), **by)

    with pytest.raises(DoneMeanwhile, match="→"):
        extend_obligation(world.obligation, to=day + dt.timedelta(days=9), seen=seen, **by)
