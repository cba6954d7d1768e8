"""Bodies, for administrators; what becomes of them is their secretaries' to record."""

from django.contrib import admin

from committees.models import Body
from coordination.admin import RecordingAdmin


@admin.register(Body)
class BodyAdmin(RecordingAdmin):
    list_display = ("short_name", "name", "mechanism", "place", "state")
    list_filter = ("mechanism", "state")
    list_select_related = ("mechanism", "place")
    search_fields = ("name", "short_name")
    prepopulated_fields = {"slug": ["short_name"]}
    autocomplete_fields = ("mechanism", "parent", "place")
