"""Plans, frameworks and breakdowns for administrators; indicators and results only to look at.

What is counted, and how, changes through services alone: they keep the rules of R2 and R3.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from coordination.admin import ReadOnlyAdmin, RecordingAdmin
from coordination.forms.conflicts import GuardedModelForm
from workplans.models import (
    Activity,
    Baseline,
    Category,
    Disaggregation,
    Indicator,
    IndicatorVersion,
    IntendedResult,
    JointWorkPlan,
    LearningQuestion,
    Obligation,
    PlanningCalendar,
    PlanningEvent,
    Result,
    ResultsFramework,
    Stream,
    Target,
)


class IntendedResultInline(admin.TabularInline):
    model = IntendedResult
    form = GuardedModelForm
    extra = 0
    ordering = ("position", "code")


@admin.register(ResultsFramework)
class ResultsFrameworkAdmin(RecordingAdmin):
    list_display = ("name", "mechanism", "version", "state")
    list_filter = ("mechanism", "state")
    list_select_related = ("mechanism",)
    autocomplete_fields = ("mechanism",)
    inlines = (IntendedResultInline,)


class CategoryInline(admin.TabularInline):
    model = Category
    form = GuardedModelForm
    extra = 0
    ordering = ("position",)


@admin.register(Disaggregation)
class DisaggregationAdmin(RecordingAdmin):
    list_display = ("name", "key")
    prepopulated_fields = {"key": ["name"]}
    inlines = (CategoryInline,)


@admin.register(JointWorkPlan)
class JointWorkPlanAdmin(RecordingAdmin):
    list_display = ("title", "mechanism", "place", "starts_on", "state", "is_published")
    list_filter = ("mechanism", "state", "is_published")
    list_select_related = ("mechanism", "place")
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ("mechanism", "place", "lead_department")
    # Publishing is a deed of the secretariat, and so are each step and the handing over of the
    # backbone, with their own events.
    readonly_fields = ("is_published", "state", "backbone")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """As on its page: whoever has the plan open there is shown what changed here."""
        obj.version += change
        super().save_model(request, obj, form, change)


@admin.register(LearningQuestion)
class LearningQuestionAdmin(RecordingAdmin):
    list_display = ("number", "text", "mechanism", "is_asked")
    list_filter = ("mechanism", "is_asked")
    list_select_related = ("mechanism",)


class PlanningEventInline(admin.StackedInline):
    model = PlanningEvent
    form = GuardedModelForm
    fk_name = "calendar"
    extra = 0
    # Feeds tell for ever that a step is over: it is taken out of use.
    can_delete = False
    ordering = ("position", "pk")


@admin.register(PlanningCalendar)
class PlanningCalendarAdmin(RecordingAdmin):
    list_display = ("name", "kind", "place", "year", "origin")
    list_filter = ("kind",)
    list_select_related = ("place", "year")
    search_fields = ("name", "key")
    prepopulated_fields = {"key": ["name"]}
    autocomplete_fields = ("place",)
    inlines = (PlanningEventInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """A step that is changed has the next number in calendar feeds (R20)."""
        known = PlanningEvent.objects.in_bulk([each.instance.pk for each in formset.initial_forms])
        for inline in formset.initial_forms:
            stored, typed = known[inline.instance.pk], inline.instance
            typed.version += any(
                getattr(stored, name) != getattr(typed, name) for name in inline.changed_data
            )
        super().save_formset(request, form, formset, change)


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ("code", "title", "plan", "lead", "status")
    list_filter = ("plan__mechanism", "status")
    list_select_related = ("plan", "lead")
    search_fields = ("code", "title")


class VersionInline(admin.StackedInline):
    model = IndicatorVersion
    extra = 0
    show_change_link = True


@admin.register(Indicator)
class IndicatorAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "mechanism", "intended_result")
    list_filter = ("mechanism",)
    list_select_related = ("mechanism", "intended_result")
    search_fields = ("code", "name")
    inlines = (VersionInline,)


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    list_display = ("version", "place", "organisation", "starts_on", "ends_before", "numerator")
    list_filter = ("version__indicator__mechanism",)
    list_select_related = ("version__indicator", "place", "organisation")


@admin.register(Baseline)
class BaselineAdmin(ReadOnlyAdmin):
    list_display = ("version", "place", "organisation", "measured_on", "numerator")
    list_filter = ("version__indicator__mechanism",)
    list_select_related = ("version__indicator", "place", "organisation")


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ("version", "organisation", "place", "starts_on", "ends_before")
    list_filter = ("version__indicator__mechanism",)
    list_select_related = ("version__indicator", "organisation", "place")


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "mechanism", "period", "due_on", "first_submitted_at")
    list_filter = ("mechanism", "period")
    list_select_related = ("organisation", "mechanism", "period")


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    """Without drafts, which are their reporter's alone."""

    list_display = ("stream", "period", "revision", "state", "numerator", "denominator")
    list_filter = ("stream__version__indicator__mechanism", "state", "period")
    list_select_related = (
        "stream__version__indicator",
        "stream__organisation",
        "stream__place",
        "period",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Result]:
        return super().get_queryset(request).filter(state__in=Result.KNOWN_STATES)
