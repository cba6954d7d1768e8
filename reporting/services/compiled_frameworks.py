"""The results frameworks behind a report: who answers for each result, on what it rests."""

from __future__ import annotations

from typing import Any

from reporting.models import Report
from workplans.models import ResultsFramework, walk

Row = dict[str, Any]
# While it is written or reviewed, nobody has agreed to it.
AGREED = (ResultsFramework.State.ENDORSED, ResultsFramework.State.IN_FORCE)


def framework_rows(report: Report) -> list[Row]:
    """Each framework that the mechanism's parties agreed to, from the goal down."""
    frameworks = (
        ResultsFramework.objects.filter(mechanism=report.mechanism, state__in=AGREED)
        .prefetch_related("results__owner")
        .order_by("name", "version")
    )
    return [
        {
            "name": framework.name,
            "version": framework.version,
            "state": str(framework.get_state_display()),
            "rows": [
                {
                    "depth": depth,
                    "level": str(result.get_level_display()),
                    "code": result.code,
                    "statement": result.statement,
                    "owner": str(result.owner or ""),
                    "assumptions": result.assumptions,
                    "risks": result.risks,
                }
                for depth, result in walk(framework.results.all())
            ],
        }
        for framework in frameworks
    ]
