"""Addresses of reporting, of results, and of their verification."""

from django.urls import URLPattern, path

from workplans.views import grid, narratives, obligations, results, verification, workbooks

REPORT = "mechanisms/<slug:slug>/reporting/<slug:period>/<slug:organisation>/"

urlpatterns: list[URLPattern] = [
    path("mechanisms/<slug:slug>/reporting/", obligations.obligation_list, name="obligation-list"),
    path(REPORT, grid.obligation_detail, name="obligation-detail"),
    path(f"{REPORT}submit/", grid.obligation_submit, name="obligation-submit"),
    path(f"{REPORT}extend/", obligations.obligation_extend, name="obligation-extend"),
    path(f"{REPORT}remind/", obligations.reporter_remind, name="reporter-remind"),
    path(f"{REPORT}exempt/", obligations.obligation_exempt, name="obligation-exempt"),
    path(f"{REPORT}exempt/lift/", obligations.exemption_lift, name="exemption-lift"),
    path(f"{REPORT}template.xlsx", workbooks.obligation_template, name="obligation-template"),
    path(f"{REPORT}import/", workbooks.obligation_import, name="obligation-import"),
    path(f"{REPORT}narrative/<slug:section>/", narratives.narrative_edit, name="narrative-edit"),
    path("results/<int:pk>/", results.result_detail, name="result-detail"),
    path("results/<int:pk>/restate/", results.result_restate, name="result-restate"),
    path("results/<int:pk>/withdraw/", results.result_withdraw, name="result-withdraw"),
    path("results/<int:pk>/evidence/", results.result_evidence_add, name="result-evidence-add"),
    path(
        "results/<int:pk>/evidence/<int:evidence>/drop/",
        results.result_evidence_drop,
        name="result-evidence-drop",
    ),
    path("results/<int:pk>/verify/", verification.result_verify, name="result-verify"),
    path("results/<int:pk>/return/", verification.result_return, name="result-return"),
    path("verification/", verification.verification_queue, name="verification-queue"),
    path("verification/verify/", verification.results_verify, name="results-verify"),
]
