"""The entry grid of one report: to fill in, to keep while typing, to check and submit."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.models import Event, Place
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.grid import ReportForm, RowForm
from workplans.models import Narrative, Obligation
from workplans.permissions.results import (
    can_chase_report,
    can_edit_report,
    can_exempt_obligation,
    can_extend_obligation,
    can_remind_reporter,
    can_submit_report,
)
from workplans.services.drafts import keep_drafts, save_drafts
from workplans.services.grid import (
    Progress,
    Row,
    last_drafted_at,
    progress_of,
    rows_of,
    waiting_of,
)
from workplans.services.obligations import is_of_member
from workplans.services.refusals import DraftsRefused, RowFault, ValuesAtFault
from workplans.services.reminders import posts_of
from workplans.services.results import faults_in, submit_report

from .obligations import find_obligation

EVENTS_SHOWN = 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def obligation_detail(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    """The report of one organisation on one period: its grid of values and its texts."""
    obligation = find_obligation(request.user, slug, period, organisation)
    if request.method == "POST":
        require(can_edit_report(request.user, obligation))
        if request.accepts("text/html"):
            return save_report(request, obligation)
        return keep_draft(request, obligation)
    chases = can_chase_report(request.user, obligation)
    rows = rows_of(obligation, reader=request.user, knows_of_drafts=chases)
    can_edit = can_edit_report(request.user, obligation) and not obligation.is_exempt
    can_edit = can_edit and is_of_member(obligation)
    return show_report(request, obligation, ReportForm(rows, can_edit=can_edit))


def save_report(request: SignedInRequest, obligation: Obligation) -> HttpResponse:
    """Save the whole grid, or nothing of it, and go on to submission if that was asked."""
    form = ReportForm(rows_of(obligation, reader=request.user), request.POST)
    if not form.is_valid():
        return show_report(request, obligation, form)
    try:
        count = save_drafts(obligation, form.drafts(), by=request.user)
    except DraftsRefused as refused:
        form = ReportForm(rows_of(obligation, reader=request.user), request.POST)
        form.refuse(refused.refusals)
        return show_report(request, obligation, form)
    except Refusal as refusal:
        form.refusal = str(refusal)
        return show_report(request, obligation, form)
    if request.POST.get("then") == "submit":
        return redirect("obligation-submit", *obligation.address)
    saved = ngettext("Draft saved: %(count)d row.", "Draft saved: %(count)d rows.", count)
    messages.success(request, saved % {"count": count} if count else _("Nothing had changed."))
    return redirect(obligation)


def keep_draft(request: SignedInRequest, obligation: Obligation) -> JsonResponse:
    """Keep what can be kept while people type, and answer with the new versions of the rows."""
    form = ReportForm(rows_of(obligation, reader=request.user), request.POST)
    form.is_valid()
    try:
        refusals = keep_drafts(obligation, form.sound_drafts(), by=request.user)
    except Refusal as refusal:
        return JsonResponse({"message": str(refusal)}, status=HTTPStatus.CONFLICT)
    rows = rows_of(obligation, reader=request.user)
    not_kept = [row.name for row in form.rows_at_fault()]
    not_kept += [row.name for row in rows if row.stream.pk in refusals]
    faults = form.faults_so_far()
    return JsonResponse(
        {
            "message": words_on_keeping(rows, not_kept, faults),
            "fields": form.versions_after(rows, refusals),
            "faults": faults,
            "parts": parts_anew(obligation, form, rows),
        },
        status=HTTPStatus.CONFLICT if not_kept else HTTPStatus.OK,
    )


def words_on_keeping(rows: list[Row], not_kept: list[str], faults: dict[str, list[str]]) -> str:
    """What the foot of the grid says after a draft was kept, or was not."""
    progress = progress_of(rows)
    told = {"filled": progress.filled, "total": progress.total, "rows": "; ".join(not_kept)}
    if not_kept:
        return _("%(filled)s of %(total)s filled. Not kept: %(rows)s. Save to see why.") % told
    said = [_("Draft kept. %(filled)s of %(total)s filled.") % told]
    if faults:
        words = ngettext(
            "%(count)d field needs mending before you submit.",
            "%(count)d fields need mending before you submit.",
            len(faults),
        )
        said.append(words % {"count": len(faults)})
    return " ".join(said)


def parts_anew(obligation: Obligation, form: ReportForm, rows: list[Row]) -> dict[str, str]:
    """What the page says of the report's progress and of rows that changed, by the part's id."""
    status = obligation.status(at=timezone.now())
    before = {one.row.stream.pk: one.row.state for one in form.forms}
    parts = {"filled": drawn("obligation_filled", progress=progress_of(rows), bar=True)}
    for place, group in groupby(rows, key=lambda row: row.stream.place):
        filled = drawn("obligation_filled", progress=progress_of(list(group)))
        parts |= {f"filled-{at}{place.pk}": filled for at in ("", "of-", "in-")}
    for row in rows:
        if row.state != before.get(row.stream.pk):
            parts[f"state-{row.stream.pk}"] = drawn("obligation_state", row=row, status=status)
    return parts


def drawn(name: str, **context: object) -> str:
    return render_to_string(f"workplans/{name}.html", context).strip()


def show_report(request: SignedInRequest, obligation: Obligation, form: ReportForm) -> HttpResponse:
    user, mechanism = request.user, obligation.mechanism
    is_own, chases = can_edit_report(user, obligation), can_chase_report(user, obligation)
    posts = posts_of([obligation.organisation], on=timezone.localdate()) if chases else {}
    is_owed = is_of_member(obligation)
    can_edit = is_own and ((is_owed and not obligation.is_exempt) or bool(form.refusal))
    texts = texts_of(obligation, can_edit=can_edit, can_read=is_own or obligation.is_submitted)
    return render(
        request,
        "workplans/obligation_detail.html",
        {
            "obligation": obligation,
            "mechanism": mechanism,
            "labels": labels_of(obligation),
            "is_owed": is_owed,
            "status": obligation.status(at=timezone.now()) if is_owed else "not_due",
            "form": form,
            "places": places_of(form),
            "is_open": any(row.is_open for row in form.forms),
            "returned": [row.row for row in form.forms if row.is_open and row.row.returns],
            "has_quotients": any(row.row.version.is_quotient for row in form.forms),
            "progress": progress_of([row_form.row for row_form in form.forms]),
            "drafted_at": last_drafted_at(obligation) if chases else None,
            "waiting": waiting_of(
                [row_form.row for row_form in form.forms], mechanism, on=timezone.localdate()
            ),
            "can_edit": can_edit,
            "is_own": is_own,
            "posts": posts.get(obligation.organisation_id, []),
            "can_remind": can_remind_reporter(user, obligation),
            "can_extend": can_extend_obligation(user, obligation),
            "can_exempt": can_exempt_obligation(user, obligation),
            "texts": texts,
            "written": sum(text is not None for _key, _title, text in texts),
            "events": Event.objects.about(obligation).select_related("by")[:EVENTS_SHOWN]
            if is_own or chases
            else None,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def obligation_submit(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    """What will be submitted and what stays missing; asked before it is done."""
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_submit_report(request.user, obligation))
    if request.method == "POST":
        return submit(request, obligation)
    rows = rows_of(obligation, reader=request.user)
    drafts = [row for row in rows if row.result and row.is_editable]
    faults = faults_in([row.result for row in drafts if row.result], obligation)
    if faults:
        return show_faults(request, obligation, faults)
    context = {
        "obligation": obligation,
        "mechanism": obligation.mechanism,
        "ready": [row.result for row in drafts if row.is_filled],
        "missing": progress_of(rows).missing,
        "unwritten": [
            (key, title)
            for key, title, text in texts_of(obligation, can_edit=True, can_read=True)
            if text is None
        ],
        "is_late": obligation.is_overdue(at=timezone.now()),
    }
    return render(request, "workplans/obligation_submit.html", context)


def submit(request: SignedInRequest, obligation: Obligation) -> HttpResponse:
    try:
        results = submit_report(obligation, by=request.user)
    except ValuesAtFault as refused:
        return show_faults(request, obligation, refused.rows)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        submitted = ngettext(
            "%(count)d value submitted.", "%(count)d values submitted.", len(results)
        )
        messages.success(request, submitted % {"count": len(results)})
    return redirect(obligation)


def show_faults(
    request: SignedInRequest, obligation: Obligation, faults: list[RowFault]
) -> HttpResponse:
    """The grid as it is saved, each fault at its field."""
    form = ReportForm.as_saved(rows_of(obligation, reader=request.user))
    form.point_out(faults)
    return show_report(request, obligation, form)


def labels_of(obligation: Obligation) -> list[str]:
    """The period in every fiscal label that the mechanism uses (R9)."""
    mechanism = obligation.mechanism
    calendars = [mechanism.calendar, *mechanism.other_calendars.all()]
    return [calendar.label(obligation.period) for calendar in calendars]


@dataclass(frozen=True)
class PlaceSection:
    """The rows of the grid that belong to one place."""

    place: Place
    forms: list[RowForm]
    progress: Progress
    is_unfolded: bool
    """Also on a phone."""


def places_of(form: ReportForm) -> list[PlaceSection]:
    """The places of a report; of those that a phone folds the first to fill in stands open."""
    sections, begun = [], False
    for place, group in groupby(form.forms, key=lambda row_form: row_form.row.stream.place):
        forms = list(group)
        begins = not begun and any(one.is_to_fill for one in forms)
        begun = begun or begins
        is_unfolded = begins or any(one.asks_again for one in forms)
        progress = progress_of([one.row for one in forms])
        sections.append(PlaceSection(place, forms, progress, is_unfolded))
    return sections


def texts_of(
    obligation: Obligation, *, can_edit: bool, can_read: bool
) -> list[tuple[str, str, Narrative | None]]:
    """Key, title and text of each section; empty ones for who may write them."""
    texts = {row.section: row for row in obligation.narratives.all()} if can_read else {}
    return [
        (key, str(title), texts.get(key))
        for key, title in Narrative.Section.choices
        if can_edit or key in texts
    ]
