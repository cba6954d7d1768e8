"""The library of a mechanism, a body or a place; a document and its versions; and the search."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.library import DocumentFilter, DocumentForm, SearchForm, VersionForm
from committees.models import Document
from committees.models.library import DocumentQuerySet
from committees.permissions import can_add_document, can_edit_document, can_see_committee_work
from committees.services.library import add_document, add_version, edit_document
from committees.services.search import search_for
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body

LINES_A_PAGE = 50
EVENTS_SHOWN = 30


@require_safe
def document_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The library of a mechanism, narrowed in the address: by kind, body, place, words."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    documents = Document.objects.visible_to(request.user).filter(mechanism=mechanism)
    context = listed(request, documents) | {
        "mechanism": mechanism,
        "can_add": can_add_document(request.user, mechanism),
    }
    return render(request, "committees/document_list.html", context)


@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """The documents of every mechanism: with a place in the address, a county's room."""
    context = listed(request, Document.objects.visible_to(request.user))
    return render(request, "committees/document_list.html", context)


@require_safe
def body_documents(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """The documents of one body."""
    body = find_body(request, slug, body_slug)
    documents = Document.objects.visible_to(request.user).filter(body=body)
    context = listed(request, documents) | {
        "mechanism": body.mechanism,
        "body": body,
        "can_add": can_add_document(request.user, body.mechanism),
    }
    return render(request, "committees/document_list.html", context)


@require_safe
def document_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One document with all its versions, the newest first."""
    document = find_document(request, pk)
    sees_work = can_see_committee_work(request.user, document.mechanism)
    context = {
        "document": document,
        "mechanism": document.mechanism,
        "versions": document.versions.select_related("file").order_by("-number"),
        "can_edit": can_edit_document(request.user, document),
        "events": Event.objects.about(document).select_related("by")[:EVENTS_SHOWN]
        if sees_work
        else None,
    }
    return render(request, "committees/document_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def document_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a document to the library."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_add_document(request.user, mechanism))
    form = DocumentForm(
        request.POST or None, request.FILES or None, mechanism=mechanism, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            document = add_document(mechanism, by=request.user, file=file, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is in the library."))
            return redirect(document)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "committees/document_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def document_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is told of a document; the second of two editors is shown both versions."""
    document = find_document(request, pk)
    require(can_edit_document(request.user, document))
    form, conflict = described(request, document, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        seen_version = form.cleaned_data["seen_version"]
        try:
            edit_document(document, by=request.user, seen_version=seen_version, **form.content())
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, find_document(request, pk))
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(document)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(document)
    context: dict[str, object] = {"form": form, "conflict": conflict, "document": document}
    return render(
        request, "committees/document_form.html", context | {"mechanism": document.mechanism}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def document_renew(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add a version; those before it stay."""
    document = find_document(request, pk)
    require(can_edit_document(request.user, document))
    form = VersionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_version(document, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The new version is in the library."))
            return redirect(document)
    context = {"form": form, "document": document, "mechanism": document.mechanism}
    return render(request, "committees/document_renew.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the visitor may read where the words occur, by kind."""
    form = SearchForm(request.GET or None)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    context = {"form": form, "words": words, "lists": search_for(words, request.user)}
    return render(request, "committees/search.html", context)


def described(request: SignedInRequest, document: Document, data: Any) -> DocumentForm:
    """The form of what is told of a document."""
    return DocumentForm(data, mechanism=document.mechanism, user=request.user, document=document)


def edit_conflict(
    request: SignedInRequest, mine: DocumentForm, current: Document
) -> tuple[DocumentForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    theirs = described(request, current, None)
    again = described(request, current, merged(mine, theirs, current.version))
    deeds = Event.objects.about(current).filter(verb="committees.document_edited")
    return again, Conflict.since(deeds.first(), differences(mine, theirs))


def listed(request: HttpRequest, documents: DocumentQuerySet) -> dict[str, Any]:
    """The documents as filtered, a page of them."""
    found = DocumentFilter(request.GET, documents)
    rows = found.qs.select_related(
        "mechanism__calendar", "body__mechanism", "place"
    ).prefetch_related("versions__file")
    rows = rows.order_by(F("dated_on").desc(nulls_last=True), "-pk")
    return {
        "filter": found,
        "page": Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page")),
    }


def find_document(request: HttpRequest, pk: int) -> Document:
    """The document as far as the visitor may see it, else 404."""
    documents = Document.objects.visible_to(request.user)
    documents = documents.select_related("mechanism__calendar", "body__mechanism", "place")
    return get_object_or_404(documents, pk=pk)
