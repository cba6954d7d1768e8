"""Snapshots: everything that a report says, frozen at one moment (R21)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from coordination.models import Mechanism, standing_asked_once
from coordination.services.snapshots import (
    Snapshot,
    canonical,
    one_moment,
    without_search_for_garbage,
)
from reporting.models import Edition, Report
from reporting.services.compiled_figures import FigureTables
from reporting.services.compiled_frameworks import framework_rows
from reporting.services.compiled_values import value_groups
from reporting.services.compiled_work import (
    Work,
    acronyms_of,
    award_rows,
    completeness_rows,
    support_rows,
)
from reporting.services.editions import post_of
from reporting.services.finances import finance_rows
from reporting.services.frames import Frame, quarter_heads
from reporting.services.reports import SectionText, section_texts
from reporting.services.restatements import Published, put_marks, restatements_since
from reporting.services.sections import QUARTERLY, Chapter, Section
from reporting.services.words import moment_text, period_labels, period_text
from workplans.models import Result

SCHEMA = "baraza/quarterly-report/1"
# Raised when a rule of the figures changes, so that a reader can tell by which a report was made.
RULES = "R1–R12, 2026-11"


def compile_snapshot(edition: Edition, *, at: dt.datetime | None = None) -> Snapshot:
    """Freeze the edition's report as it stands; every read sees the same moment."""
    with (
        one_moment(),
        standing_asked_once(),
        without_search_for_garbage(),
        translation.override(settings.LANGUAGE_CODE),
    ):
        moment = (at or timezone.now()).replace(microsecond=0)
        return Snapshot(canonical(_contents(edition, moment)))


def _contents(edition: Edition, at: dt.datetime) -> dict[str, Any]:
    report = edition.report
    frame = Frame.of(report)
    published = Published.before(report)
    more = published.scopes(frame.place) if published else []
    today = report.mechanism.today(at)
    figures = FigureTables.read(frame, more=more, on=today)
    quarters = quarter_heads(frame)
    tables: dict[str, Any] = {
        **figures.tables(),
        **Work.of(report).tables(),
        "awards": award_rows(report),
        "award_finances": finance_rows(report),
        "support": support_rows(report),
        "framework": framework_rows(report),
        "values": value_groups(frame, at=at),
        "restatements": restatements_since(published, figures, on=today),
    }
    put_marks(tables["indicators"], quarters, tables["restatements"])
    texts = section_texts(report)
    return {
        "schema": SCHEMA,
        "rules": RULES,
        "language": translation.get_language(),
        "report": _report(edition),
        "mechanism": _mechanism(report.mechanism),
        "period": _period(report),
        "year": _year(report, quarters),
        "cut_off": {
            "at": at.astimezone(dt.UTC).isoformat(),
            "zone": report.mechanism.time_zone,
            "text": moment_text(at, report.mechanism),
        },
        "compiled_for": post_of(edition.requested_by, report),
        "completeness": completeness_rows(report, at=at),
        "acronyms": acronyms_of(report),
        "illustrative": _is_illustrative(report, tables),
        "chapters": [_chapter(chapter, texts, tables) for chapter in QUARTERLY],
        "tables": tables,
    }


def _report(edition: Edition) -> dict[str, Any]:
    report = edition.report
    address = settings.PUBLIC_URL + report.get_absolute_url()
    return {
        "slug": report.slug,
        "edition": edition.number,
        "kind": _("Quarterly progress report"),
        "title": str(report.place or report.mechanism.name),
        "place": str(report.place) if report.place else None,
        "address": address,
        "check_address": settings.PUBLIC_URL + reverse("copy-check"),
        "status": _("Edition %(number)s. It is official once it stands at %(address)s")
        % {"number": edition.number, "address": address},
    }


def _mechanism(mechanism: Mechanism) -> dict[str, Any]:
    return {
        "slug": mechanism.slug,
        "name": mechanism.name,
        "short_name": mechanism.short_name,
        "goal": mechanism.goal,
        "measures": [
            f"{measure.what}: {measure.change}"
            for measure in mechanism.goal_measures.order_by("position", "pk")
        ],
        "objectives": [
            {"number": each.number, "text": each.text}
            for each in mechanism.objectives.order_by("number")
        ],
        "conveners": [str(each) for each in mechanism.conveners.order_by("short_name")],
        "backbone": str(mechanism.backbone or ""),
        "places": [str(place) for place in mechanism.places.order_by("name")],
    }


def _period(report: Report) -> dict[str, Any]:
    period = report.period
    return {
        "code": period.code,
        "text": period_text(period),
        "starts_on": period.starts_on.isoformat(),
        "ends_before": period.ends_before.isoformat(),
        "labels": period_labels(report.mechanism, period),
    }


def _year(report: Report, quarters: list[dict[str, Any]]) -> dict[str, Any]:
    calendar, day = report.mechanism.calendar, report.period.starts_on
    return {
        "text": calendar.label_year(day),
        "calendar": calendar.name,
        "starts_on": calendar.year_start(day).isoformat(),
        "ends_before": calendar.year_end(day).isoformat(),
        "quarters": quarters,
    }


def _chapter(
    chapter: Chapter, texts: dict[str, SectionText], tables: dict[str, Any]
) -> dict[str, Any]:
    parts = []
    for part in chapter.parts:
        head = {"code": part.code, "title": str(part.title)}
        if isinstance(part, Section):
            text = {"text": texts[part.code].text, "is_reported": bool(part.narratives)}
            parts.append({"kind": "text", **head, **text})
        elif tables.get(part.code) or not part.only_with_rows:
            parts.append({"kind": "table", **head})
    return {
        "number": chapter.number,
        "title": str(chapter.title),
        "is_wide": chapter.is_wide,
        "parts": parts,
    }


def _is_illustrative(report: Report, tables: dict[str, Any]) -> bool:
    """Whether anything in it is made up to show how the portal works."""
    told = Result.objects.of_mechanism(report.mechanism).filter(period=report.period)
    return (
        report.is_illustrative
        or any(row["illustrative"] for row in tables["indicators"])
        or tables["support"].get("illustrative", False)
        or told.filter(origin="illustrative").exists()
    )
