"""Lines of a planning document: one by one, and as a spreadsheet out and in again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.spreadsheets import to_xlsx
from coordination.views.signed_in import SignedInRequest
from workplans.forms.planning_documents import LineForm, SheetForm
from workplans.models import PlanningDocument, PlanningLine
from workplans.permissions.planning_documents import can_keep_planning_document
from workplans.services.planning_lines import (
    LineCodeTaken,
    LineWithinItself,
    drop_line,
    lines_table,
    read_lines,
    save_line,
    save_lines,
)
from workplans.services.rows import pack, unpack

from .planning_documents import EDITS, find_document
from .plans import XLSX

CHANGES_SHOWN = 200


@require_safe
def planning_lines_export(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The lines as a spreadsheet, which is also the template to fill in."""
    document = find_document(request, slug, pk)
    name = f"{slug}-{document.kind}-{document.pk}-lines.xlsx"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        to_xlsx(lines_table(document)),
        content_type=XLSX,
        headers={"Content-Disposition": disposition or ""},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_lines_import(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Bring lines in: first what would change, then all of it or nothing."""
    document = find_document(request, slug, pk)
    require(can_keep_planning_document(request.user, document))
    if "packed" in request.POST:
        return apply(request, document)
    form, found, packed = SheetForm(request.POST or None, request.FILES or None), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            found = read_lines(form.cleaned_data["file"].content, document)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            if found.rows and not found.faults:
                packed = pack(purpose(document), found.rows, seen=document.edition, by=request.user)
    context = {
        "form": form,
        "found": found,
        "packed": packed,
        "shown": found.changes[:CHANGES_SHOWN] if found else [],
        "faults": found.faults[:CHANGES_SHOWN] if found else [],
        "document": document,
        "mechanism": document.mechanism,
    }
    return render(request, "workplans/planning_lines_import.html", context)


def apply(request: SignedInRequest, document: PlanningDocument) -> HttpResponse:
    """Save what was shown; what has changed on the portal since then refuses all of it."""
    try:
        rows, seen = unpack(request.POST["packed"], purpose(document), by=request.user)
        count = save_lines(document, rows, by=request.user, seen_version=seen)
    except EditedMeanwhile as refusal:
        said = _("Nothing was saved. %(reason)s Choose the file again.") % {"reason": refusal}
        messages.error(request, said)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        saved = ngettext("%(count)d line saved.", "%(count)d lines saved.", count)
        messages.success(request, saved % {"count": count})
        return redirect(document)
    return redirect("planning-lines-import", document.mechanism.slug, document.pk)


def purpose(document: PlanningDocument) -> str:
    return f"lines:{document.pk}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_line_edit(
    request: SignedInRequest, slug: str, pk: int, line: int | None = None
) -> HttpResponse:
    """A new line, or one that is there; the second of two editors is shown both versions."""
    document = find_document(request, slug, pk)
    require(can_keep_planning_document(request.user, document))
    found = get_object_or_404(document.lines.all(), pk=line) if line is not None else None
    form, conflict = LineForm(request.POST or None, document=document, line=found), None
    if request.method == "POST" and form.is_valid():
        try:
            save_line(
                document,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                line=found,
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = line_conflict(request, form, document, found)
        except Refusal as refusal:
            form.add_error(field_of(refusal), str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(document)
    context = {
        "form": form,
        "conflict": conflict,
        "line": found,
        "document": document,
        "mechanism": document.mechanism,
    }
    return render(request, "workplans/planning_line_form.html", context)


@login_required
@require_POST
def planning_line_drop(request: SignedInRequest, slug: str, pk: int, line: int) -> HttpResponse:
    """Take a line off."""
    document = find_document(request, slug, pk)
    require(can_keep_planning_document(request.user, document))
    found = get_object_or_404(document.lines.select_related("document"), pk=line)
    try:
        drop_line(found, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Taken off."))
    return redirect(document)


def line_conflict(
    request: SignedInRequest, mine: LineForm, document: PlanningDocument, line: PlanningLine | None
) -> tuple[LineForm, Conflict]:
    """The form as typed, in sight of what the document has become since."""
    current = (
        PlanningDocument.objects.visible_to(request.user)
        .select_related("mechanism__calendar")
        .get(pk=document.pk)
    )
    stored = current.lines.filter(pk=line.pk if line else 0).first()
    theirs = LineForm(document=current, line=stored)
    fields = differences(mine, theirs) if stored else []
    data = merged(mine, theirs, current.edition)
    again = LineForm(data, document=current, line=stored)
    deeds = Event.objects.about(current).filter(verb__in=EDITS)
    return again, Conflict.since(deeds.first(), fields)


def field_of(refusal: Refusal) -> str | None:
    """The field that the refusal is about."""
    fields: dict[type[Refusal], str] = {LineCodeTaken: "code", LineWithinItself: "parent"}
    return fields.get(type(refusal))
