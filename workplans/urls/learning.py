"""Addresses of how a plan goes: trainings, risks, bottlenecks, audits, and what is learnt."""

from django.urls import URLPattern, path

from workplans.views import activity_events, audits, bottlenecks, learning, principles, risks

from .plans import PLAN

urlpatterns: list[URLPattern] = [
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
    path(f"{PLAN}events/", activity_events.activity_event_list, name="activity-event-list"),
    path(
        f"{PLAN}events.<slug:kind>",
        activity_events.activity_event_export,
        name="activity-event-export",
    ),
    path(f"{PLAN}risks/", risks.risk_list, name="risk-list"),
    path(f"{PLAN}risks/new/", risks.risk_record, name="risk-record"),
    path(f"{PLAN}risks/<int:pk>/", risks.risk_detail, name="risk-detail"),
    path(f"{PLAN}risks/<int:pk>/edit/", risks.risk_edit, name="risk-edit"),
    path(f"{PLAN}risks/<int:pk>/occurred/", risks.risk_occur, name="risk-occur"),
    path(f"{PLAN}risks/<int:pk>/close/", risks.risk_close, name="risk-close"),
    path(f"{PLAN}bottlenecks/", bottlenecks.bottleneck_list, name="bottleneck-list"),
    path(f"{PLAN}bottlenecks/new/", bottlenecks.bottleneck_raise, name="bottleneck-raise"),
    path(f"{PLAN}bottlenecks/<int:pk>/", bottlenecks.bottleneck_edit, name="bottleneck-edit"),
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
]
