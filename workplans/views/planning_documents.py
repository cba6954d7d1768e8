"""Planning documents of a mechanism: the list, one with its lines, its steps and versions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.planning_documents import (
    DocumentStepForm,
    PlanningDocumentFilter,
    PlanningDocumentForm,
)
from workplans.models import Activity, PlanningDocument, PlanningLine, walk_lines
from workplans.permissions.planning_documents import (
    can_create_planning_document,
    can_keep_planning_document,
)
from workplans.permissions.standing import can_see_work
from workplans.services.planning_documents import (
    create_document,
    edit_document,
    move_document,
    renew_document,
)

LINES_A_PAGE = 40
EVENTS_SHOWN = 30
EDITS = (
    "workplans.document_edited",
    "workplans.document_moved",
    "workplans.line_saved",
    "workplans.line_dropped",
    "workplans.lines_imported",
)


@require_safe
def planning_document_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The documents of a mechanism's places, by place and time."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    seen = PlanningDocument.objects.visible_to(request.user).filter(mechanism=mechanism)
    found = PlanningDocumentFilter(request.GET, seen)
    rows = found.qs.select_related("mechanism", "place", "owner").in_order()
    rows = rows.annotate(line_count=Count("lines"))
    context = {
        "mechanism": mechanism,
        "filter": found,
        "page": Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page")),
        "can_create": can_create_planning_document(request.user, mechanism),
    }
    return render(request, "workplans/planning_document_list.html", context)


@require_safe
def planning_document_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One document: its steps and dates, its lines as they nest, and what cites them."""
    document = find_document(request, slug, pk)
    mechanism = document.mechanism
    history = Event.objects.about(document).select_related("by")[:EVENTS_SHOWN]
    context = {
        "document": document,
        "mechanism": mechanism,
        "steps": [
            (label, getattr(document, column))
            for state, column in PlanningDocument.DATE_OF.items()
            for label in [PlanningDocument.State(state).label]
        ],
        "years": document.years,
        "lines": lines_shown(request, document),
        "newer": seen_neighbour(request, getattr(document, "replaced_by", None)),
        "older": seen_neighbour(request, document.replaces),
        "can_keep": can_keep_planning_document(request.user, document),
        "events": history if can_see_work(request.user, mechanism) else None,
    }
    return render(request, "workplans/planning_document_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_document_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """A new document of a place of the mechanism."""
    mechanism = get_object_or_404(
        Mechanism.objects.visible_to(request.user).select_related("calendar"), slug=slug
    )
    require(can_create_planning_document(request.user, mechanism))
    form = PlanningDocumentForm(
        request.POST or None, request.FILES or None, mechanism=mechanism, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        document = create_document(
            mechanism, by=request.user, file=form.cleaned_data["file"], **form.content()
        )
        messages.success(request, _("It is here. Now its lines can be brought in."))
        return redirect(document)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "workplans/planning_document_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_document_edit(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The frame of a document; the second of two editors is shown both versions."""
    document = find_document(request, slug, pk)
    require(can_keep_planning_document(request.user, document))
    form, conflict = framed(request, document, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            edit_document(
                document,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                file=form.cleaned_data["file"],
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = frame_conflict(request, form, find_document(request, slug, pk))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(document)
    context: dict[str, Any] = {"form": form, "conflict": conflict, "document": document}
    return render(
        request,
        "workplans/planning_document_form.html",
        context | {"mechanism": document.mechanism},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planning_document_move(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Record a step that the county took with the document."""
    document = find_document(request, slug, pk)
    require(can_keep_planning_document(request.user, document))
    if request.method != "POST" and not document.next_states:
        messages.warning(request, _("This document has taken all its steps."))
        return redirect(document)
    form = DocumentStepForm(request.POST or None, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            move_document(document, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(document)
    context = {"form": form, "document": document, "mechanism": document.mechanism}
    return render(request, "workplans/planning_document_move.html", context)


@login_required
@require_POST
def planning_document_renew(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Begin the document's next version, with the lines of this one."""
    document = find_document(request, slug, pk)
    require(can_keep_planning_document(request.user, document))
    try:
        document = renew_document(document, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("This is the next version, as a draft with the same lines."))
    return redirect(document)


def find_document(request: HttpRequest, slug: str, pk: int) -> PlanningDocument:
    """The document as far as the visitor may see it, else 404."""
    seen = PlanningDocument.objects.visible_to(request.user).select_related(
        "mechanism__calendar", "place", "owner", "file", "replaces", "replaced_by"
    )
    return get_object_or_404(seen, mechanism__slug=slug, pk=pk)


def seen_neighbour(
    request: HttpRequest, document: PlanningDocument | None
) -> PlanningDocument | None:
    """The version before or after, as far as the visitor may see it."""
    if document is None:
        return None
    seen = PlanningDocument.objects.visible_to(request.user).select_related("mechanism")
    return seen.filter(pk=document.pk).first()


def lines_shown(
    request: HttpRequest, document: PlanningDocument
) -> list[tuple[int, PlanningLine, list[str], int]]:
    """Each line as it nests: its depth, its targets by year, and how many activities cite it.

    Who cites a line cites the programme that it is part of: those below are counted with it.
    """
    seen = Activity.objects.visible_to(request.user).standing()
    cited: Counter[int] = Counter()
    for name in ("adp_line", "cidp_line"):
        cited.update(seen.filter(**{f"{name}__document": document}).values_list(name, flat=True))
    keys = [key for key, _label in document.years]
    walked = list(walk_lines(document.lines.all()))
    for depth, line in reversed(walked):  # what is below comes after, so that sums rise
        if depth and line.parent_id:
            cited[line.parent_id] += cited[line.pk]
    return [
        (depth, line, [line.targets.get(key, "") for key in keys], cited[line.pk])
        for depth, line in walked
    ]


def framed(request: SignedInRequest, document: PlanningDocument, data: Any) -> PlanningDocumentForm:
    """The form of the document's frame."""
    files = request.FILES or None if data is not None else None
    return PlanningDocumentForm(
        data, files, mechanism=document.mechanism, user=request.user, document=document
    )


def frame_conflict(
    request: SignedInRequest, mine: PlanningDocumentForm, current: PlanningDocument
) -> tuple[PlanningDocumentForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    theirs = framed(request, current, None)
    again = framed(request, current, merged(mine, theirs, current.edition))
    deeds = Event.objects.about(current).filter(verb__in=EDITS)
    return again, Conflict.since(deeds.first(), differences(mine, theirs))
