"""Addresses of `workplans`."""

from django.urls import URLPattern, URLResolver, path

from workplans.views import (
    action_links,
    activities,
    activity_events,
    activity_links,
    activity_rows,
    audits,
    bottlenecks,
    commitments,
    coverage,
    frameworks,
    grid,
    indicators,
    learning,
    money,
    moves,
    narratives,
    obligations,
    overlaps,
    phase_work,
    phases,
    plan_lines,
    plan_posts,
    plan_prints,
    planning,
    planning_calendars,
    planning_documents,
    planning_lines,
    plans,
    principles,
    quantities,
    reporters,
    results,
    retirement,
    rollover,
    signing,
    travel,
    verification,
    workbooks,
)

DOCUMENT = "mechanisms/<slug:slug>/planning/<int:pk>/"
PLAN = "mechanisms/<slug:slug>/plans/<slug:plan>/"
STEP = f"{PLAN}calendar/<int:step>/<slug:year>/"
PHASE = f"{PLAN}phases/<int:pk>/"
VERSION = f"{PLAN}signing/<int:number>/"
EVENT = f"{PLAN}<str:code>/events/<int:pk>/"
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
    path(f"{PLAN}backbone/", planning.plan_backbone_hand_over, name="plan-backbone-hand-over"),
    path(f"{PLAN}advance/", planning.plan_advance, name="plan-advance"),
    path(f"{PLAN}coverage/", coverage.plan_coverage, name="plan-coverage"),
    path(f"{PLAN}coverage.xlsx", coverage.plan_coverage_export, name="plan-coverage-export"),
    path(f"{PLAN}overlaps/", overlaps.overlap_list, name="overlap-list"),
    path(f"{PLAN}overlaps/check/", overlaps.overlap_check, name="overlap-check"),
    path(f"{PLAN}money/", money.plan_money, name="plan-money"),
    path(f"{PLAN}money.xlsx", money.plan_money_export, name="plan-money-export"),
    path(f"{PLAN}rates/", money.plan_rates, name="plan-rates"),
    path(f"{PLAN}rates/new/", money.plan_rate_set, name="plan-rate-set"),
    path(f"{PLAN}rates/month/", money.monthly_rate_set, name="monthly-rate-set"),
    path(f"{PLAN}reflection/", learning.plan_reflection, name="plan-reflection"),
    path(f"{PLAN}reflection/<slug:period>/", learning.reflection, name="reflection"),
    path(
        f"{PLAN}reflection/<slug:period>/questions/<int:number>/",
        learning.learning_answer,
        name="learning-answer",
    ),
    path(
        f"{PLAN}reflection/<slug:period>/sectors/<int:sector>/",
        learning.sector_narrative,
        name="sector-narrative",
    ),
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
    path(f"{PLAN}return/", signing.plan_return, name="plan-return"),
    path(f"{PLAN}signing/", signing.plan_signing, name="plan-signing"),
    path(f"{PLAN}signing/freeze/", signing.version_freeze, name="version-freeze"),
    path(VERSION, signing.version_detail, name="version-detail"),
    path(f"{VERSION}plan.json", signing.version_file, name="version-file"),
    path(f"{VERSION}compare/<int:other>/", signing.version_compare, name="version-compare"),
    path(f"{VERSION}withdraw/", signing.version_withdraw, name="version-withdraw"),
    path(f"{VERSION}signatures/<int:pk>/", signing.signature_give, name="signature-give"),
    path(f"{VERSION}signatures/<int:pk>/paper/", signing.signature_record, name="signature-record"),
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
    path(f"{PLAN}events/", activity_events.activity_event_list, name="activity-event-list"),
    path(
        f"{PLAN}events.<slug:kind>",
        activity_events.activity_event_export,
        name="activity-event-export",
    ),
    path(f"{PLAN}bottlenecks/", bottlenecks.bottleneck_list, name="bottleneck-list"),
    path(f"{PLAN}bottlenecks/new/", bottlenecks.bottleneck_raise, name="bottleneck-raise"),
    path(f"{PLAN}bottlenecks/<int:pk>/", bottlenecks.bottleneck_edit, name="bottleneck-edit"),
    path(
        f"{PLAN}updates/<slug:period>/<slug:organisation>/chase/",
        plans.updates_chase,
        name="updates-chase",
    ),
    path(f"{PLAN}posts/", plan_posts.plan_posts, name="plan-posts"),
    path(
        f"{PLAN}posts/<slug:department>/<slug:matter>/nudge/",
        plan_posts.department_nudge,
        name="department-nudge",
    ),
    path(f"{PLAN}years/", rollover.plan_years, name="plan-years"),
    path(f"{PLAN}years/<slug:other>/", rollover.plan_compare, name="plan-compare"),
    path(f"{PLAN}years/<slug:into>/roll-over/", rollover.plan_roll_over, name="plan-roll-over"),
    # The code of an activity has a figure, so that it is none of the words above and below.
    path(f"{PLAN}grid/", activity_rows.plan_grid, name="plan-grid"),
    path(f"{PLAN}to-edit.xlsx", activity_rows.plan_workbook, name="plan-workbook"),
    path(f"{PLAN}import/", activity_rows.plan_import, name="plan-import"),
    path(f"{PLAN}print/", plan_prints.plan_print, name="plan-print"),
    path(f"{PLAN}forms/", plan_prints.plan_forms, name="plan-forms"),
    path(f"{PLAN}lines/", plan_lines.plan_lines, name="plan-lines"),
    path(f"{PLAN}new/", activities.activity_create, name="activity-create"),
    path(f"{PLAN}<str:code>/", activities.activity_detail, name="activity-detail"),
    path(f"{PLAN}<str:code>/outputs/", activity_links.activity_outputs, name="activity-outputs"),
    path(f"{PLAN}<str:code>/ties/", activity_links.activity_tie, name="activity-tie"),
    path(
        f"{PLAN}<str:code>/ties/<int:pk>/untie/",
        activity_links.activity_untie,
        name="activity-untie",
    ),
    path(f"{PLAN}<str:code>/comments/", activity_links.activity_comment, name="activity-comment"),
    path(
        f"{PLAN}<str:code>/comments/<int:pk>/answer/",
        activity_links.comment_answer,
        name="comment-answer",
    ),
    path(f"{PLAN}<str:code>/cells/", activity_rows.activity_cells, name="activity-cells"),
    path(f"{PLAN}<str:code>/edit/", activities.activity_edit, name="activity-edit"),
    path(
        f"{PLAN}<str:code>/commitments/new/",
        commitments.commitment_create,
        name="commitment-create",
    ),
    path(f"{PLAN}<str:code>/travel/", travel.travel_rate_declare, name="travel-rate-declare"),
    path(
        f"{PLAN}<str:code>/travel/<int:pk>/drop/", travel.travel_rate_drop, name="travel-rate-drop"
    ),
    path(f"{PLAN}<str:code>/confirm/", moves.activity_confirm, name="activity-confirm"),
    path(f"{PLAN}<str:code>/move/<slug:move>/", moves.activity_move, name="activity-move"),
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
    path(
        f"{PLAN}<str:code>/events/new/",
        activity_events.activity_event_create,
        name="activity-event-create",
    ),
    path(EVENT, activity_events.activity_event_detail, name="activity-event-detail"),
    path(f"{EVENT}edit/", activity_events.activity_event_edit, name="activity-event-edit"),
    path(
        f"{EVENT}postpone/", activity_events.activity_event_postpone, name="activity-event-postpone"
    ),
    path(f"{EVENT}follow-ups/", activity_events.follow_up_ask, name="follow-up-ask"),
    path(
        f"{EVENT}follow-ups/<int:follow_up>/",
        activity_events.follow_up_finish,
        name="follow-up-finish",
    ),
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
    path("commitments/<int:pk>/", commitments.commitment_detail, name="commitment-detail"),
    path("commitments/<int:pk>/edit/", commitments.commitment_edit, name="commitment-edit"),
    path(
        "commitments/<int:pk>/confirm/", commitments.commitment_confirm, name="commitment-confirm"
    ),
    path(
        "commitments/<int:pk>/release/", commitments.commitment_release, name="commitment-release"
    ),
    path("commitments/<int:pk>/spending/", commitments.commitment_spend, name="commitment-spend"),
    path(
        "commitments/<int:pk>/withdraw/",
        commitments.commitment_withdraw,
        name="commitment-withdraw",
    ),
    path("commitments/<int:pk>/close/", commitments.commitment_close, name="commitment-close"),
    path("overlaps/<int:pk>/", overlaps.overlap_detail, name="overlap-detail"),
    path("overlaps/<int:pk>/decide/", overlaps.overlap_decide, name="overlap-decide"),
    path("overlaps/<int:pk>/resolve/", overlaps.overlap_resolve, name="overlap-resolve"),
    path(
        "mechanisms/<slug:slug>/role-overlaps/",
        overlaps.role_overlap_list,
        name="role-overlap-list",
    ),
    path(
        "mechanisms/<slug:slug>/role-overlaps/new/",
        overlaps.role_overlap_raise,
        name="role-overlap-raise",
    ),
    path("role-overlaps/<int:pk>/", overlaps.role_overlap_detail, name="role-overlap-detail"),
    path(
        "role-overlaps/<int:pk>/decide/", overlaps.role_overlap_decide, name="role-overlap-decide"
    ),
    path(
        "role-overlaps/<int:pk>/resolve/",
        overlaps.role_overlap_resolve,
        name="role-overlap-resolve",
    ),
    path("mechanisms/<slug:slug>/travel/", travel.travel_policy, name="travel-policy"),
    path(
        "mechanisms/<slug:slug>/travel/new/",
        travel.travel_policy_create,
        name="travel-policy-create",
    ),
    path(FRAMEWORK, frameworks.framework_detail, name="framework-detail"),
    path(f"{FRAMEWORK}advance/", frameworks.framework_advance, name="framework-advance"),
    path(
        f"{FRAMEWORK}results/<int:result>/",
        frameworks.intended_result_edit,
        name="intended-result-edit",
    ),
    path("mechanisms/<slug:slug>/audits/", audits.audit_list, name="audit-list"),
    path("mechanisms/<slug:slug>/audits/new/", audits.audit_record, name="audit-record"),
    path("mechanisms/<slug:slug>/audits/<int:pk>/", audits.audit_edit, name="audit-edit"),
    path(
        "mechanisms/<slug:slug>/audits/<int:pk>/follow-up/",
        audits.audit_follow_up,
        name="audit-follow-up",
    ),
    path("mechanisms/<slug:slug>/principles/", principles.principle_list, name="principle-list"),
    path(
        "mechanisms/<slug:slug>/principles/new/", principles.assessment_open, name="assessment-open"
    ),
    path(
        "mechanisms/<slug:slug>/principles/<int:year>/extend/",
        principles.assessment_extend,
        name="assessment-extend",
    ),
    path(
        "mechanisms/<slug:slug>/principles/<int:year>/<slug:organisation>/",
        principles.principles_assess,
        name="principles-assess",
    ),
    path("mechanisms/<slug:slug>/learning/", learning.learning_list, name="learning-list"),
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
