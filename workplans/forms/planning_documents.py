"""What is typed about planning documents, their steps and their lines."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, AmountField, check_order, offer
from coordination.forms.files import UploadField
from coordination.forms.rendering import need_in_some_cases
from coordination.models import Mechanism, Organisation, Place, User
from workplans.models import PlanningDocument, PlanningLine, walk_lines
from workplans.permissions.planning_documents import places_planned_by
from workplans.services.planning_documents import DocumentContent
from workplans.services.planning_lines import TARGET, TARGET_LENGTH, LineContent

from .fields import SpreadsheetField


class PlanningDocumentForm(RemembersItsBeginning, forms.ModelForm):
    """The frame of a document of ``mechanism``; ``seen_version`` is 0 for a new one."""

    last_day = forms.DateField(label=_("Last day"), widget=DAY)
    file = UploadField(
        label=_("File"),
        required=False,
        help_text=_("The document itself. A new file stands for the one before."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = PlanningDocument
        fields = (
            "kind", "title", "owner", "place", "starts_on", "due_on", "estimates_due_on",
            "public_link",
        )  # fmt: skip
        widgets = {"starts_on": DAY, "due_on": DAY, "estimates_due_on": DAY}
        help_texts = {
            "title": _("Such as: Kitui Annual Development Plan, FY 2020/21."),
            "owner": _("Whose document it is: the department that writes it."),
            "due_on": _("By law, such as 1 September for an annual development plan in Kenya."),
            "estimates_due_on": _(
                "By when its lines shall have entered the budget estimates, such as 30 April."
            ),
            "public_link": _("Where everyone finds it, when it stands elsewhere too."),
        }

    field_order = (
        "kind", "title", "owner", "place", "starts_on", "last_day", "due_on", "estimates_due_on",
        "public_link", "file",
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        mechanism: Mechanism,
        user: User,
        document: PlanningDocument | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        places = places_planned_by(user, mechanism)
        owners = Organisation.objects.taking_part_in(Mechanism.objects.filter(pk=mechanism.pk))
        if document is not None:
            initial = forms.model_to_dict(document, self._meta.fields)
            initial |= {"last_day": document.ends_on, "seen_version": document.edition}
        super().__init__(
            data, files, instance=PlanningDocument(mechanism=mechanism), initial=initial
        )
        known = Q(pk__in=places.values("pk")) | Q(pk=document.place_id if document else None)
        offer(self, "place", Place.objects.filter(known).order_by("path"))
        known = Q(pk__in=owners.values("pk")) | Q(pk=document.owner_id if document else None)
        offer(self, "owner", Organisation.objects.filter(known).order_by("short_name"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        check_order(self, last="last_day")
        if cleaned.get("last_day") == dt.date.max:  # no day comes after it
            self.add_error("last_day", _("This is no day that a period can end on."))
        return cleaned

    def _post_clean(self) -> None:
        """The model is checked by the service, once the end is known by its own name."""

    def content(self) -> DocumentContent:
        """What was typed, as the services take it."""
        typed = dict(self.cleaned_data)
        typed["ends_before"] = typed["last_day"] + dt.timedelta(days=1)
        return cast(
            DocumentContent, {name: typed[name] for name in DocumentContent.__annotations__}
        )


class DocumentStepForm(SeenForm):
    """Which step the county took, when, and how it is known."""

    to = forms.ChoiceField(label=_("It is now"))
    on = forms.DateField(label=_("On"), widget=DAY)
    note = forms.CharField(
        label=_("How it is known"),
        max_length=300,
        required=False,
        help_text=_("Such as: minutes of the assembly of 3 Sep 2020."),
    )

    def __init__(self, data: Any = None, *, document: PlanningDocument) -> None:
        super().__init__(data)
        states = document.State
        cast(forms.ChoiceField, self.fields["to"]).choices = [
            (state, states(state).label) for state in document.next_states
        ]


class LineField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(PlanningLine.objects.none(), required=False, **kwargs)

    def label_from_instance(self, line: PlanningLine) -> str:
        return f"{line} ({line.get_level_display()})"


class LineForm(RemembersItsBeginning, forms.ModelForm):
    """One line of ``document``; ``seen_version`` is the document's."""

    parent = LineField(label=_("Part of"), empty_label=_("Nothing: it stands at the top"))
    budget_minor = AmountField(label=_("Budget"), required=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = PlanningLine
        fields = (
            "code", "parent", "level", "title", "output", "kpi", "baseline", "budget_minor",
            "currency", "funds", "in_estimates_on",
        )  # fmt: skip
        widgets = {"in_estimates_on": DAY}

    def __init__(
        self, data: Any = None, *, document: PlanningDocument, line: PlanningLine | None = None
    ) -> None:
        initial: dict[str, Any] = {"seen_version": document.edition}
        if line is not None:
            initial |= forms.model_to_dict(line, self._meta.fields)
            initial |= {f"{TARGET}{key}": value for key, value in line.targets.items()}
        super().__init__(data, instance=PlanningLine(document=document), initial=initial)
        self.line = line
        need_in_some_cases(self, "currency")
        offer(self, "parent", document.lines.exclude(pk=line.pk if line else 0).order_by("code"))
        self.years = document.years
        for key, label in self.years:
            self.fields[f"{TARGET}{key}"] = forms.CharField(
                label=_("Target %(year)s") % {"year": label},
                max_length=TARGET_LENGTH,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("budget_minor") is None:
            cleaned["currency"] = ""
        elif not cleaned.get("currency"):
            self.add_error("currency", _("Choose the currency of the budget."))
        return cleaned

    def content(self) -> LineContent:
        """What was typed, as the services take it."""
        kept = dict(self.line.targets) if self.line else {}
        typed = {key: self.cleaned_data[f"{TARGET}{key}"] for key, _label in self.years}
        targets = {key: value for key, value in (kept | typed).items() if value}
        named = {
            name: self.cleaned_data[name]
            for name in LineContent.__annotations__
            if name != "targets"
        }
        return cast(LineContent, named | {"targets": targets})


class SheetForm(forms.Form):
    """A filled-in spreadsheet; its cleaned value is a VettedFile."""

    file = SpreadsheetField(label=_("Spreadsheet"))


class PlanningDocumentFilter(django_filters.FilterSet):
    """Narrows the list of documents; offers only what it has."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=PlanningDocument.Kind.choices, empty_label=_("All kinds")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=PlanningDocument.State.choices, empty_label=_("Any state")
    )
    place = django_filters.ModelChoiceFilter(
        label=_("Place"),
        queryset=Place.objects.none(),
        to_field_name="path",
        empty_label=_("All places"),
    )

    class Meta:
        model = PlanningDocument
        fields = ("kind", "place", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = Place.objects.filter(pk__in=self.queryset.values("place"))
        self.filters["place"].field.queryset = listed.order_by("path")


def lines_to_choose(lines: Any) -> list[tuple[str, list[tuple[int, str]]]]:
    """The lines under their documents, as they nest, for a field of an activity."""
    by_document: dict[PlanningDocument, list[PlanningLine]] = {}
    for line in lines.select_related("document__mechanism"):
        by_document.setdefault(line.document, []).append(line)
    return [
        (
            str(document),
            [(line.pk, f"{'– ' * depth}{line}") for depth, line in walk_lines(found)],
        )
        for document, found in by_document.items()
    ]
