"""Addresses of joint work plans: the list, one plan, and the rooms of what is planned."""

from django.urls import URLPattern, path

from workplans.views import (
    coverage,
    plan_grid,
    plan_lines,
    plan_posts,
    plan_prints,
    plan_workbooks,
    planning,
    plans,
    rollover,
)

PLAN = "mechanisms/<slug:slug>/plans/<slug:plan>/"

urlpatterns: list[URLPattern] = [
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
    path(f"{PLAN}grid/", plan_grid.plan_grid, name="plan-grid"),
    path(f"{PLAN}to-edit.xlsx", plan_workbooks.plan_workbook, name="plan-workbook"),
    path(f"{PLAN}import/", plan_workbooks.plan_import, name="plan-import"),
    path(f"{PLAN}print/", plan_prints.plan_print, name="plan-print"),
    path(f"{PLAN}forms/", plan_prints.plan_forms, name="plan-forms"),
    path(f"{PLAN}lines/", plan_lines.plan_lines, name="plan-lines"),
]
