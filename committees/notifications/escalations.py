"""Whom the deeds on escalations are told, at both ends."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Escalation, EscalationStep
from coordination.models import Office, User
from coordination.services.mail import post

from .audience import EMAILS, people_of, people_of_body


def raisers_of(escalation: Escalation, *, at: dt.datetime) -> list[User | str]:
    """Who raised it, as long as one takes part; else the people of the organisation (R26)."""
    today = timezone.localdate(at)
    rights = Office.objects.giving_rights_in(escalation.mechanism, on=today).held(on=today)
    if rights.filter(holder=escalation.raised_by).exists():
        return [escalation.raised_by]
    if escalation.raised_for:
        return people_of(escalation.raised_for, escalation.mechanism, at=at)
    return []


def tell_of_escalation(step: EscalationStep, *, at: dt.datetime) -> None:
    """Tell the body that an issue has come to it, and by when its answer is due."""
    escalation = step.escalation
    post(
        f"escalation:{step.pk}:{step.received_at.isoformat()}",
        people_of_body(step.body, at=at),
        subject=_("Raised to the %(body)s: %(issue)s")
        % {"body": step.body, "issue": escalation.title},
        template=f"{EMAILS}/escalation_raised.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


def tell_raiser_of_state(escalation: Escalation, step: EscalationStep, *, at: dt.datetime) -> None:
    """Tell whoever raised it that it was received, is in hand, or has gone up a level."""
    post(
        f"escalation-state:{escalation.pk}:{escalation.version}",
        raisers_of(escalation, at=at),
        subject=_("%(state)s: %(issue)s")
        % {"state": escalation.get_state_display(), "issue": escalation.title},
        template=f"{EMAILS}/escalation_state.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


def tell_of_answer_from_above(
    step: EscalationStep, below: EscalationStep, *, at: dt.datetime
) -> None:
    """Tell the body below what the body above answers, for it to pass on."""
    post(
        f"escalation-sent-down:{step.pk}:{at.isoformat()}",
        people_of_body(below.body, at=at),
        subject=_("The %(body)s answers: %(issue)s")
        % {"body": step.body, "issue": step.escalation.title},
        template=f"{EMAILS}/escalation_sent_down.txt",
        context={"escalation": step.escalation, "step": step, "below": below},
        at=at,
    )


def tell_of_answer(escalation: Escalation, step: EscalationStep, *, at: dt.datetime) -> None:
    """Tell whoever raised it the answer."""
    post(
        f"escalation-answered:{escalation.pk}:{escalation.version}",
        raisers_of(escalation, at=at),
        subject=_("Answered: %(issue)s") % {"issue": escalation.title},
        template=f"{EMAILS}/escalation_answered.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


def tell_of_overdue_escalation(
    escalation: Escalation, step: EscalationStep, *, at: dt.datetime
) -> None:
    """Tell both ends that the day of the answer has passed; once for each day that was set."""
    post(
        f"escalation-overdue:{escalation.pk}:{escalation.due_on}",
        [*people_of_body(step.body, at=at), *raisers_of(escalation, at=at)],
        subject=_("Answer overdue: %(issue)s") % {"issue": escalation.title},
        template=f"{EMAILS}/escalation_overdue.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )
