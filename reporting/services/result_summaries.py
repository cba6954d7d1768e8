"""How a mechanism's indicators stand, counted by their verdicts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from coordination.models import Mechanism, Visitor
from reporting.models import Edition

from .figures import figures_for
from .progress import Verdict, progress_for
from .result_tables import Question, latest_period, versions_in

TONES = {
    Verdict.ON_TRACK: "good",
    Verdict.OFF_TRACK: "bad",
    Verdict.NO_TARGET: "quiet",
    Verdict.NO_FIGURE: "quiet",
    Verdict.NOT_DUE: "quiet",
}


@dataclass(frozen=True)
class ResultSummary:
    """How many indicators have which verdict; ``edition`` is set where a report says so."""

    counts: Counter[str]
    question: Question | None = None
    edition: Edition | None = None
    is_illustrative: bool = False

    @property
    def rows(self) -> list[dict[str, object]]:
        """What the status bar draws."""
        return [
            {"label": verdict.label, "count": self.counts[verdict.value], "tone": TONES[verdict]}
            for verdict in Verdict
        ]


def running_summary(mechanism: Mechanism, *, at: dt.datetime | None = None) -> ResultSummary | None:
    """The verdicts on the year to date, as they are now; None before anything is reported."""
    at = at or timezone.now()
    period = latest_period(mechanism, at=at)
    if period is None:
        return None
    question = Question(mechanism, period, mechanism.country, mechanism.calendar)
    versions = versions_in(question)
    figures = figures_for(versions, [question.to_date], on=mechanism.today(at))
    progress = progress_for(figures.values(), period, mechanism.calendar)
    counts = Counter(each.verdict.value for each in progress.values())
    illustrative = all(version.indicator.is_illustrative for version in versions)
    return ResultSummary(counts, question, is_illustrative=illustrative) if counts else None


def published_summary(mechanism: Mechanism, visitor: Visitor) -> ResultSummary | None:
    """The verdicts in the newest published report on the mechanism as a whole."""
    editions = Edition.objects.visible_to(visitor).published()
    edition = (
        editions.filter(report__mechanism=mechanism, report__place=None)
        .select_related("report__period", "report__mechanism")
        .order_by("-report__period__starts_on")
        .first()
    )
    if edition is None:
        return None
    rows = edition.contents.get("tables", {}).get("indicators", [])
    counts = Counter(row["verdict"]["code"] for row in rows)
    return ResultSummary(counts, None, edition, edition.is_illustrative) if counts else None
