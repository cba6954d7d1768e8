"""Addresses of `workplans`."""

from django.urls import URLPattern, URLResolver, path

from workplans.views import (
    action_links,
    activities,
    frameworks,
    grid,
    indicators,
    narratives,
    obligations,
    phase_work,
    phases,
    planning,
    planning_calendars,
    plans,
    quantities,
    reporters,
    results,
    retirement,
    verification,
    workbooks,
)

PLAN = "mechanisms/<slug:slug>/plans/<slug:plan>/"
STEP = f"{PLAN}calendar/<int:step>/<slug:year>/"
PHASE = f"{PLAN}phases/<int:pk>/"
FRAMEWORK = "mechanisms/<slug:slug>/frameworks/<int:pk>/"
INDICATOR = "mechanisms/<slug:slug>/indicators/<str:code>/"
REPORT = "mechanisms/<slug:slug>/reporting/<slug:period>/<slug:organisation>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("mechanisms/<slug:slug>/plans/", plans.plan_list, name="plan-list"),
    # The address part of a plan is never this word (validate_plan_slug).
    path("mechanisms/<slug:slug>/plans/new/", planning.plan_create, name="plan-create"),
    path(PLAN, plans.plan_detail, name="plan-detail"),
    path(f"{PLAN}activities.<slug:kind>", plans.plan_export, name="plan-export"),
    path(f"{PLAN}publish/", plans.plan_publish, name="plan-publish"),
    path(f"{PLAN}edit/", planning.plan_edit, name="plan-edit"),
    path(f"{PLAN}advance/", planning.plan_advance, name="plan-advance"),
    path(f"{PLAN}calendar/", planning_calendars.plan_calendar, name="plan-calendar"),
    path(f"{PLAN}calendar/addresses/", planning_calendars.plan_feed_open, name="plan-feed-open"),
    path(
        f"{PLAN}calendar/addresses/<int:pk>/revoke/",
        planning_calendars.plan_feed_revoke,
        name="plan-feed-revoke",
    ),
    path(
        f"{PLAN}calendar/notes/<int:pk>/withdraw/",
        planning_calendars.participation_withdraw,
        name="participation-withdraw",
    ),
    path(STEP, planning_calendars.planning_step, name="planning-step"),
    path(f"{STEP}move/", planning_calendars.planning_step_move, name="planning-step-move"),
    path(
        f"{STEP}participation/",
        planning_calendars.participation_record,
        name="participation-record",
    ),
    path(f"{PLAN}phases/", phases.phase_list, name="phase-list"),
    path(f"{PLAN}phases/new/", phases.phase_create, name="phase-create"),
    path(f"{PLAN}phases/lay-out/", phases.phases_lay_out, name="phases-lay-out"),
    path(PHASE, phases.phase_detail, name="phase-detail"),
    path(f"{PHASE}edit/", phases.phase_edit, name="phase-edit"),
    path(f"{PHASE}remove/", phases.phase_remove, name="phase-remove"),
    path(f"{PHASE}begin/", phases.phase_begin, name="phase-begin"),
    path(f"{PHASE}points/new/", phase_work.phase_point_add, name="phase-point-add"),
    path(f"{PHASE}points/<int:item>/", phase_work.phase_point_settle, name="phase-point-settle"),
    path(f"{PHASE}points/<int:item>/drop/", phase_work.phase_point_drop, name="phase-point-drop"),
    path(f"{PHASE}required/new/", phase_work.requirement_add, name="requirement-add"),
    path(
        f"{PHASE}required/<int:requirement>/drop/",
        phase_work.requirement_drop,
        name="requirement-drop",
    ),
    path(f"{PHASE}sessions/new/", phase_work.session_link, name="session-link"),
    path(f"{PHASE}sessions/<int:session>/", phase_work.session_leaders, name="session-leaders"),
    path(f"{PHASE}sessions/<int:session>/drop/", phase_work.session_unlink, name="session-unlink"),
    path(f"{PHASE}gate/", phase_work.gate_request, name="gate-request"),
    path(f"{PHASE}gate/pass/", phase_work.gate_pass, name="gate-pass"),
    path(f"{PHASE}gate/send-back/", phase_work.gate_send_back, name="gate-send-back"),
    path("calendars/plans/<str:token>.ics", planning_calendars.plan_feed, name="plan-feed"),
    # The code of an activity has a figure, so that it is none of the words above and below.
    path(f"{PLAN}new/", activities.activity_create, name="activity-create"),
    path(f"{PLAN}<str:code>/", activities.activity_detail, name="activity-detail"),
    path(f"{PLAN}<str:code>/edit/", activities.activity_edit, name="activity-edit"),
    path(f"{PLAN}<str:code>/actions/", action_links.action_link, name="action-link"),
    path(
        f"{PLAN}<str:code>/actions/<int:pk>/unlink/",
        action_links.action_unlink,
        name="action-unlink",
    ),
    path(
        f"{PLAN}<str:code>/updates/<slug:period>/",
        activities.activity_update,
        name="activity-update",
    ),
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
