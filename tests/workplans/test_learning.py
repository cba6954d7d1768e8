"""Audits with what came of them; learning questions with searchable answers; words of sectors."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.coordination import SectorFactory
from tests.factories.plans import AuditFactory, LearningQuestionFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.forms.audits import AuditForm
from workplans.models import LearningAnswer, SectorNarrative, ValueForMoneyAudit
from workplans.services.audits import (
    AlreadyFollowedUp,
    edit_audit,
    follow_up_audit,
    record_audit,
)
from workplans.services.learning import (
    answer_question,
    questions_of,
    tell_sector_narrative,
)
from workplans.services.updates import PeriodNotInPlan

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def question(mechanism):
    return LearningQuestionFactory(mechanism=mechanism, number=1, text="What helped most?")


# --- Audits ---


def content(**changes):
    return {
        "plan": None, "activity": None, "indicator": None, "document": None,
        "kind": "annual", "auditor_post": "Internal auditor",
        "audited_on": dt.date(2021, 3, 1), "finding": "Three rates of travel.",
        "recommendation": "Agree on one.", "owner": None, "due_on": None, "is_public": True,
        **changes,
    }  # fmt: skip


def test_an_audit_is_recorded_once_and_of_the_past(mechanism, secretary):
    for _click in range(2):
        record_audit(mechanism, by=secretary, at=NOW, **content())
    with pytest.raises(DayToCome):
        record_audit(mechanism, by=secretary, at=NOW, **content(audited_on=dt.date(2021, 4, 11)))

    assert ValueForMoneyAudit.objects.count() == 1


def test_an_audit_is_followed_up_once(client, mechanism, organisations, peer, secretary):
    audit = record_audit(mechanism, by=secretary, at=NOW, **content(owner=organisations.kiwash))
    client.force_login(peer)
    address = reverse("audit-follow-up", args=["sek", audit.pk])

    client.post(address, {"followed_up_on": "2021-04-01", "follow_up": "One rate is agreed."})

    page = client.get(reverse("audit-list", args=["sek"])).content.decode()
    assert "One rate is agreed." in page
    with pytest.raises(AlreadyFollowedUp):
        follow_up_audit(
            audit, by=peer, followed_up_on=dt.date(2021, 4, 2), follow_up="Other.", at=NOW
        )


def test_the_government_can_follow_an_audit_up(mechanism, plan, organisations, secretary):
    owner = AuditForm(mechanism=mechanism, user=secretary).fields["owner"]

    assert {organisations.kitui, organisations.rla} < set(owner.queryset)


def test_the_second_editor_of_an_audit_overwrites_nothing(mechanism, secretary):
    audit = record_audit(mechanism, by=secretary, at=NOW, **content())
    edit_audit(audit, by=secretary, seen_version=1, at=NOW, **content(finding="Two rates."))

    with pytest.raises(EditedMeanwhile):
        edit_audit(audit, by=secretary, seen_version=1, at=NOW, **content())
    assert Event.objects.about(audit).first().changes == {
        "finding": ["Three rates of travel.", "Two rates."]
    }


def test_an_activity_says_when_it_was_audited_and_what_came_of_it(
    client, mechanism, plan, organisations, secretary
):
    activity = ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms)
    told = content(plan=plan, activity=activity)
    audit = record_audit(mechanism, by=secretary, at=NOW, **told)
    record_audit(
        mechanism, by=secretary, at=NOW, **told | {"finding": "Secret", "is_public": False}
    )

    page = " ".join(client.get(activity.get_absolute_url()).content.decode().split())
    assert (audit.get_absolute_url() in page, "Secret" in page) == (True, False)
    assert "what was recommended is not done yet" in page

    follow_up_audit(audit, by=secretary, followed_up_on=NOW.date(), follow_up="Agreed.", at=NOW)
    page = client.get(activity.get_absolute_url()).content.decode()
    assert "not done yet" not in page


def test_the_public_reads_audits_of_what_it_sees(client, mechanism, plan, organisations, peer):
    hidden = ActivityFactory(plan=plan, lead=organisations.kcdms, is_public=False)
    AuditFactory(mechanism=mechanism, finding="For all.", is_public=True)
    AuditFactory(mechanism=mechanism, finding="For us.", is_public=False)
    AuditFactory(mechanism=mechanism, plan=plan, activity=hidden, finding="Of it.", is_public=True)
    address = reverse("audit-list", args=["sek"])

    public = client.get(address).content.decode()
    assert [text in public for text in ("For all.", "For us.", "Of it.")] == [True, False, False]
    client.force_login(peer)
    inside = client.get(address).content.decode()
    assert [text in inside for text in ("For all.", "For us.", "Of it.")] == [True, True, True]


def test_an_activity_brings_its_plan_with_it(client, mechanism, plan, organisations, secretary):
    activity = ActivityFactory(plan=plan, lead=organisations.kcdms)
    client.force_login(secretary)

    client.post(
        reverse("audit-record", args=["sek"]),
        {"seen_version": 0, "kind": "spot", "activity": activity.pk, "auditor_post": "Auditor",
         "audited_on": "2021-03-01", "finding": "Well kept."},
    )  # fmt: skip

    assert ValueForMoneyAudit.objects.get().plan == plan


# --- Learning ---


def test_an_answer_is_one_a_quarter_and_never_overwritten_unseen(
    question, plan, quarter, focal_point, secretary
):
    said = {"question": question, "plan": plan, "period": quarter, "at": NOW}
    for _click in range(2):
        answer_question(by=focal_point, text="Joint visits.", seen_version=0, **said)
    with pytest.raises(EditedMeanwhile):
        answer_question(by=secretary, text="Money on time.", seen_version=0, **said)
    answer_question(by=secretary, text="Money on time.", seen_version=1, **said)

    answer = LearningAnswer.objects.get()
    assert (answer.text, answer.version) == ("Money on time.", 2)
    assert questions_of(plan, quarter) == [(question, "Money on time.")]


def test_nothing_is_learned_of_a_quarter_outside_the_plan(question, plan, secretary, quarters):
    later = quarters[3]
    with pytest.raises(PeriodNotInPlan):
        answer_question(
            question, plan, later, by=secretary, text="Soon.", seen_version=0,
            at=dt.datetime(2021, 3, 31, 9, tzinfo=dt.UTC),
        )  # fmt: skip


def test_answers_are_found_by_words(client, question, plan, quarter, mechanism, secretary, peer):
    other = LearningQuestionFactory(mechanism=mechanism, number=2, text="What hindered?")
    for each, text in [(question, "Joint visits to wards."), (other, "Late money.")]:
        answer_question(each, plan, quarter, by=secretary, text=text, seen_version=0, at=NOW)
    client.force_login(peer)

    def found(words):
        page = client.get(reverse("learning-list", args=["sek"]), {"text": words})
        return [answer.text for answer in page.context["page"]]

    assert found("") == ["Joint visits to wards.", "Late money."]
    assert found("wards joint") == ["Joint visits to wards."]
    assert found("hindered") == ["Late money."]
    assert found("drought") == []


def test_a_retired_question_stays_where_it_was_answered(question, plan, quarter, secretary):
    answer_question(question, plan, quarter, by=secretary, text="Trust.", seen_version=0, at=NOW)
    question.is_asked = False
    question.save(update_fields=["is_asked"])

    assert questions_of(plan, quarter) == [(question, "Trust.")]


def test_a_sector_says_its_part_of_the_review(
    client, plan, quarter, organisations, focal_point, secretary
):
    sector = SectorFactory(name="Water")
    ActivityFactory(plan=plan, lead=organisations.kcdms, sector=sector)
    address = reverse("sector-narrative", args=["sek", plan.slug, quarter.code, sector.pk])
    client.force_login(focal_point)
    client.post(address, {"challenges": "Pumps fail.", "seen_version": "0"})

    assert SectorNarrative.objects.get().challenges == "Pumps fail."
    page = client.get(reverse("reflection", args=["sek", plan.slug, quarter.code]))
    assert "Pumps fail." in page.content.decode()
    # The second writer began from the empty form.
    client.force_login(secretary)
    page = client.post(address, {"challenges": "Boreholes fail.", "seen_version": "0"})
    [field] = page.context["conflict"].fields
    assert (field.mine, field.theirs) == ("Boreholes fail.", "Pumps fail.")


def test_a_narrative_has_the_five_heads_of_county_reviews(plan, quarter, secretary):
    sector = SectorFactory()
    texts = {head: head for head in SectorNarrative.Head.values}
    told = tell_sector_narrative(
        plan, quarter, sector, by=secretary, texts=texts, seen_version=0, at=NOW
    )

    assert [str(head.label) for head in SectorNarrative.Head] == [
        "Challenges", "Causes and consequences", "Opportunities", "Learning", "Best practice",
    ]  # fmt: skip
    assert told.best_practice == "best_practice"
