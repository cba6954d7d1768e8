"""Addresses of `reporting`."""

from django.urls import path

from reporting.views.copies import copy_check
from reporting.views.desk import desk
from reporting.views.edition_figures import edition_figure
from reporting.views.editions import (
    edition_cancel,
    edition_consent,
    edition_detail,
    edition_file,
    edition_progress,
    edition_publish,
    edition_request,
    edition_retry,
)
from reporting.views.figures import figure_explain, result_export, result_table
from reporting.views.finances import report_finance_edit
from reporting.views.home import home
from reporting.views.library import report_list
from reporting.views.maps import place_map
from reporting.views.mechanisms import mechanism_detail
from reporting.views.places import place_detail, place_export, place_list
from reporting.views.reports import report_create, report_detail, report_section_edit
from reporting.views.reviews import (
    decision_request,
    decision_request_send,
    pack_cancel,
    pack_consent,
    pack_progress,
    pack_publish,
    pack_request,
    pack_retry,
    review_detail,
    review_file,
    review_list,
    review_open,
)
from reporting.views.session_evidence import session_evidence

MECHANISM = "mechanisms/<slug:slug>/"
PLAN = "mechanisms/<slug:slug>/plans/<slug:plan>/"
PACK = "reviews/<slug:slug>/packs/<int:number>/"
EDITION = "reports/<slug:slug>/editions/<int:number>/"

urlpatterns = [
    path(f"{PLAN}sectors/<int:sector>/session/", session_evidence, name="session-evidence"),
    path(f"{MECHANISM}results/", result_table, name="result-table"),
    path(f"{MECHANISM}results.xlsx", result_export, name="result-export"),
    path(f"{MECHANISM}results/<str:code>/explain/", figure_explain, name="figure-explain"),
    path("", home, name="home"),
    path("desk/", desk, name="desk"),
    path("mechanisms/<slug:slug>/", mechanism_detail, name="mechanism-detail"),
    path("places/", place_list, name="place-list"),
    path("places/<path:path>/map/", place_map, name="place-map"),
    path("places/<path:path>.xlsx", place_export, name="place-export"),
    path("places/<path:path>/", place_detail, name="place-detail"),
    path("reports/", report_list, name="report-list"),
    path("reports/check/", copy_check, name="copy-check"),
    path("reports/new/", report_create, name="report-create"),
    path("reports/<slug:slug>/", report_detail, name="report-detail"),
    path(
        "reports/<slug:slug>/sections/<slug:code>/", report_section_edit, name="report-section-edit"
    ),
    path(
        "reports/<slug:slug>/finances/<slug:award>/",
        report_finance_edit,
        name="report-finance-edit",
    ),
    path("reports/<slug:slug>/editions/", edition_request, name="edition-request"),
    path(EDITION, edition_detail, name="edition-detail"),
    path(f"{EDITION}progress/", edition_progress, name="edition-progress"),
    path(f"{EDITION}cancel/", edition_cancel, name="edition-cancel"),
    path(f"{EDITION}retry/", edition_retry, name="edition-retry"),
    path(f"{EDITION}consent/", edition_consent, name="edition-consent"),
    path(f"{EDITION}publish/", edition_publish, name="edition-publish"),
    path(f"{EDITION}figures/<str:code>/", edition_figure, name="edition-figure"),
    path(f"{EDITION}files/<slug:kind>/", edition_file, name="edition-file"),
    path(f"{PLAN}reviews/", review_list, name="review-list"),
    path(f"{PLAN}reviews/open/", review_open, name="review-open"),
    path("reviews/<slug:slug>/", review_detail, name="review-detail"),
    path("reviews/<slug:slug>/requests/", decision_request, name="decision-request"),
    path(
        "reviews/<slug:slug>/requests/<int:pk>/send/",
        decision_request_send,
        name="decision-request-send",
    ),
    path("reviews/<slug:slug>/packs/", pack_request, name="pack-request"),
    path(f"{PACK}progress/", pack_progress, name="pack-progress"),
    path(f"{PACK}cancel/", pack_cancel, name="pack-cancel"),
    path(f"{PACK}retry/", pack_retry, name="pack-retry"),
    path(f"{PACK}consent/", pack_consent, name="pack-consent"),
    path(f"{PACK}publish/", pack_publish, name="pack-publish"),
    path(f"{PACK}files/<slug:kind>/", review_file, name="review-file"),
]
