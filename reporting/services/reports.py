"""Writing a report: opening it, and editing its sections with the reporters' narratives at hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Period, Place, User
from coordination.services.events import record
from coordination.services.refusals import EditedMeanwhile, Refusal
from reporting.models import Report, ReportSection
from reporting.services.editions import refuse_published
from reporting.services.sections import SECTIONS, Section
from workplans.models import Narrative, Stream


class PlaceNotCovered(Refusal):
    message = _("The mechanism does not cover this place.")


class PeriodNotBegun(Refusal):
    message = _("This quarter has not begun yet.")


class SectionEditedMeanwhile(EditedMeanwhile):
    """Carries the section as it is now, so that both texts can be shown (R27)."""

    def __init__(self, stored: ReportSection) -> None:
        super().__init__()
        self.stored = stored


@dataclass(frozen=True)
class SectionText:
    """A section as it would be compiled now: the secretariat's text, or what it begins with."""

    section: Section
    text: str
    stored: ReportSection | None
    narratives: list[Narrative]

    @property
    def version(self) -> int:
        return self.stored.version if self.stored else 0

    @property
    def newer(self) -> list[Narrative]:
        """Narratives that came or changed after the secretariat last saved its text."""
        if self.stored is None:
            return []
        return [each for each in self.narratives if each.edited_at > self.stored.edited_at]


@transaction.atomic
def open_report(
    mechanism: Mechanism,
    period: Period,
    place: Place | None = None,
    *,
    by: User,
    at: dt.datetime | None = None,
) -> Report:
    """The mechanism's report for the period and place: begun now, or the one that is there.

    Raises PlaceNotCovered and PeriodNotBegun.
    """
    at = at or timezone.now()
    Mechanism.objects.select_for_update(no_key=True).get(pk=mechanism.pk)
    existing = Report.objects.filter(mechanism=mechanism, period=period, place=place).first()
    if existing:
        return existing
    if place and not mechanism.places.filter(pk=place.pk).exists():
        raise PlaceNotCovered
    if period.starts_on > mechanism.today(at):
        raise PeriodNotBegun
    slug = "-".join([mechanism.slug, period.code, *([place.slug] if place else [])])
    report = Report(
        mechanism=mechanism, period=period, place=place, slug=slug, created_by=by, created_at=at
    )
    report.full_clean()
    report.save()
    record("reporting.report_created", report, by=by, at=at)
    return report


@transaction.atomic
def edit_section(
    report: Report,
    section: Section,
    *,
    text: str,
    seen: int,
    by: User,
    at: dt.datetime | None = None,
) -> ReportSection:
    """Save the secretariat's text of a section.

    ``seen`` is the version that the person had before them, 0 for none. Raises ReportIsPublished
    and SectionEditedMeanwhile.
    """
    at = at or timezone.now()
    report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    refuse_published(report)
    stored = report.sections.filter(code=section.code).first()
    if stored and stored.text == text:
        return stored
    if stored and stored.version != seen:
        raise SectionEditedMeanwhile(stored)
    before = stored.text if stored else ""
    stored = stored or ReportSection(report=report, code=section.code, version=0)
    stored.text, stored.edited_by, stored.edited_at = text, by, at
    stored.version += 1
    stored.full_clean()
    stored.save()
    record(
        "reporting.section_edited", report, by=by, note=str(section.title), at=at,
        changes={section.code: [before, text]},
    )  # fmt: skip
    return stored


def section_texts(report: Report) -> dict[str, SectionText]:
    """Every section of the report by its code, in two queries."""
    stored = {row.code: row for row in report.sections.select_related("edited_by")}
    narratives: dict[str, list[Narrative]] = defaultdict(list)
    for narrative in narratives_of(report):
        narratives[narrative.section].append(narrative)
    texts = {}
    for code, section in SECTIONS.items():
        feeding = [each for source in section.narratives for each in narratives[source]]
        row = stored.get(code)
        text = row.text if row else beginning_of(report, section, feeding)
        texts[code] = SectionText(section, text, row, feeding)
    return texts


def narratives_of(report: Report) -> list[Narrative]:
    """What reporters said for the period, once they submitted; never a draft (R24)."""
    rows = Narrative.objects.filter(
        obligation__mechanism=report.mechanism,
        obligation__period=report.period,
        obligation__first_submitted_at__isnull=False,
    ).exclude(text="")
    if report.place:
        there = Stream.objects.of_mechanism(report.mechanism).within(report.place)
        rows = rows.filter(obligation__organisation__in=there.values("organisation"))
    return list(
        rows.select_related("obligation__organisation").order_by(
            "obligation__organisation__short_name", "section"
        )
    )


def beginning_of(report: Report, section: Section, narratives: Iterable[Narrative]) -> str:
    """The text that a section begins with: what each organisation said, under its name."""
    if section.code == "disclaimer":
        return default_disclaimer(report)
    said = [
        f"# {narrative.obligation.organisation}\n\n{narrative.text.strip()}"
        for narrative in narratives
    ]
    return "\n\n".join(said)


def default_disclaimer(report: Report) -> str:
    """That the views are the authors', and not those of the donors whose awards are at work."""
    donors = {award.donor.name for award in report.mechanism.awards.select_related("donor")}
    if not donors:
        return ""
    return gettext(
        "The views expressed in this report are those of its authors and do not necessarily "
        "reflect the views of %(donors)s."
    ) % {"donors": ", ".join(sorted(donors))}
