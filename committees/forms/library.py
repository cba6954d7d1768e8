"""What is typed about a document of the library, and how the library is narrowed."""

from __future__ import annotations

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
from coordination.models import Mechanism, Place, Standing, User

CONTENT = ("title", "kind", "access", "body", "place", "dated_on", "summary")


class DocumentForm(RemembersItsBeginning, forms.ModelForm):
    """What is told of a document of ``mechanism``; of a new one its file too."""

    file = UploadField(label=_("File"))
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


class VersionForm(SeenForm):
    """A new version's file, and what changed."""

    file = UploadField(label=_("File"))
    note = forms.CharField(label=_("What changed"), max_length=200, required=False)


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
        queryset=Place.objects.none(), to_field_name="path", label=_("Place"), empty_label=_("All")
    )

    class Meta:
        model = Document
        fields = ("q", "kind", "body", "place")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = self.queryset
        found = {
            "body": Body.objects.filter(pk__in=listed.values("body")).in_order(),
            "place": Place.objects.filter(pk__in=listed.values("place")).order_by("path"),
        }
        for name, things in found.items():
            if name in self.filters:
                self.filters[name].field.queryset = things

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
