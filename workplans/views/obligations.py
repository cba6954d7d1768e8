"""Reports that are owed: who owes which, extensions, exemptions and their lifting."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.models import Mechanism, Period, User
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.obligations import ExemptionForm, ExtensionForm, LiftingForm
from workplans.models import Obligation
from workplans.permissions.results import (
    can_exempt_obligation,
    can_extend_obligation,
    can_remind_reporter,
    can_run_reporting,
)
from workplans.services.matrix import lines_of
from workplans.services.obligations import (
    NothingAsked,
    exempt_obligation,
    extend_obligation,
    is_asked,
    lift_exemption,
)
from workplans.services.reminders import remind_reporter

PERIODS_SHOWN = 4


def find_obligation(
    user: User | AnonymousUser, slug: str, period: str, organisation: str
) -> Obligation:
    """The report at this address, if the user may know of it; otherwise 404."""
    return get_object_or_404(
        Obligation.objects.visible_to(user).in_full(),
        mechanism__slug=slug,
        period__code=period,
        organisation__slug=organisation,
    )


@login_required
@require_safe
def obligation_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who has reported on the last periods, who is late, missing or exempt (R5)."""
    mechanisms = Mechanism.objects.taking_part(request.user).select_related("calendar")
    mechanism = get_object_or_404(mechanisms, slug=slug)
    owed = Period.objects.filter(
        pk__in=Obligation.objects.of_members().filter(mechanism=mechanism).values("period")
    )
    page = page_of(list(owed.order_by("-starts_on")), request)
    periods = list(page)[::-1]
    return render(
        request,
        "workplans/obligation_list.html",
        {
            "mechanism": mechanism,
            "page": page,
            "periods": [(period, mechanism.calendar.label(period)) for period in periods],
            "lines": lines_of(mechanism, periods, at=timezone.now()),
            "can_run": can_run_reporting(request.user, mechanism),
        },
    )


@login_required
@require_POST
def reporter_remind(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    """Writes to those who fill in the report, and leads back to the list or to the report."""
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_remind_reporter(request.user, obligation))
    try:
        remind_reporter(obligation, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        said = _("%(organisation)s is reminded by e-mail.")
        messages.success(request, said % {"organisation": obligation.organisation})
    if "from_report" in request.POST:
        return redirect(obligation)
    return redirect(f"{reverse('obligation-list', args=[slug])}?period={period}")


def page_of(periods: list[Period], request: SignedInRequest) -> Page[Period]:
    """The page that the address asks for: by its number, or by a period that stands on it."""
    paginator = Paginator(periods, PERIODS_SHOWN)
    for place, period in enumerate(periods):
        if period.code == request.GET.get("period"):
            return paginator.page(place // PERIODS_SHOWN + 1)
    return paginator.get_page(request.GET.get("page"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def obligation_extend(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_extend_obligation(request.user, obligation))
    form = ExtensionForm(obligation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            extend_obligation(obligation, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The last day is extended."))
            return redirect(obligation)
    context = {"obligation": obligation, "mechanism": obligation.mechanism, "form": form}
    return render(request, "workplans/obligation_extend.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def obligation_exempt(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_exempt_obligation(request.user, obligation))
    form = ExemptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            exempt_obligation(obligation, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The report is exempt."))
            return redirect(obligation)
    context = {"obligation": obligation, "mechanism": obligation.mechanism, "form": form}
    return render(request, "workplans/obligation_exempt.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exemption_lift(
    request: SignedInRequest, slug: str, period: str, organisation: str
) -> HttpResponse:
    obligation = find_obligation(request.user, slug, period, organisation)
    require(can_exempt_obligation(request.user, obligation))
    form = LiftingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lift_exemption(obligation, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The report is due again."))
            return redirect(obligation)
    last_moment = obligation.mechanism.end_of_day(obligation.last_day)
    context = {
        "obligation": obligation,
        "mechanism": obligation.mechanism,
        "form": form,
        "is_over": timezone.now() >= last_moment,
        "obstacle": "" if is_asked(obligation) else NothingAsked.message,
    }
    return render(request, "workplans/exemption_lift.html", context)
