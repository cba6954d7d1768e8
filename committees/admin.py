"""Bodies and the meetings that they held, for administrators."""

from django.contrib import admin

from committees.models import Body, Meeting
from coordination.admin import RecordingAdmin
from coordination.forms.conflicts import GuardedModelForm


class MeetingInline(admin.TabularInline):
    model = Meeting
    form = GuardedModelForm
    extra = 0


@admin.register(Body)
class BodyAdmin(RecordingAdmin):
    list_display = ("short_name", "name", "mechanism", "place", "state")
    list_filter = ("mechanism", "state")
    list_select_related = ("mechanism", "place")
    search_fields = ("name", "short_name")
    prepopulated_fields = {"slug": ["short_name"]}
    autocomplete_fields = ("mechanism", "parent", "place")
    inlines = (MeetingInline,)
