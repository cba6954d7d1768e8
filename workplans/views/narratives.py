"""What an organisation says in words, section by section."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.permissions import require
from coordination.views.signed_in import SignedInRequest
from workplans.forms.obligations import NarrativeForm
from workplans.models import Narrative
from workplans.permissions.results import can_edit_report
from workplans.services.obligations import NarrativeEditedMeanwhile, save_narrative

from .obligations import find_obligation


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def narrative_edit(
    request: SignedInRequest, slug: str, period: str, organisation: str, *, section: str
) -> HttpResponse:
    """Write one section; a second writer is shown both texts (R27)."""
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_edit_report(request.user, obligation))
    if section not in Narrative.Section.values:
        raise Http404
    stored = obligation.narratives.filter(section=section).select_related("edited_by").first()
    initial = {"text": stored.text, "version": stored.version} if stored else {}
    form = NarrativeForm(request.POST or None, initial=initial)
    conflict: Conflict | None = None
    if request.method == "POST" and form.is_valid():
        try:
            save_narrative(
                obligation,
                section,
                by=request.user,
                text=form.cleaned_data["text"],
                seen_version=form.cleaned_data["version"],
            )
        except NarrativeEditedMeanwhile:
            theirs = NarrativeForm(initial=initial)
            conflict = Conflict(
                stored.edited_by if stored else None,
                stored.edited_at if stored else None,
                differences(form, theirs),
            )
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(obligation)
            # Saving again is then a decision, made with both texts on the page.
            seen = stored.version if stored else 0
            form.data = merged(form, theirs, seen, "version")
        else:
            messages.success(request, _("Saved."))
            return redirect(obligation)
    return render(
        request,
        "workplans/narrative_edit.html",
        {
            "obligation": obligation,
            "mechanism": obligation.mechanism,
            "title": Narrative.Section(section).label,
            "form": form,
            "stored": stored,
            "conflict": conflict,
        },
    )
