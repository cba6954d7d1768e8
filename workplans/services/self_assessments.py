"""The annual self-assessment against a mechanism's guiding principles (P32).

An organisation's scores are its own. What is told is told by side, once the round is over: a side
of fewer than three answers is not, nor the total where it would give such sides away.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Membership, Organisation, Side, Statement, User
from coordination.models.organisation import OrganisationQuerySet
from coordination.services.events import guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.rounding import QUOTIENT_PLACES, half_up
from workplans.models import (
    AssessedPrinciple,
    AssessmentRound,
    PrincipleScore,
    SelfAssessment,
)

# The fewest answers of a side that are told together: with fewer, one could be told from them.
FEWEST = 3


class NoPrinciples(Refusal):
    message = _("No guiding principles of this mechanism are on record to ask about.")


class RoundIsThere(Refusal):
    message = _("This year’s self-assessment was opened with another last day.")


class RoundIsOver(Refusal):
    message = _("This self-assessment is over: its last day to answer has passed.")


class EndsInThePast(Refusal):
    message = _("The last day to answer is still to come, or today.")


class NotAsked(Refusal):
    message = _("This organisation is not asked: it is no member and governs none of the places.")


@dataclass(frozen=True)
class Answer:
    """What was chosen for one principle, and why."""

    score: int
    because: str = ""


@dataclass(frozen=True)
class Summed:
    """Median and mean of the scores of one principle, and of how many."""

    median: Decimal
    mean: Decimal
    count: int


@dataclass(frozen=True)
class SideRow:
    """One side's scores by principle; none where too few answered to be told."""

    label: str
    asked: int
    answered: int
    sums: tuple[Summed, ...]


@dataclass(frozen=True)
class RoundStanding:
    """Who was asked and has answered; once it is over, the scores by side."""

    round: AssessmentRound
    is_open: bool
    principles: list[AssessedPrinciple]
    asked: list[Organisation]
    missing: list[Organisation]
    sides: list[SideRow]
    total: SideRow | None

    @property
    def received(self) -> int:
        return len(self.asked) - len(self.missing)


@transaction.atomic
def open_round(
    mechanism: Mechanism,
    *,
    by: User,
    year: int,
    closes_on: dt.date,
    at: dt.datetime | None = None,
) -> AssessmentRound:
    """Begin the year's self-assessment with the principles as they stand.

    The same sent twice is one round. Raises EndsInThePast, NoPrinciples or RoundIsThere.
    """
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    existing = mechanism.assessment_rounds.filter(year=year).first()
    if existing is not None:
        if existing.closes_on == closes_on:
            return existing
        raise RoundIsThere
    if closes_on < mechanism.today(now):
        raise EndsInThePast
    stated = mechanism.statements.filter(kind=Statement.Kind.PRINCIPLE).order_by("number")
    principles = list(stated.values_list("number", "text"))
    if not principles:
        raise NoPrinciples
    opened = AssessmentRound(
        mechanism=mechanism, year=year, closes_on=closes_on, opened_by=by, opened_at=now
    )
    opened.full_clean()
    opened.save()
    AssessedPrinciple.objects.bulk_create(
        AssessedPrinciple(round=opened, number=number, text=text) for number, text in principles
    )
    record("workplans.assessment_opened", opened, by=by, at=now)
    return opened


@transaction.atomic
def extend_round(
    opened: AssessmentRound,
    *,
    by: User,
    closes_on: dt.date,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> AssessmentRound:
    """Give more time while it is open. Raises RoundIsOver, DoneMeanwhile or EndsInThePast."""
    now = at or timezone.now()
    opened = _locked(opened)
    if opened.closes_on == closes_on:
        return opened
    _guard_open(opened, now)
    guard_seen(opened, seen=seen)
    if closes_on < opened.closes_on:
        raise EndsInThePast(_("More time only: the last day moves to a later one."))
    before, opened.closes_on = opened.closes_on, closes_on
    opened.full_clean()
    opened.save(update_fields=["closes_on"])
    changes = {"closes_on": [before, closes_on]}
    record("workplans.assessment_extended", opened, by=by, changes=changes, at=now)
    return opened


@transaction.atomic
def assess_itself(
    opened: AssessmentRound,
    organisation: Organisation,
    *,
    by: User,
    scores: Mapping[int, Answer],
    seen_version: int,
    at: dt.datetime | None = None,
) -> SelfAssessment:
    """One answer of the organisation, by number of the principle; changed until the last day.

    What was answered stands on no record but the organisation's own. Raises RoundIsOver, NotAsked
    or EditedMeanwhile.
    """
    now = at or timezone.now()
    opened = _locked(opened)
    _guard_open(opened, now)
    if not asked_in(opened, on=opened.mechanism.today(now)).filter(pk=organisation.pk).exists():
        raise NotAsked
    existing = opened.answers.filter(organisation=organisation).first()
    if existing is not None and scores_of(existing) == dict(scores):
        return existing
    answer = existing or SelfAssessment(round=opened, organisation=organisation, version=0)
    if answer.version != seen_version:
        raise EditedMeanwhile
    answer.answered_by, answer.answered_at = by, now
    answer.version += 1
    answer.full_clean()
    answer.save()
    answer.scores.all().delete()
    principles = {principle.number: principle for principle in opened.principles.all()}
    for number, given in scores.items():
        score = PrincipleScore(assessment=answer, principle=principles[number], **vars(given))
        score.full_clean()
        score.save()
    # No score stands in the event: whoever takes part reads that it was answered, and no more.
    record("workplans.principles_assessed", opened, by=by, note=str(organisation), at=now)
    return answer


def scores_of(answer: SelfAssessment) -> dict[int, Answer]:
    """What the organisation has answered, by number of the principle."""
    rows = answer.scores.select_related("principle")
    return {row.principle.number: Answer(row.score, row.because) for row in rows}


def asked_in(opened: AssessmentRound, *, on: dt.date) -> OrganisationQuerySet:
    """Who is asked: members on the last day, or today, and the governments of the places."""
    day = min(on, opened.closes_on)
    members = Membership.objects.current(on=day).filter(mechanism=opened.mechanism_id)
    return Organisation.objects.filter(
        Q(pk__in=members.values("organisation"))
        | Q(
            type=Organisation.Type.COUNTY_GOVERNMENT,
            pk__in=Organisation.objects.filter(place__mechanisms=opened.mechanism_id).values("pk"),
        )
    )


def standing_of(opened: AssessmentRound, *, on: dt.date) -> RoundStanding:
    """How the round stands on the day; fixed queries."""
    is_open = opened.is_open(on=on)
    answers = list(opened.answers.select_related("organisation"))
    answering = {answer.organisation_id for answer in answers}
    # Whoever answered was asked, whoever left since.
    asked = {each.pk: each for each in asked_in(opened, on=on)}
    asked |= {answer.organisation_id: answer.organisation for answer in answers}
    known = sorted(asked.values(), key=lambda each: each.name)
    principles = list(opened.principles.order_by("number"))
    sides, total = ([], None) if is_open else _summed(opened, principles, known, answers)
    return RoundStanding(
        opened,
        is_open,
        principles,
        known,
        [each for each in known if each.pk not in answering],
        sides,
        total,
    )


def _summed(
    opened: AssessmentRound,
    principles: Sequence[AssessedPrinciple],
    asked: Sequence[Organisation],
    answers: Sequence[SelfAssessment],
) -> tuple[list[SideRow], SideRow | None]:
    """The sides in their order, and the total where it gives no untold side away."""
    sides = {answer.pk: answer.organisation.side for answer in answers}
    found: defaultdict[Side, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = PrincipleScore.objects.filter(assessment__round=opened)
    for answer, principle, score in rows.values_list("assessment", "principle", "score"):
        found[sides[answer]][principle].append(score)
    told = [
        _row(
            str(side.label),
            [each for each in asked if each.side == side],
            [found[side][principle.pk] for principle in principles],
            answered=list(sides.values()).count(side),
        )
        for side in Side
        if any(each.side == side for each in asked)
    ]
    untold = sum(row.answered for row in told if not row.sums)
    if untold and untold < FEWEST:
        return told, None
    every = [[score for side in found for score in found[side][one.pk]] for one in principles]
    return told, _row(str(_("All together")), asked, every, answered=len(answers))


def _row(
    label: str, asked: Sequence[Organisation], scores: Sequence[list[int]], *, answered: int
) -> SideRow:
    sums = tuple(_sum(each) for each in scores) if answered >= FEWEST else ()
    return SideRow(label, len(asked), answered, sums)


def _sum(scores: Sequence[int]) -> Summed:
    mean = Decimal(sum(scores)) / len(scores)
    return Summed(
        half_up(Decimal(median(scores)), QUOTIENT_PLACES),
        half_up(mean, QUOTIENT_PLACES),
        len(scores),
    )


def _guard_open(opened: AssessmentRound, now: dt.datetime) -> None:
    if not opened.is_open(on=opened.mechanism.today(now)):
        raise RoundIsOver


def _locked(opened: AssessmentRound) -> AssessmentRound:
    rows = AssessmentRound.objects.select_for_update(of=("self",)).select_related("mechanism")
    return rows.get(pk=opened.pk)
