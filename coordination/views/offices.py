"""Who holds which office in a mechanism, and ending an office."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.offices import OfficeEndForm
from coordination.models import (
    COUNTY_ROLES,
    PARTNER_ROLES,
    Event,
    Invitation,
    Mechanism,
    Office,
    Role,
)
from coordination.permissions import (
    can_end_office,
    can_manage_people,
    can_see_office,
    can_see_people,
    ends_offices,
    require,
)
from coordination.services.offices import Purpose, end_office, purposes_of
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

EVENTS_SHOWN = 30

# Under which heading each role is listed, in the order of the roles.
HEADINGS = {
    gettext_lazy("Partners"): PARTNER_ROLES,
    gettext_lazy("Government"): COUNTY_ROLES,
    gettext_lazy("Secretariat"): (Role.SECRETARIAT,),
    gettext_lazy("Donors"): (Role.DONOR_OFFICER,),
    gettext_lazy("Members of committees"): (Role.COMMITTEE_MEMBER,),
    gettext_lazy("Administrators"): (Role.ADMINISTRATOR,),
}

OfficeRow = tuple[Office, Purpose | None, bool]


@login_required
@require_safe
def person_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who holds which office here, who did, and who is invited."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_see_people(request.user, mechanism))
    manages = can_manage_people(request.user, mechanism)
    may_end = ends_offices(request.user)
    now, today = timezone.now(), timezone.localdate()
    offices = Office.objects.giving_rights_in(mechanism).in_full()
    giving = Office.objects.giving_rights_in(mechanism, on=today).in_full()
    invited = Invitation.objects.filter(mechanism=mechanism).in_full()
    held = list(giving.held(on=today).in_order())
    coming = list(giving.filter(starts_on__gt=today).in_order())
    ended = list(offices.ended(on=today).order_by("-ends_on", "pk"))
    invitations = list(invited.live(at=now).order_by("created_at")) if manages else []
    purposes = purposes_of([*held, *coming, *ended], invitations, user=request.user)
    rows = [(office, purposes.get(office), may_end(office)) for office in held]
    context = {
        "mechanism": mechanism,
        "held": rows,
        "groups": _under_headings(rows),
        "coming": [(office, purposes.get(office), may_end(office)) for office in coming],
        "ended": [(office, purposes.get(office)) for office in ended],
        "invitations": [(each, purposes.get(each)) for each in invitations],
        "manages": manages,
        "events": Event.objects.about_any(offices, *([invited] if manages else []))[:EVENTS_SHOWN],
    }
    return render(request, "coordination/person_list.html", context)


def _under_headings(rows: list[OfficeRow]) -> list[tuple[Promise, list[OfficeRow]]]:
    """The rows by whom their offices are held for; no heading without any."""
    found = [
        (heading, [row for row in rows if row[0].role in roles])
        for heading, roles in HEADINGS.items()
    ]
    return [(heading, under) for heading, under in found if under]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def office_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask when an office shall end, and end it."""
    office = get_object_or_404(Office.objects.in_full(), pk=pk)
    if not can_see_office(request.user, office):
        raise Http404
    require(can_end_office(request.user, office))
    form = OfficeEndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            end_office(
                office, by=request.user, last_day=form.chosen_day(), seen=form.cleaned_data["seen"]
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The office ends: %(office)s.") % {"office": office})
            return redirect(_way_back(request, office))
    context = {"office": office, "form": form, "back": _way_back(request, office)}
    return render(request, "coordination/office_end.html", context)


def _way_back(request: SignedInRequest, office: Office) -> str:
    """The people page that one came from, or else the office's own, or else one's desk."""
    visible = Mechanism.objects.visible_to(request.user)
    came_from = visible.filter(slug=request.GET.get("people", "")).first()
    for mechanism in (came_from, office.mechanism):
        if mechanism and can_see_people(request.user, mechanism):
            return reverse("person-list", args=[mechanism.slug])
    return str(settings.LOGIN_REDIRECT_URL)
