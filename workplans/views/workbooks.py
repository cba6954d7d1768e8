"""The entry grid as a workbook: out, and back in after a look at what it would change."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.obligations import WorkbookForm
from workplans.models import Obligation
from workplans.permissions.results import can_edit_report
from workplans.services.drafts import save_drafts
from workplans.services.grid import rows_of
from workplans.services.imports import Import, pack, read_workbook, unpack
from workplans.services.refusals import DraftsRefused
from workplans.services.workbooks import write_template

from .obligations import find_obligation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_safe
def obligation_template(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    """The report's own grid as an XLSX file."""
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_edit_report(request.user, obligation))
    content = write_template(obligation, rows_of(obligation, reader=request.user))
    name = "-".join([*obligation.address, "report"]) + ".xlsx"
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name)
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def obligation_import(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    """Take a filled-in template: show what it would change, then save all of it or nothing."""
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_edit_report(request.user, obligation))
    if "packed" in request.POST:
        return apply(request, obligation)
    form, found = WorkbookForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        rows = rows_of(obligation, reader=request.user)
        try:
            found = read_workbook(form.cleaned_data["file"].content, obligation, rows)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
    return show_import(request, obligation, form, found)


def apply(request: SignedInRequest, obligation: Obligation) -> HttpResponse:
    """Save what was shown; what has changed on the portal since then refuses all of it."""
    rows = rows_of(obligation, reader=request.user)
    try:
        drafts = unpack(request.POST["packed"], obligation, rows, by=request.user)
        count = save_drafts(obligation, drafts, by=request.user)
    except signing.BadSignature:
        messages.error(request, _("This took too long. Choose the file again."))
    except DraftsRefused as refused:
        codes = [
            f"{row.version.indicator.code}, {row.stream.place}"
            for row in rows
            if row.stream.pk in refused.refusals
        ]
        messages.error(
            request,
            _("Nothing was saved. Changed meanwhile: %(rows)s. Choose the file again.")
            % {"rows": "; ".join(codes)},
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        saved = ngettext("%(count)d row saved as draft.", "%(count)d rows saved as drafts.", count)
        messages.success(request, saved % {"count": count})
        return redirect(obligation)
    return redirect("obligation-import", *obligation.address)


def show_import(
    request: SignedInRequest, obligation: Obligation, form: WorkbookForm, found: Import | None
) -> HttpResponse:
    packed = ""
    if found is not None and found.drafts and not found.faults:
        packed = pack(found.drafts, obligation, by=request.user)
    return render(
        request,
        "workplans/obligation_import.html",
        {
            "obligation": obligation,
            "mechanism": obligation.mechanism,
            "form": form,
            "found": found,
            "packed": packed,
        },
    )
