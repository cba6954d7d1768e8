"""The secretariat's deeds, clicked many times at the same instant: each is one deed (R27)."""

import datetime as dt
from collections import Counter

import pytest

from coordination.models import Event, Mail
from tests.factories.plans import PhaseFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import JointWorkPlan
from workplans.services.gates import pass_gate, request_gate
from workplans.services.obligations import exempt_obligation, lift_exemption
from workplans.services.planning import advance_plan, create_plan
from workplans.services.reminders import remind_reporter
from workplans.services.retirement import retire_indicator
from workplans.services.signing import freeze_version, sign_version

from .conftest import IN_TIME, deeds
from .test_results_at_once import CLICKS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_plan_is_begun_by_many_clicks(mechanism, kitui, secretary, partner_officer):
    content = {
        "title": "Kitui joint work plan",
        "slug": "kitui-2020-2021",
        "place": kitui,
        "calendar": mechanism.calendar,
        "starts_on": dt.date(2020, 7, 1),
        "lead_department": None,
    }

    made = at_once(*[lambda: create_plan(mechanism, by=secretary, **content).pk] * CLICKS)

    assert set(made) == {JointWorkPlan.objects.get().pk}
    assert deeds(JointWorkPlan.objects.get()) == ["workplans.plan_created"]
    assert Mail.objects.filter(key__startswith="plan-created").count() == 1


def test_a_plan_moves_one_step_by_many_clicks(mechanism, kitui, secretary):
    plan = PlanFactory(mechanism=mechanism, place=kitui, state="drafting")

    answers = at_once(
        *[lambda: advance_plan(plan, by=secretary, to="consolidated", note="Done.").state] * CLICKS
    )

    assert Counter(answers) == {"consolidated": 1, "PlanMovedOn": CLICKS - 1}
    assert deeds(plan) == ["workplans.plan_consolidated"]


def test_one_reminder_is_sent_by_many_clicks(obligation, partner_officer, secretary):
    answers = at_once(*[lambda: remind_reporter(obligation, by=secretary, at=IN_TIME).pk] * CLICKS)

    assert Counter(answers) == {obligation.pk: 1, "AlreadyReminded": CLICKS - 1}
    assert Mail.objects.filter(key__startswith="obligation-reminded").count() == 1


def test_an_exemption_is_lifted_once_by_many_clicks(obligation, partner_officer, secretary):
    exempt_obligation(obligation, by=secretary, reason="Floods.", at=IN_TIME)

    answers = at_once(
        *[lambda: lift_exemption(obligation, by=secretary, reason="Open.", at=IN_TIME).pk] * CLICKS
    )

    assert Counter(answers) == {obligation.pk: 1, "ReportNotExempt": CLICKS - 1}
    assert Event.objects.filter(verb="workplans.exemption_lifted").count() == 1


def test_an_indicator_is_retired_once_by_many_clicks(stream, quarter, partner_officer, secretary):
    version = stream.version

    def retire():
        said = {"last_period": quarter, "reason": "Replaced.", "at": IN_TIME}
        return retire_indicator(version, by=secretary, **said).state

    answers = at_once(*[retire] * CLICKS)

    assert Counter(answers) == {"retired": 1, "IndicatorRetired": CLICKS - 1}
    assert deeds(version.indicator) == ["workplans.indicator_retired"]


def test_two_gate_keepers_at_once_are_two_passes_and_one_passing(
    mechanism, kitui, secretary, focal_point
):
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    phase = PhaseFactory(plan=plan, state="under_way", started_on=dt.date(2020, 8, 24))
    request_gate(phase, by=secretary, ended_on=dt.date(2020, 9, 13))
    keepers = [(secretary, "secretariat"), (focal_point, "focal_point")] * (CLICKS // 2)

    def let_pass(keeper, side):
        return lambda: pass_gate(phase, by=keeper, side=side).pk

    answers = Counter(map(str, at_once(*[let_pass(*keeper) for keeper in keepers])))

    phase.refresh_from_db()
    assert (phase.state, phase.gates.get().passes.count()) == ("passed", 2)
    refused = answers["SideHasPassed"] + answers["GateNotOpen"]
    assert refused == len(keepers) - 2
    assert deeds(phase).count("workplans.phase_passed") == 1
    assert Mail.objects.filter(key__startswith="gate_passed").count() == 2


def test_a_side_signs_once_by_many_clicks(
    mechanism, kitui, organisations, secretary, partner_signatory
):
    plan = PlanFactory(mechanism=mechanism, place=kitui, state="validated")
    ActivityFactory(plan=plan, lead=organisations.kcdms)
    version = freeze_version(plan, by=secretary)
    signature = version.signatures.get(side="partner")
    said = {"post": "Chief of Party", "sha256": version.sha256}

    answers = at_once(*[lambda: sign_version(signature, by=partner_signatory, **said).pk] * CLICKS)

    assert Counter(answers) == {signature.pk: 1, "AlreadySigned": CLICKS - 1}
    assert deeds(plan).count("workplans.version_signed") == 1
