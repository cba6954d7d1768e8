"""Reference data, organisations, mechanisms and offices, for administrators.

What is a deed of its own (giving an office, ending it) goes through its service, so that it is
guarded, recorded and told like everywhere else. Records of what happened are read and not changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import GuardedModelForm
from coordination.forms.offices import AppointmentChecks
from coordination.models import (
    Award,
    Contribution,
    Event,
    FiscalCalendar,
    GoalMeasure,
    Invitation,
    Mail,
    Mechanism,
    Membership,
    Objective,
    Office,
    Organisation,
    Period,
    Place,
    PlaceLevel,
    Role,
    Sector,
    SectorLead,
    SectorScheme,
    Statement,
    StoredFile,
    User,
)
from coordination.services.accounts import remove_second_factor
from coordination.services.anonymisation import is_anonymised
from coordination.services.events import describe, record
from coordination.services.mail import try_again
from coordination.services.offices import Appointment, give_office
from coordination.services.refusals import Refusal


def verb_of(thing: Model, deed: str) -> str:
    return f"{thing._meta.app_label}.{thing._meta.model_name}_{deed}"


def plain(value: Any) -> Any:
    """A field's value as the event record keeps it: things and lists of things by their names."""
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return sorted(str(one) for one in value)
    return value


def changes_in(form: Any, before: Model | None) -> dict[str, list[Any]]:
    """What the valid form makes of the thing as it stood ``before``, None for a new one.

    Each field that differs with ``[from, to]``, as ``record`` takes it.
    """
    single = {field.name for field in form.instance._meta.concrete_fields}
    changes = {}
    for name in form.changed_data:
        was = getattr(before, name, None) if name in single else form.initial.get(name)
        changes[name] = [plain(was), plain(form.cleaned_data[name])]
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}


class RecordingAdmin(admin.ModelAdmin):
    """Leaves an event for whatever is entered here: who, when, from what to what (R27)."""

    actions: Any = None
    form = GuardedModelForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        before = type(obj).objects.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        verb = verb_of(obj, "changed" if change else "added")
        record(verb, obj, by=request.user, changes=changes_in(form, before))  # type: ignore[arg-type]  # who is here has signed in

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record(verb_of(obj, "deleted"), obj, by=request.user, note=str(obj))  # type: ignore[arg-type]  # who is here has signed in
        super().delete_model(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        for thing in formset.deleted_forms:
            gone = thing.instance
            record(verb_of(gone, "deleted"), gone, by=request.user, note=str(gone))  # type: ignore[arg-type]  # who is here has signed in
        known = [inline.instance.pk for inline in formset.initial_forms]
        before = formset.model.objects.in_bulk(known)
        super().save_formset(request, form, formset, change)
        deeds = [(thing, "added") for thing in formset.new_objects]
        deeds += [(thing, "changed") for thing, _fields in formset.changed_objects]
        forms_of = {inline.instance: inline for inline in formset.forms if inline.instance.pk}
        for thing, deed in deeds:
            changes = changes_in(forms_of[thing], before.get(thing.pk))
            record(verb_of(thing, deed), thing, by=request.user, changes=changes)  # type: ignore[arg-type]  # who is here has signed in


class ReadOnlyAdmin(admin.ModelAdmin):
    """What happened, to look at."""

    actions: Any = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# --- Places, calendars, sectors ---


class PlaceForm(GuardedModelForm):
    class Meta:
        model = Place
        fields = ("parent", "name", "slug", "code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields:
            self.fields["parent"].required = True

    def clean(self) -> dict[str, Any]:
        super().clean()
        parent = self.cleaned_data.get("parent")
        if self.instance.pk or not parent:
            return self.cleaned_data
        depth = parent.level.depth + 1
        country = parent.level.country_code
        level = PlaceLevel.objects.filter(country_code=country, depth=depth).first()
        if level is None:
            self.add_error("parent", gettext("This country has no level below that place."))
            return self.cleaned_data
        self.instance.level = level
        self.instance.path = f"{parent.path}/{self.cleaned_data.get('slug')}"
        if Place.objects.filter(path=self.instance.path).exists():
            self.add_error("slug", gettext("Another place has this address already."))
        return self.cleaned_data


@admin.register(Place)
class PlaceAdmin(RecordingAdmin):
    """A place's path is its address for ever: only its name and code change."""

    form = PlaceForm
    list_display = ("name", "level", "path", "code")
    list_filter = ("level",)
    search_fields = ("name", "path", "code")
    autocomplete_fields = ("parent",)
    ordering = ("path",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("parent", "slug") if obj else ()


@admin.register(PlaceLevel)
class PlaceLevelAdmin(RecordingAdmin):
    list_display = ("country_code", "depth", "name", "plural")
    ordering = ("country_code", "depth")


@admin.register(FiscalCalendar)
class FiscalCalendarAdmin(RecordingAdmin):
    list_display = ("name", "key", "start_month", "year_label")
    ordering = ("name",)


@admin.register(Period)
class PeriodAdmin(RecordingAdmin):
    """Quarters are added and never changed: figures stand in them."""

    list_display = ("code", "starts_on", "ends_before")
    ordering = ("starts_on",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SectorScheme)
class SectorSchemeAdmin(RecordingAdmin):
    list_display = ("name", "key")
    ordering = ("name",)


@admin.register(Sector)
class SectorAdmin(RecordingAdmin):
    list_display = ("name", "scheme", "code", "position")
    list_filter = ("scheme",)
    list_select_related = ("scheme",)
    search_fields = ("name", "code")
    autocomplete_fields = ("maps_to",)
    ordering = ("scheme__name", "position")


@admin.register(SectorLead)
class SectorLeadAdmin(RecordingAdmin):
    list_display = ("sector", "place", "department")
    list_select_related = ("sector", "place", "department")
    autocomplete_fields = ("sector", "place", "department")
    ordering = ("place__path", "sector__position")


# --- Organisations, awards, mechanisms ---


@admin.register(Organisation)
class OrganisationAdmin(RecordingAdmin):
    list_display = ("name", "short_name", "type", "parent", "place", "origin")
    list_filter = ("type", "origin")
    list_select_related = ("parent", "place")
    search_fields = ("name", "short_name", "slug")
    prepopulated_fields = {"slug": ("short_name",)}
    autocomplete_fields = ("parent", "place")
    ordering = ("name",)


@admin.register(Award)
class AwardAdmin(RecordingAdmin):
    list_display = ("title", "number", "donor", "prime", "starts_on", "ends_on")
    list_filter = ("donor", "origin")
    list_select_related = ("donor", "prime")
    search_fields = ("title", "number", "slug")
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("donor", "prime", "subs")
    ordering = ("title",)


class ObjectiveInline(admin.StackedInline):
    model = Objective
    form = GuardedModelForm
    extra = 0
    ordering = ("number",)


class GoalMeasureInline(admin.TabularInline):
    model = GoalMeasure
    form = GuardedModelForm
    extra = 0
    ordering = ("position",)


class MembershipInline(admin.StackedInline):
    model = Membership
    form = GuardedModelForm
    extra = 0
    autocomplete_fields = ("organisation", "exempt_places")
    ordering = ("organisation__short_name",)


class ContributionInline(admin.TabularInline):
    model = Contribution
    form = GuardedModelForm
    extra = 0
    autocomplete_fields = ("organisation",)
    ordering = ("organisation__short_name",)


@admin.register(Mechanism)
class MechanismAdmin(RecordingAdmin):
    list_display = ("name", "kind", "state", "country", "launched_on", "is_public")
    list_filter = ("kind", "state", "country")
    list_select_related = ("country",)
    search_fields = ("name", "short_name", "slug")
    prepopulated_fields = {"slug": ("short_name",)}
    autocomplete_fields = ("country", "places", "conveners", "backbone", "awards", "sectors")
    inlines = (ObjectiveInline, GoalMeasureInline, MembershipInline, ContributionInline)
    ordering = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Its chair moves it and hands its backbone over, and its secretariat records that.
        return ("state", "backbone") if obj and obj.backbone else ("state",) if obj else ()


@admin.register(Statement)
class StatementAdmin(RecordingAdmin):
    """On pages of their own: a document says more than one form should hold."""

    list_display = ("text", "mechanism", "kind", "number", "owner", "falls_on", "origin")
    list_filter = ("mechanism", "kind", "origin")
    list_select_related = ("mechanism",)
    search_fields = ("text", "owner")
    autocomplete_fields = ("mechanism",)
    ordering = ("mechanism__short_name", "kind", "number")


# --- People and offices ---


@admin.register(User)
class UserAdmin(RecordingAdmin):
    """People come by invitation; here they are renamed, shut out, or on the way to anonymity."""

    list_display = ("name", "email", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("name", "email")
    fields = ("name", "email", "is_active", "last_login", "date_joined", "anonymising")
    readonly_fields = ("email", "last_login", "date_joined", "anonymising")
    ordering = ("name",)
    actions = ("remove_second_step",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("data protection"))
    def anonymising(self, person: User) -> SafeString | str:
        if is_anonymised(person):
            return gettext("Anonymised.")
        url = reverse("person-anonymise", args=[person.pk])
        return format_html('<a href="{}">{}</a>', url, gettext("Anonymise this person"))

    @admin.action(description=_("Remove the second step of sign-in (lost device)"))
    def remove_second_step(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            try:
                remove_second_factor(person, by=request.user)  # type: ignore[arg-type]  # who is here has signed in
            except Refusal as refusal:
                messages.error(request, f"{person}: {refusal}")
            else:
                messages.success(request, gettext("Removed: %(person)s.") % {"person": person})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        own = ("is_active",) if obj == request.user else ()  # nobody shuts himself out
        return (*self.readonly_fields, *own)


class OfficeForm(AppointmentChecks, forms.ModelForm):
    """Asks what an invitation asks: that role, organisation, place and mechanism agree."""

    class Meta:
        model = Office
        fields = (
            "holder", "role", "organisation", "place", "mechanism", "starts_on", "ends_on",
            "instrument",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.check_appointment(self.cleaned_data.get("mechanism"))
        return self.cleaned_data

    def clean_role(self) -> str:
        role = str(self.cleaned_data["role"])
        if role == Role.COMMITTEE_MEMBER:
            raise forms.ValidationError(
                gettext("A seat on a body is given by an appointment to it.")
            )
        return role


@admin.register(Office)
class OfficeAdmin(ReadOnlyAdmin):
    """An office is given here to someone who has an account, and ended on a page of its own."""

    form = OfficeForm
    list_display = ("holder", "role", "organisation", "place", "mechanism", "starts_on", "ending")
    list_filter = ("role", "mechanism")
    list_select_related = ("holder", "organisation", "place", "mechanism")
    search_fields = ("holder__name", "holder__email", "organisation__name")
    autocomplete_fields = ("holder", "organisation", "place", "mechanism")
    ordering = ("holder__name", "starts_on")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(ReadOnlyAdmin, self).has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Office, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        content = {name: value for name, value in form.cleaned_data.items() if name != "holder"}
        given = give_office(obj.holder, Appointment(**content), by=request.user)  # type: ignore[arg-type]  # who is here has signed in
        obj.pk = given.pk

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())

    @admin.display(description=_("last day"))
    def ending(self, office: Office) -> SafeString | str:
        if office.ends_on:
            return str(office.ends_on)
        url = reverse("office-end", args=[office.pk])
        return format_html('<a href="{}">{}</a>', url, gettext("End this office"))


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "email", "role", "organisation", "place", "mechanism", "invited_by", "created_at",
        "expires_at", "accepted_at", "withdrawn_at",
    )  # fmt: skip
    list_filter = ("role", "mechanism")
    list_select_related = ("organisation", "place", "mechanism", "invited_by")
    search_fields = ("name", "email")
    ordering = ("-created_at",)


# --- What happened ---


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "sentence", "subject_type", "subject_id")
    list_filter = ("verb",)
    list_select_related = ("by", "subject_type")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).prefetch_related("subject")

    @admin.display(description=_("what"))
    def sentence(self, event: Event) -> str:
        return describe(event)


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Letters as they went out; those that a server refused five times can be tried again."""

    list_display = ("created_at", "recipient", "subject", "attempts", "sent_at")
    fields = ("key", "recipient", "subject", "created_at", "attempts", "sent_at")
    list_filter = ("attempts",)
    search_fields = ("recipient", "subject")
    ordering = ("-created_at",)
    actions = ("send_again",)

    @admin.action(description=_("Try again to send what was given up"))
    def send_again(self, request: HttpRequest, letters: QuerySet[Mail]) -> None:
        number = try_again(letters)
        messages.info(request, gettext("%(number)s letters wait again.") % {"number": number})


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "media_type", "size", "uploaded_by", "uploaded_at", "sha256")
    list_filter = ("media_type",)
    list_select_related = ("uploaded_by",)
    search_fields = ("name", "sha256")
    ordering = ("-uploaded_at",)
