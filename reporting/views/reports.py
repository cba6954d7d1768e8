"""A report: its workspace until it is published, its public page afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Standing
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from reporting.forms.reports import EditionRequestForm, ReportForm, SectionForm
from reporting.models import Edition, Report
from reporting.permissions import can_edit_report
from reporting.services.completeness import completeness_of
from reporting.services.finances import finances_of
from reporting.services.reports import (
    SectionEditedMeanwhile,
    SectionText,
    edit_section,
    open_report,
    section_texts,
)
from reporting.services.restatements import corrections_of
from reporting.services.sections import QUARTERLY, SECTIONS, Section
from reporting.services.verified import verified_of
from reporting.services.words import period_labels
from reporting.views.progress import progress_context


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_create(request: SignedInRequest) -> HttpResponse:
    """Begin a report, or open the one that is there."""
    require(bool(Standing.of(request.user).secretariat_of))
    form = ReportForm(
        request.POST or None,
        user=request.user,
        on=timezone.localdate(),
        initial={name: request.GET.get(name) for name in ("mechanism", "period", "place")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(open_report(**form.cleaned_data, by=request.user))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render(request, "reporting/report_create.html", {"form": form})


@require_safe
def report_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The published report with its figures and files; else, for who works on it, its workspace."""
    report = find_report(request, slug)
    published = report.editions.published().defer("snapshot").first()
    if published:
        return published_page(request, report, published)
    return workspace_page(request, report)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_section_edit(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """Edit one section beside what the reporters said."""
    report = find_report(request, slug)
    require(can_edit_report(request.user, report))
    section = SECTIONS.get(code)
    if section is None:
        raise Http404
    text = section_texts(report)[code]
    form = SectionForm(
        request.POST or None,
        section=section,
        initial={"text": text.text, "seen": text.version},
    )
    context: dict[str, Any] = {"report": report, "text": text, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            edit_section(report, section, **form.cleaned_data, by=request.user)
        except SectionEditedMeanwhile as meanwhile:
            # What was typed stays in the field; saved again, it replaces the other's text.
            stored = meanwhile.stored
            theirs = SectionForm(section=section, initial={"text": stored.text})
            context["conflict"] = Conflict(
                stored.edited_by, stored.edited_at, differences(form, theirs)
            )
            form.data = merged(form, theirs, stored.version, "seen")
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved: %(title)s.") % {"title": section.title})
            return redirect(f"{report.get_absolute_url()}#{code}")
    return render(request, "reporting/report_section.html", context)


def find_report(request: HttpRequest, slug: str) -> Report:
    """The report, if the visitor may see it; else 404."""
    reports = Report.objects.visible_to(request.user)
    return get_object_or_404(
        reports.select_related("mechanism__calendar", "period", "place"), slug=slug
    )


def published_page(request: HttpRequest, report: Report, edition: Edition) -> HttpResponse:
    """The page of the published report: everything on it comes from the snapshot (R21, R24)."""
    contents = edition.contents
    context = {
        "report": report,
        "edition": edition,
        "contents": contents,
        "marks_rows": not is_all_illustrative(contents),
        "files": edition.files.order_by("pk"),
        "corrections": corrections_of(edition),
        "works_on_it": Report.objects.working_for(request.user).filter(pk=report.pk).exists(),
    }
    return render(request, "reporting/report_published.html", context)


def is_all_illustrative(contents: dict[str, Any]) -> bool:
    """Whether a note above the figures says of all of them what each would say of itself."""
    return all(row["illustrative"] for row in contents["tables"]["indicators"])


def workspace_page(request: HttpRequest, report: Report) -> HttpResponse:
    """Sections, reports received, editions, and what happens next."""
    found = report.editions.defer("snapshot").select_related("requested_by")
    editions = list(found.order_by("-number"))
    newest = editions[0] if editions else None
    may_edit = can_edit_report(request.user, report)
    seen = newest.number if newest else 0
    context = {
        "report": report,
        "labels": period_labels(report.mechanism, report.period),
        "completeness": completeness_of(report.mechanism, report.period, place=report.place),
        "verified": verified_of(report.mechanism, report.period, place=report.place).as_row(),
        "chapters": chapters_of(report),
        "finances": finances_of(report),
        "editions": editions,
        "newest": newest,
        "steps": steps_of(newest),
        "request_form": EditionRequestForm(initial={"seen": seen}),
        "can_edit": may_edit,
        "can_request": may_edit and not (newest and newest.is_in_the_making),
        "progress": progress_context(newest) if newest and newest.is_in_the_making else None,
        "events": Event.objects.about(report).select_related("by")[:20],
    }
    return render(request, "reporting/report_workspace.html", context)


@dataclass(frozen=True)
class ChapterLine:
    """A chapter of the workspace: its texts to edit, and its tables, which the data fill."""

    number: str
    title: str
    texts: list[SectionText]
    tables: list[str]

    @property
    def is_newer(self) -> bool:
        """Whether reporters wrote something after one of its texts was edited."""
        return any(text.newer for text in self.texts)

    @property
    def is_empty(self) -> bool:
        """Whether one of its texts says nothing yet."""
        return any(not text.text for text in self.texts)


def chapters_of(report: Report) -> list[ChapterLine]:
    """The chapters in order, with how far each text is."""
    texts = section_texts(report)
    return [
        ChapterLine(
            chapter.number,
            str(chapter.title),
            [texts[part.code] for part in chapter.parts if isinstance(part, Section)],
            [str(part.title) for part in chapter.parts if not isinstance(part, Section)],
        )
        for chapter in QUARTERLY
    ]


def steps_of(newest: Edition | None) -> list[tuple[str, str]]:
    """The way to publication: each step in words, and whether it is done, now or ahead."""
    words = [_("Write"), _("Compile"), _("Review"), _("County consents"), _("Publish")]
    if newest is None or newest.is_given_up:
        now = 0
    elif newest.is_in_the_making:
        now = 1
    else:
        now = 4 if newest.consents.exists() else 2
    standings = ["done" if n < now else "now" if n == now else "ahead" for n in range(len(words))]
    return list(zip(words, standings, strict=True))
