"""The money of one award in a report: what the secretariat enters for chapter XIV."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from reporting.forms.finances import FinanceForm
from reporting.permissions import can_edit_report
from reporting.services.finances import AwardLine, FinanceEditedMeanwhile, edit_finance
from reporting.views.reports import find_report


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_finance_edit(request: SignedInRequest, slug: str, award: str) -> HttpResponse:
    """Edit the amounts of one award; a second writer is shown both (R27)."""
    report = find_report(request, slug)
    require(can_edit_report(request.user, report))
    found = get_object_or_404(report.mechanism.awards, slug=award)
    stored = report.finances.filter(award=found).select_related("edited_by").first()
    begun = initial_of(AwardLine(found, stored))
    form = FinanceForm(request.POST or None, award=found, initial=begun)
    context: dict[str, Any] = {"report": report, "award": found, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            edit_finance(
                report,
                found,
                by=request.user,
                seen=form.cleaned_data["seen"],
                amounts=form.amounts,
                currency=form.cleaned_data.get("currency", ""),
            )
        except FinanceEditedMeanwhile as meanwhile:
            # What was typed stays in the fields; saved again, it replaces the other's amounts.
            line = AwardLine(found, meanwhile.stored)
            theirs = FinanceForm(award=found, initial=initial_of(line))
            context["conflict"] = Conflict(
                meanwhile.stored.edited_by, meanwhile.stored.edited_at, differences(form, theirs)
            )
            form.data = merged(form, theirs, meanwhile.stored.version, "seen")
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved: %(title)s.") % {"title": found})
            return redirect(f"{report.get_absolute_url()}#finances")
    return render(request, "reporting/report_finance.html", context)


def initial_of(line: AwardLine) -> dict[str, Any]:
    """What the form begins with."""
    amounts = {name: amount.major for name, amount in line.amounts.items() if amount}
    currency = line.stored.currency if line.stored else ""
    return {"currency": currency, **amounts, "seen": line.version}
