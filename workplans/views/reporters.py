"""Pages on which a reporter of an indicator is named, and its duty ends."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.indicators import ReleaseForm, ReporterForm
from workplans.services.reporters import assign_reporter, release_reporter

from .indicators import indicator_part, newest_for_editing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reporter_assign(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """An organisation that reports the newest version in a place."""
    indicator, version = newest_for_editing(request, slug, code)
    form = ReporterForm(request.POST or None, version=version)
    if request.method == "POST" and form.is_valid():
        try:
            assign_reporter(version, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The reporter is named."))
            return redirect(indicator)
    return indicator_part(request, form, version, title=_("Name a reporter"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reporter_release(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """The end of a reporter's duty for an indicator in a place."""
    indicator, version = newest_for_editing(request, slug, code)
    stream = get_object_or_404(version.streams.select_related("organisation", "place"), pk=pk)
    form = ReleaseForm(request.POST or None, stream=stream)
    if request.method == "POST" and form.is_valid():
        try:
            release_reporter(stream, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Nothing more is due here after that period."))
            return redirect(indicator)
    named = {"organisation": stream.organisation, "place": stream.place}
    title = _("%(organisation)s stops reporting for %(place)s") % named
    return indicator_part(request, form, version, title=title)
