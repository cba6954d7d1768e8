"""The page on which an indicator is retired."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.retirement import RetirementForm
from workplans.services.reporters import LaterPeriodReported
from workplans.services.retirement import retire_indicator, running_after

from .indicators import newest_for_editing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_retire(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """Asks up to when the indicator is reported and why it ends, and says what stays."""
    indicator, version = newest_for_editing(request, slug, code)
    form = RetirementForm(request.POST or None, version=version)
    if request.method == "POST" and form.is_valid():
        try:
            retire_indicator(version, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal, "last_period" if type(refusal) is LaterPeriodReported else None)
        else:
            messages.success(request, _("The indicator is retired."))
            return redirect(indicator)
    # Whoever reports today or later: those whose duty can end with it.
    running = running_after(version, indicator.mechanism.today())
    context = {
        "form": form,
        "indicator": indicator,
        "version": version,
        "mechanism": indicator.mechanism,
        "streams": running.order_by("organisation__short_name", "place__path"),
    }
    return render(request, "workplans/indicator_retire.html", context)
