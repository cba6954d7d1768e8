"""A deed on an issue that is sent twice at one moment: one deed, at the level that it was for."""

import pytest

from committees.models import Escalation, EscalationNote
from committees.services.escalations import (
    answer_escalation,
    current_step,
    note_escalation,
    pass_up_escalation,
)
from coordination.models import Event
from tests.committees.test_seats_at_once import at_once
from tests.factories.committees import BodyFactory, EscalationFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issue(mechanism, secretary):
    """An issue at the second of four levels."""
    above = None
    for slug in ("highest", "top", "upper", "lower"):
        above = BodyFactory(mechanism=mechanism, slug=slug, reports_to=above)
    issue = EscalationFactory(mechanism=mechanism, body=above)
    return pass_up_escalation(issue, by=secretary, reason="It needs money.")


def levels_of(issue):
    steps = issue.steps.select_related("body").order_by("position")
    return [(step.body.slug, step.answer) for step in steps]


def test_an_answer_sent_many_times_goes_down_one_level(issue, secretary):
    deed = {"by": secretary, "answer": "In March.", "step": current_step(issue)}

    said = at_once([lambda: answer_escalation(issue, **deed)] * 4)

    assert said == [issue] * 4
    assert levels_of(issue) == [("lower", ""), ("upper", "In March.")]
    assert Escalation.objects.get().answer == ""
    assert Event.objects.filter(verb="committees.escalation_sent_down").count() == 1


def test_an_issue_passed_up_many_times_goes_up_one_level(issue, secretary):
    deed = {"by": secretary, "reason": "Not ours.", "step": current_step(issue)}

    said = at_once([lambda: pass_up_escalation(issue, **deed)] * 4)

    assert said == [issue] * 4
    assert [slug for slug, _answer in levels_of(issue)] == ["lower", "upper", "top"]


def test_a_note_sent_many_times_is_one(issue, secretary):
    deed = {"by": secretary, "text": "Who knows?", "step": current_step(issue)}

    said = at_once([lambda: note_escalation(issue, **deed)] * 4)

    assert said == [EscalationNote.objects.get()] * 4
