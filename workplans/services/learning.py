"""Pause and reflect: answers to the learning questions, and what each sector says (P31, 4.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from coordination.models import Period, Sector, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile
from workplans.models import JointWorkPlan, LearningAnswer, LearningQuestion, SectorNarrative

from .updates import PeriodNotInPlan


@transaction.atomic
def answer_question(
    question: LearningQuestion,
    plan: JointWorkPlan,
    period: Period,
    *,
    by: User,
    text: str,
    seen_version: int,
    at: dt.datetime | None = None,
) -> LearningAnswer:
    """The plan's one answer for the quarter, written or rewritten.

    ``seen_version`` is that of the answer on the form, 0 when there was none. Raises
    PeriodNotInPlan or EditedMeanwhile. The same said twice is one deed.
    """
    now = at or timezone.now()
    _lock(plan, period, at=now)
    rows = LearningAnswer.objects.filter(question=question, plan=plan, period=period)
    answer = rows.first() or LearningAnswer(question=question, plan=plan, period=period, version=0)
    if changes := _write(answer, {"text": text}, by=by, seen_version=seen_version, at=now):
        record("workplans.learning_answered", answer, by=by, changes=changes, at=now)
    return answer


@transaction.atomic
def tell_sector_narrative(
    plan: JointWorkPlan,
    period: Period,
    sector: Sector,
    *,
    by: User,
    texts: Mapping[str, str],
    seen_version: int,
    at: dt.datetime | None = None,
) -> SectorNarrative:
    """What the sector says of the quarter, under each head. Raises as `answer_question` does."""
    now = at or timezone.now()
    _lock(plan, period, at=now)
    rows = SectorNarrative.objects.filter(plan=plan, period=period, sector=sector)
    narrative = rows.first() or SectorNarrative(plan=plan, period=period, sector=sector, version=0)
    said = {head: texts[head] for head in SectorNarrative.Head.values}
    if changes := _write(narrative, said, by=by, seen_version=seen_version, at=now):
        record("workplans.sector_narrative_told", narrative, by=by, changes=changes, at=now)
    return narrative


def texts_of(narrative: SectorNarrative | None) -> dict[str, Any]:
    """Its text under each head, in their order; empty for what nobody has said."""
    return {head: getattr(narrative, head, "") for head in SectorNarrative.Head.values}


def questions_of(plan: JointWorkPlan, period: Period) -> list[tuple[LearningQuestion, str]]:
    """The questions that are asked, or were answered then, each with the answer or ""."""
    rows = LearningAnswer.objects.filter(plan=plan, period=period).exclude(text="")
    answers = dict(rows.values_list("question", "text"))
    questions = LearningQuestion.objects.filter(mechanism=plan.mechanism_id).order_by("number")
    return [
        (question, answers.get(question.pk, ""))
        for question in questions
        if question.is_asked or question.pk in answers
    ]


def sectors_of(plan: JointWorkPlan) -> list[Sector]:
    """The sectors in which the plan has activities, in their order."""
    used = plan.activities.exclude(sector=None).values("sector")
    return list(Sector.objects.filter(pk__in=used).order_by("scheme", "position", "name"))


def _write(
    told: LearningAnswer | SectorNarrative,
    texts: Mapping[str, str],
    *,
    by: User,
    seen_version: int,
    at: dt.datetime,
) -> dict[str, list[Any]]:
    """Save the texts as the next version and return what changed; where nothing does, nothing."""
    before = {name: getattr(told, name) for name in texts}
    changes = changes_between(before, texts)
    if not changes:
        return {}
    if told.version != seen_version:
        raise EditedMeanwhile
    for name, text in texts.items():
        setattr(told, name, text)
    told.by, told.at = by, at
    told.version += 1
    told.full_clean()
    told.save()
    return changes


def _lock(plan: JointWorkPlan, period: Period, *, at: dt.datetime) -> None:
    plan = (
        JointWorkPlan.objects.select_for_update(of=("self",))
        .select_related("mechanism")
        .get(pk=plan.pk)
    )
    in_plan = period.ends_before > plan.starts_on and period.starts_on < plan.ends_before
    if not in_plan or period.starts_on > plan.mechanism.today(at):
        raise PeriodNotInPlan
