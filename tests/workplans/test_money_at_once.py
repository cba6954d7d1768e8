"""Promises and overlaps, by many at the same instant: one deed each, nobody overwritten (R27)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from coordination.models import Event, Mail
from coordination.services.events import newest_event
from coordination.services.refusals import EditedMeanwhile
from tests.factories.coordination import SectorFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import Commitment, Overlap
from workplans.services.commitments import confirm_commitment, enter_commitment
from workplans.services.overlaps import refresh_overlaps

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 6


def at_once(deed):
    """What ``deed(number)`` gave or raised, for many numbers at the same time."""

    def run(number):
        try:
            return deed(number)
        except EditedMeanwhile as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(run, range(MANY)))


@pytest.fixture
def activity(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    return ActivityFactory(
        plan=plan, lead=organisations.kcdms, places=[kitui], sector=SectorFactory(),
        activity_type="training",
    )  # fmt: skip


def test_a_form_sent_many_times_enters_one_commitment(activity, organisations, partner_officer):
    content = {
        "organisation": organisations.kcdms, "kind": "cash", "amount_minor": 500_000,
        "currency": "KES", "passes_on": None, "approver": "signatory", "expected_on": None,
        "award": None, "budget_line": "", "recipients": None, "conditions": "", "note": "",
    }  # fmt: skip

    at_once(lambda _number: enter_commitment(activity, by=partner_officer, **content))

    assert Commitment.objects.count() == 1


def test_of_many_amounts_one_is_confirmed_and_the_others_are_told(
    activity, organisations, partner_signatory
):
    commitment = CommitmentFactory(activity=activity, organisation=organisations.kcdms, amount=100)
    seen = newest_event()

    outcomes = at_once(
        lambda number: confirm_commitment(
            commitment, by=partner_signatory, confirmed_minor=1000 + number, seen=seen
        )
    )

    told = [each for each in outcomes if isinstance(each, EditedMeanwhile)]
    commitment.refresh_from_db()
    [kept] = [each for each in outcomes if isinstance(each, Commitment)]
    assert len(told) == MANY - 1
    assert commitment.confirmed_minor == kept.confirmed_minor
    assert Event.objects.filter(verb="workplans.commitment_confirmed").count() == 1


def test_two_that_are_saved_at_once_overlap_once(activity, organisations, peer, partner_officer):
    other = ActivityFactory(
        plan=activity.plan, lead=organisations.kiwash, places=activity.places.all(),
        sector=activity.sector, activity_type="training", starts_on=dt.date(2021, 1, 1),
    )  # fmt: skip

    at_once(lambda number: refresh_overlaps([activity, other][number % 2], by=peer))

    overlap = Overlap.objects.get()
    assert Event.objects.filter(verb="workplans.overlap_noticed").count() == 1
    assert Mail.objects.filter(key=f"overlap:{overlap.pk}", recipient=peer.email).count() == 1
