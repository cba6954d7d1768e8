"""Editions: asked for, made, reviewed, consented to, published, handed out."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.making import answer_poll
from coordination.views.signed_in import SignedInRequest
from reporting.forms.reports import EditionRequestForm
from reporting.models import Edition, EditionFile, Report
from reporting.permissions import can_consent_to, can_edit_report
from reporting.services.differences import differences
from reporting.services.editions import (
    cancel_edition,
    consent_to_edition,
    publish_edition,
    request_edition,
    retry_edition,
)
from reporting.views.files import hand_out_made
from reporting.views.progress import progress_context
from reporting.views.reports import find_report, is_all_illustrative

MADE = (Edition.State.READY, Edition.State.PUBLISHED)
MEDIA_TYPES = {
    EditionFile.Kind.PDF: "application/pdf",
    EditionFile.Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    EditionFile.Kind.JSON: "application/json",
}


@login_required
@require_POST
def edition_request(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask for the next edition; a second click gets the first one's."""
    report = find_report(request, slug)
    require(can_edit_report(request.user, report))
    form = EditionRequestForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Open the report again and ask from there."))
        return redirect(report)
    try:
        edition = request_edition(report, seen=form.cleaned_data["seen"], by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect(report)
    return redirect(edition)


@require_safe
def edition_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The review page for who works on the report; everyone else is led to the published page."""
    edition = find_edition(request, slug, number)
    report = edition.report
    if not Report.objects.working_for(request.user).filter(pk=report.pk).exists():
        return redirect(report)
    made = edition.state in MADE
    contents = edition.contents if made else None
    earlier = earlier_edition(edition) if made else None
    may_edit = can_edit_report(request.user, report)
    later = report.editions.filter(number__gt=edition.number, state__in=MADE)
    newer = later.defer("snapshot").order_by("-number").first()
    is_ready = edition.state == Edition.State.READY and not newer
    consents = edition.consents.order_by("at")
    context = {
        "report": report,
        "edition": edition,
        "contents": contents,
        "marks_rows": contents is not None and not is_all_illustrative(contents),
        "files": edition.files.order_by("pk"),
        "earlier": earlier,
        "differences": differences(earlier.contents, contents) if earlier and contents else [],
        "consents": consents,
        "newer": newer,
        "progress": None if made else progress_context(edition),
        "has_consented": any(consent.by_id == request.user.pk for consent in consents),
        "can_consent": is_ready and can_consent_to(request.user, edition),
        "can_publish": is_ready and may_edit,
        "can_cancel": may_edit and edition.is_in_the_making,
        "can_retry": may_edit and edition.is_given_up,
        "events": Event.objects.about(edition).select_related("by"),
    }
    return render(request, "reporting/edition_detail.html", context)


@require_safe
def edition_progress(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """How far the making of an edition is."""
    edition = find_edition(request, slug, number)
    page, progress = edition.get_absolute_url(), progress_context(edition)
    return answer_poll(request, edition, page=page, progress=progress)


@login_required
@require_POST
def edition_cancel(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Stop the making of an edition."""
    edition = find_edition(request, slug, number)
    require(can_edit_report(request.user, edition.report))
    return answer_deed(request, edition, cancel_edition, _("Cancelled."))


@login_required
@require_POST
def edition_retry(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Make an edition that failed or was cancelled afresh."""
    edition = find_edition(request, slug, number)
    require(can_edit_report(request.user, edition.report))
    return answer_deed(request, edition, retry_edition, "")


@login_required
@require_POST
def edition_consent(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """The focal point of a county agrees that this edition be published."""
    edition = find_edition(request, slug, number)
    require(can_consent_to(request.user, edition))
    return answer_deed(request, edition, consent_to_edition, _("Your consent is on record."))


@login_required
@require_POST
def edition_publish(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """Make the edition public, for good."""
    edition = find_edition(request, slug, number)
    require(can_edit_report(request.user, edition.report))
    return answer_deed(request, edition, publish_edition, _("The report is public now."))


@require_safe
def edition_file(request: HttpRequest, slug: str, number: int, kind: str) -> HttpResponseBase:
    """A file of the edition: rights each time, then its bytes, if they are still those made."""
    edition = find_edition(request, slug, number)
    file = get_object_or_404(edition.files, kind=kind)
    media_type = MEDIA_TYPES[EditionFile.Kind(file.kind)]
    return hand_out_made(request, file, media_type=media_type, home=edition.report)


def find_edition(request: HttpRequest, slug: str, number: int) -> Edition:
    """The edition, if the visitor may see it; else 404.

    Its snapshot is read when it is asked for: most pages, such as a progress bar's, do not.
    """
    editions = Edition.objects.visible_to(request.user).defer("snapshot")
    related = ("report__mechanism__calendar", "report__period", "report__place", "requested_by")
    found = editions.select_related(*related)
    return get_object_or_404(found, report__slug=slug, number=number)


def earlier_edition(edition: Edition) -> Edition | None:
    """The one made before it, to compare with."""
    earlier = edition.report.editions.filter(number__lt=edition.number, state__in=MADE)
    return earlier.order_by("-number").first()


def answer_deed(
    request: SignedInRequest, edition: Edition, deed: Callable[..., object], done: str
) -> HttpResponse:
    """Do the deed, say what came of it, and go back to the edition."""
    try:
        deed(edition, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        if done:
            messages.success(request, done)
    if not Edition.objects.visible_to(request.user).filter(pk=edition.pk).exists():
        raise Http404
    return redirect(edition)
