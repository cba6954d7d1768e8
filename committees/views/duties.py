"""What a seat did for its duties, month by month (S13)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from committees.forms.duties import DutyForm, MonthForm
from committees.permissions import can_log_duty, can_see_committee_work
from committees.services.duties import log_duty, month_of
from coordination.models import add_months
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .seats import find_seat


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_duties(request: SignedInRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """The report of a month; whoever holds the seat, and who keeps the body, adds to it."""
    seat = find_seat(request, slug, body_slug, pk)
    body = seat.body
    if not can_see_committee_work(request.user, body.mechanism):
        raise Http404
    can_log = can_log_duty(request.user, seat)
    require(can_log or request.method != "POST")
    form = DutyForm(request.POST or None, seat=seat)
    if request.method == "POST" and form.is_valid():
        try:
            entry = log_duty(seat, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is on record."))
            address = reverse("seat-duties", args=[slug, body.slug, pk])
            return redirect(f"{address}?month={entry.done_on:%Y-%m}")
    today = body.mechanism.today()
    narrowed = MonthForm(request.GET or {"month": f"{today:%Y-%m}"})
    month = narrowed.chosen(today)
    context = {
        "seat": seat,
        "body": body,
        "mechanism": body.mechanism,
        "report": month_of(seat, month, request.user),
        "month_form": narrowed,
        "before": add_months(month, -1),
        "after": add_months(month, 1) if month < today.replace(day=1) else None,
        "form": form if can_log else None,
    }
    return render(request, "committees/seat_duties.html", context)
