"""Addresses of results frameworks and of indicators, with their targets and reporters."""

from django.urls import URLPattern, path

from workplans.views import frameworks, indicators, quantities, reporters, retirement

FRAMEWORK = "mechanisms/<slug:slug>/frameworks/<int:pk>/"
INDICATOR = "mechanisms/<slug:slug>/indicators/<str:code>/"

urlpatterns: list[URLPattern] = [
    path(FRAMEWORK, frameworks.framework_detail, name="framework-detail"),
    path(f"{FRAMEWORK}advance/", frameworks.framework_advance, name="framework-advance"),
    path(
        f"{FRAMEWORK}results/<int:result>/",
        frameworks.intended_result_edit,
        name="intended-result-edit",
    ),
    path("mechanisms/<slug:slug>/indicators/", indicators.indicator_list, name="indicator-list"),
    path(
        "mechanisms/<slug:slug>/indicators/new/",
        indicators.indicator_create,
        name="indicator-create",
    ),
    path(INDICATOR, indicators.indicator_detail, name="indicator-detail"),
    path(f"{INDICATOR}edit/", indicators.indicator_edit, name="indicator-edit"),
    path(f"{INDICATOR}revise/", indicators.indicator_revise, name="indicator-revise"),
    path(f"{INDICATOR}use/", indicators.indicator_put_in_use, name="indicator-put-in-use"),
    path(f"{INDICATOR}discard/", indicators.indicator_discard, name="indicator-discard"),
    path(f"{INDICATOR}retire/", retirement.indicator_retire, name="indicator-retire"),
    path(f"{INDICATOR}targets/", quantities.target_set, name="target-set"),
    path(f"{INDICATOR}targets/<int:pk>/", quantities.target_set, name="target-revise"),
    path(
        f"{INDICATOR}targets/<int:pk>/withdraw/",
        quantities.target_withdraw,
        name="target-withdraw",
    ),
    path(f"{INDICATOR}baselines/", quantities.baseline_set, name="baseline-set"),
    path(f"{INDICATOR}baselines/<int:pk>/", quantities.baseline_set, name="baseline-correct"),
    path(
        f"{INDICATOR}baselines/<int:pk>/withdraw/",
        quantities.baseline_withdraw,
        name="baseline-withdraw",
    ),
    path(f"{INDICATOR}reporters/", reporters.reporter_assign, name="reporter-assign"),
    path(
        f"{INDICATOR}reporters/<int:pk>/end/", reporters.reporter_release, name="reporter-release"
    ),
]
