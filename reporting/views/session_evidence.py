"""One screen for a sector session: last year's results and the county's priorities (P4)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.models import Sector
from coordination.permissions import require
from coordination.views.signed_in import SignedInRequest
from reporting.services.session_evidence import evidence_for
from workplans.permissions.standing import can_see_work
from workplans.views.plans import find_plan


@login_required
@require_safe
def session_evidence(request: SignedInRequest, slug: str, plan: str, sector: int) -> HttpResponse:
    """What the sector's session opens with, for who takes part."""
    found = find_plan(request, slug, plan)
    require(can_see_work(request.user, found.mechanism))
    this = get_object_or_404(Sector.objects.select_related("scheme"), pk=sector)
    today = found.mechanism.today()
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "sector": this,
        "evidence": evidence_for(found, this, request.user, on=today),
    }
    return render(request, "reporting/session_evidence.html", context)
