"""Two people change one thing: what the second left alone stays as the first saved it (R27)."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.coordination import PlaceFactory
from tests.factories.plans import ActivityPartnerFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from tests.security.conftest import forms_on
from workplans.models import ActivityPartner


class Editor:
    """One who has the form of an activity open, and sends what a browser would send."""

    def __init__(self, activity, user):
        self.client = Client()
        self.client.force_login(user)
        self.address = reverse("activity-edit", args=["sek", activity.plan.slug, activity.code])
        self.read(self.client.get(self.address))

    def read(self, page):
        forms = forms_on(self.address, page)
        self.fields = next(form.fields for form in forms if "title" in form.fields)

    def save(self, **typed):
        """Whether it was saved; if not, the fields that differ, and the form is open again."""
        page = self.client.post(self.address, self.fields | typed)
        if page.status_code == 302:
            return True
        self.read(page)
        return page.context["conflict"].fields


@pytest.fixture
def ward(kitui):
    return PlaceFactory(parent=kitui, slug="nguni", name="Nguni")


@pytest.fixture
def activity(mechanism, organisations, kitui):
    return ActivityFactory(
        plan=PlanFactory(mechanism=mechanism, place=kitui),
        code="KTI-01", title="Beekeeping", lead=organisations.kcdms, places=[kitui],
        description="Hives are built.\nHoney is sold.", target_group="Women",
        assumptions="It rains", is_public=False,
    )  # fmt: skip


@pytest.fixture
def mine(activity, partner_officer):
    return Editor(activity, partner_officer)


@pytest.fixture
def theirs(activity, partner_signatory):
    return Editor(activity, partner_signatory)


def test_what_the_second_left_alone_stays_as_the_first_saved_it(
    mine, theirs, activity, ward, organisations
):
    partner = {"partners-0-organisation": organisations.kiwash.pk, "partners-0-role": "deliver"}
    changed = {"title": "Their title", "target_group": "Youth", "places": [ward.pk]}
    assert theirs.save(**changed, is_public="on", **partner) is True

    differing = mine.save(title="My title", assumptions="It rains twice")

    assert {each.label: each.is_theirs_kept for each in differing} == {
        "Title": False, "Target group": True, "Places": True, "Assumptions and risks": False,
        "Show it on the public page of the plan": True, "Co-implementers": True,
    }  # fmt: skip
    assert mine.save() is True
    activity.refresh_from_db()
    assert (activity.title, activity.target_group, activity.assumptions, activity.is_public) == (
        "My title", "Youth", "It rains twice", True,
    )  # fmt: skip
    assert list(activity.places.all()) == [ward]
    assert [each.organisation for each in activity.partners.all()] == [organisations.kiwash]


def test_of_a_third_version_too_only_what_was_changed_is_replaced(mine, theirs, activity):
    theirs.save(title="Their title", target_group="Youth")
    mine.save(title="My title")
    theirs.read(theirs.client.get(theirs.address))
    theirs.save(target_group="Men")

    assert mine.save() == [
        ("Title", "My title", "Their title", "Their title"),
        ("Target group", "Youth", "Men", "Youth"),
    ]
    mine.save()

    activity.refresh_from_db()
    assert (activity.title, activity.target_group) == ("My title", "Men")


def test_co_implementers_whom_both_changed_are_the_second_s_and_both_are_shown(
    activity, organisations, partner_officer, partner_signatory
):
    partner = ActivityPartnerFactory(activity=activity, organisation=organisations.kiwash)
    mine, theirs = Editor(activity, partner_officer), Editor(activity, partner_signatory)
    before = f"{partner.organisation}, {partner.get_role_display()}"
    theirs.save(**{"partners-0-role": "fund"})

    [row] = mine.save(**{"partners-0-DELETE": "on"})

    assert row == ("Co-implementers", "", str(ActivityPartner.objects.get()), before)
    assert not row.is_theirs_kept
    mine.save()
    assert not activity.partners.exists()
