"""Importing boundaries, by administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.forms.boundaries import BoundariesForm
from coordination.models import Boundary, Place
from coordination.permissions import can_administer, require
from coordination.services.boundaries import BoundariesRefused, import_boundaries
from coordination.views.signed_in import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def boundary_import(request: SignedInRequest, country: str) -> HttpResponse:
    """A file with the boundaries of the country's parts, its source and its licence."""
    require(can_administer(request.user))
    place = get_object_or_404(Place.objects.countries(), slug=country)
    form = BoundariesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        words = {name: form.cleaned_data[name] for name in ("source", "licence")}
        try:
            rows = import_boundaries(place, content, by=request.user, **words)
        except BoundariesRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            said = ngettext("%(n)d boundary is in.", "%(n)d boundaries are in.", len(rows))
            messages.success(request, said % {"n": len(rows)})
            return redirect("boundary-import", country)
    known = Boundary.objects.filter(place__parent=place).select_related("place")
    missing = place.children.filter(boundary=None).order_by("name")
    context = {
        "form": form,
        "country": place,
        "known": known.order_by("place__name"),
        "missing": missing,
        "title": _("Boundaries"),
    }
    return render(request, "coordination/boundary_import.html", context)
