"""Fields of this app: places of a plan, and a spreadsheet that is brought back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import GroupedChoices, SeveralField
from coordination.forms.files import UploadField
from coordination.models import Place
from coordination.services.files import VettedFile
from workplans.models import JointWorkPlan
from workplans.services.plan_choices import label_place, places_of

# Of our own some have tens of kilobytes, and a plan of 2,000 rows some hundreds.
SPREADSHEET_MEGABYTES = 4


class SpreadsheetField(UploadField):
    """A spreadsheet of ours, filled in; its cleaned value is a VettedFile."""

    def __init__(self, **kwargs: Any) -> None:
        said = _("The Excel file that was taken from this page, filled in; at most {size} MB.")
        kwargs.setdefault("help_text", format_lazy(said, size=SPREADSHEET_MEGABYTES))
        super().__init__(kinds=("xlsx",), **kwargs)

    def clean(self, data: UploadedFile | None, initial: Any = None) -> VettedFile | None:
        file = super().clean(data, initial)
        if file is not None and len(file.content) > SPREADSHEET_MEGABYTES * 1024**2:
            said = _("The file is larger than %(size)d MB; one of ours is much smaller.")
            raise ValidationError(said % {"size": SPREADSHEET_MEGABYTES})
        return file


class PlacesField(SeveralField):
    """Places of a plan as boxes under headings; without a script as good as with its search."""

    iterator = GroupedChoices
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Place.objects.none(), **kwargs)
        self.names: dict[str, str] = {}
        self.depth = 0

    def choose_from(self, plan: JointWorkPlan) -> None:
        """Offer the plan's place and what lies in it, as far as the mechanism covers it."""
        self.queryset = places_of(plan)
        self.names = dict(self.queryset.values_list("path", "name"))
        self.depth = len(plan.place.path_and_above)

    def heading_of(self, place: Place) -> str:
        """The name of the child of the plan's place that it lies in."""
        line = place.path_and_above
        return self.names.get(line[min(self.depth, len(line) - 1)], place.name)

    def label_from_instance(self, place: Place) -> str:
        return label_place(place, self.names, self.depth + 1)
