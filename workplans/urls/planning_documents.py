"""Addresses of planning documents and their lines."""

from django.urls import URLPattern, path

from workplans.views import planning_documents, planning_lines

DOCUMENT = "mechanisms/<slug:slug>/planning/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(
        "mechanisms/<slug:slug>/planning/",
        planning_documents.planning_document_list,
        name="planning-document-list",
    ),
    path(
        "mechanisms/<slug:slug>/planning/new/",
        planning_documents.planning_document_create,
        name="planning-document-create",
    ),
    path(DOCUMENT, planning_documents.planning_document_detail, name="planning-document-detail"),
    path(
        f"{DOCUMENT}edit/", planning_documents.planning_document_edit, name="planning-document-edit"
    ),
    path(
        f"{DOCUMENT}move/", planning_documents.planning_document_move, name="planning-document-move"
    ),
    path(
        f"{DOCUMENT}renew/",
        planning_documents.planning_document_renew,
        name="planning-document-renew",
    ),
    path(
        f"{DOCUMENT}lines.xlsx", planning_lines.planning_lines_export, name="planning-lines-export"
    ),
    path(f"{DOCUMENT}import/", planning_lines.planning_lines_import, name="planning-lines-import"),
    path(f"{DOCUMENT}lines/new/", planning_lines.planning_line_edit, name="planning-line-create"),
    path(
        f"{DOCUMENT}lines/<int:line>/", planning_lines.planning_line_edit, name="planning-line-edit"
    ),
    path(
        f"{DOCUMENT}lines/<int:line>/drop/",
        planning_lines.planning_line_drop,
        name="planning-line-drop",
    ),
]
