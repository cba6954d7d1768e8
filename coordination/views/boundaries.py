"""Importing boundaries and taking them out again, by administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from coordination.forms.boundaries import BoundariesDropForm, BoundariesForm
from coordination.models import Boundary, Place
from coordination.permissions import can_administer, require
from coordination.services.boundaries import (
    BoundariesRefused,
    drop_boundaries,
    import_boundaries,
)
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
            # Whether it is the right file is seen on the map.
            return redirect("place-map", place.path)
    return _show(request, place, form, BoundariesDropForm(prefix="drop"))


@login_required
@require_POST
def boundaries_drop(request: SignedInRequest, country: str) -> HttpResponse:
    """Take the boundaries out again: the file was wrong, or its licence forbids it."""
    require(can_administer(request.user))
    place = get_object_or_404(Place.objects.countries(), slug=country)
    form = BoundariesDropForm(request.POST, prefix="drop")
    if not form.is_valid():
        return _show(request, place, BoundariesForm(), form)
    try:
        drop_boundaries(place, by=request.user, reason=form.cleaned_data["reason"])
    except BoundariesRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The boundaries are out."))
    return redirect("boundary-import", country)


def _show(
    request: SignedInRequest, place: Place, form: BoundariesForm, drop_form: BoundariesDropForm
) -> HttpResponse:
    context = {
        "form": form,
        "drop_form": drop_form,
        "country": place,
        "lots": Boundary.objects.lots_of(place),
        "missing": place.children.filter(boundary=None).order_by("name"),
    }
    return render(request, "coordination/boundary_import.html", context)
