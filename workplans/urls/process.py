"""Addresses of how a plan is made: its phases, its calendar and its signatures."""

from django.urls import URLPattern, path

from workplans.views import phase_work, phases, planning_calendars, signing

from .plans import PLAN

STEP = f"{PLAN}calendar/<int:step>/<slug:year>/"
PHASE = f"{PLAN}phases/<int:pk>/"
VERSION = f"{PLAN}signing/<int:number>/"

urlpatterns: list[URLPattern] = [
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
]
