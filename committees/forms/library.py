"""What is typed about a document of the library, and how the library is narrowed."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from committees.models import Access, Body, Document, bodies_kept_by
from committees.permissions import places_documented_by
from committees.services.library import BodyMissing, DocumentContent
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, offer
from coordination.forms.files import UploadField
from coordination.models import Mechanism, Place, Standing, User, within_path

CONTENT = ("title", "kind", "access", "body", "place", "dated_on", "for_year", "summary")
# How many years before and after the one that runs a document may be for.
YEARS_BACK, YEARS_AHEAD = 12, 3


class DocumentForm(RemembersItsBeginning, forms.ModelForm):
    """What is told of a document of ``mechanism``; of a new one its file too."""

    file = UploadField(label=_("File"))
    for_year = forms.TypedChoiceField(
        label=_("Year that it is for"),
        required=False,
        coerce=dt.date.fromisoformat,
        empty_value=None,
        help_text=_("Of a plan, budget or review: its year, by which it is found."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Document
        fields = CONTENT
        widgets = {"dated_on": DAY, "summary": forms.Textarea(attrs={"rows": 4, "maxlength": 4000})}
        help_texts = {
            "body": _("Empty: of the mechanism itself."),
            "place": _("The county or district that it is about."),
        }

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        mechanism: Mechanism,
        user: User,
        document: Document | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        if document is not None:
            initial = forms.model_to_dict(document, CONTENT) | {"seen_version": document.version}
        super().__init__(data, files, instance=Document(mechanism=mechanism), initial=initial)
        if document is not None:
            del self.fields["file"]
        for_year = cast("forms.TypedChoiceField", self.fields["for_year"])
        for_year.choices = [("", _("No single year")), *years_of(mechanism)]
        secretariat = mechanism.pk in Standing.of(user).secretariat_of
        bodies = Body.objects.filter(mechanism=mechanism, pk__in=bodies_kept_by(user))
        places = places_documented_by(user, mechanism)
        if secretariat:
            places = Place.objects.filter(mechanisms=mechanism)
        if document is not None:
            bodies |= Body.objects.filter(documents=document)
            places |= Place.objects.filter(documents=document)
        offer(self, "body", bodies.distinct().in_order())
        offer(self, "place", places.distinct().order_by("path"))
        # Whoever keeps a body alone, or serves a county, adds what is of that.
        if not secretariat:
            narrow = "body" if bodies.exists() else "place"
            self.fields[narrow].required = True

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("access") == Access.BODY and not cleaned.get("body"):
            self.add_error("body", str(BodyMissing.message))
        return cleaned

    def content(self) -> DocumentContent:
        """What was typed, as the services take it."""
        return cast(DocumentContent, {name: self.cleaned_data[name] for name in CONTENT})


def years_of(mechanism: Mechanism) -> list[tuple[str, str]]:
    """The years around the one that runs, the newest first: their first days, and their labels."""
    calendar = mechanism.calendar
    this = calendar.year_start(mechanism.today())
    days = [this.replace(year=this.year + n) for n in range(YEARS_AHEAD, -YEARS_BACK - 1, -1)]
    return [(day.isoformat(), calendar.label_year(day)) for day in days]


class VersionForm(SeenForm):
    """A new version's file, and what changed."""

    file = UploadField(label=_("File"))
    note = forms.CharField(label=_("What changed"), max_length=200, required=False)


def is_day(text: str) -> bool:
    """Whether it is a day as an address writes it."""
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


class DocumentFilter(django_filters.FilterSet):
    """By words of title and summary, kind, body, place and mechanism; only what the list has."""

    q = django_filters.CharFilter(method="with_words", label=_("Words"), max_length=100)
    kind = django_filters.ChoiceFilter(
        choices=Document.Kind.choices, label=_("Kind"), empty_label=_("All kinds")
    )
    body = django_filters.ModelChoiceFilter(
        queryset=Body.objects.none(), to_field_name="slug", label=_("Body"), empty_label=_("All")
    )
    place = django_filters.ModelChoiceFilter(
        method="within",
        queryset=Place.objects.none(),
        to_field_name="path",
        label=_("Place"),
        empty_label=_("All"),
    )

    year = django_filters.ChoiceFilter(
        field_name="for_year", label=_("Year"), empty_label=_("All years")
    )

    class Meta:
        model = Document
        fields = ("q", "kind", "body", "place", "year")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = self.queryset
        found = {
            "body": Body.objects.filter(pk__in=listed.values("body")).in_order(),
            # A county's page leads here too when nothing is kept of it yet.
            "place": Place.objects.filter(
                Q(pk__in=listed.values("place")) | Q(path=self.data.get("place", ""))
            ).order_by("path"),
        }
        if "year" in self.filters:
            dated = listed.exclude(for_year=None).order_by("-for_year")
            rows = dated.select_related("mechanism__calendar")
            years = {row.for_year.isoformat(): row.year_label for row in rows}
            # A plan's page leads here too when nothing is kept of its year yet.
            asked = self.data.get("year", "")[:10]
            self.filters["year"].extra["choices"] = [
                *years.items(),
                *([(asked, asked)] if asked not in {"", *years} and is_day(asked) else []),
            ]
        for name, things in found.items():
            if name in self.filters:
                self.filters[name].field.queryset = things

    def within(self, queryset: QuerySet, _name: str, place: Place) -> QuerySet:
        return queryset.filter(within_path(place.path, "place"))

    def with_words(self, queryset: QuerySet, _name: str, words: str) -> QuerySet:
        for word in words.split():
            queryset = queryset.filter(Q(title__icontains=word) | Q(summary__icontains=word))
        return queryset


class SearchForm(forms.Form):
    """The words that are looked for; they stand in the address."""

    q = forms.CharField(
        label=_("Words"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
