"""Forms of a report: which one, the text of a section, the number of the edition seen."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import GroupedChoiceField
from coordination.models import Mechanism, Period, Place, Standing, User
from reporting.services.sections import Section
from workplans.models import Obligation

# Every paragraph costs the renderer time, however short it is.
LONGEST_LINES = 600


class ReportForm(forms.Form):
    """Which report; only mechanisms that the user writes reports for are offered."""

    mechanism = forms.ModelChoiceField(
        Mechanism.objects.none(), label=_("Mechanism"), to_field_name="slug"
    )
    period = GroupedChoiceField(
        Period.objects.none(),
        label=_("Quarter"),
        to_field_name="code",
        heading_of=lambda period: (
            gettext("With reports owed") if period.is_owed else gettext("Without")
        ),
    )
    place = forms.ModelChoiceField(
        Place.objects.none(),
        label=_("Place"),
        required=False,
        to_field_name="path",
        empty_label=_("The whole mechanism"),
        help_text=_("Leave it so, unless the report is on one place alone."),
    )

    def __init__(self, *args: Any, user: User, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mechanisms = Mechanism.objects.filter(pk__in=Standing.of(user).secretariat_of)
        owed = Obligation.objects.filter(mechanism__in=mechanisms)
        begun = Period.objects.filter(starts_on__lte=on).annotate(
            is_owed=Exists(owed.filter(period=OuterRef("pk")))
        )
        covered = Place.objects.filter(mechanisms__in=mechanisms).distinct()
        self._choice("mechanism").queryset = mechanisms.order_by("short_name")
        if mechanisms.count() == 1:
            self._choice("mechanism").empty_label = None
        self._choice("period").queryset = begun.order_by("-is_owed", "-starts_on")
        self._choice("place").queryset = covered.order_by("name")

    def _choice(self, name: str) -> forms.ModelChoiceField:
        return cast("forms.ModelChoiceField", self.fields[name])


class SectionForm(RemembersItsBeginning, forms.Form):
    """The text of one section; ``seen`` is the version that the person had before them."""

    text = forms.CharField(
        label=_("Text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=_(
            "An empty line begins a new paragraph. Begin a line with “- ” for a list, "
            "with “# ” for a heading. All else is printed as it is typed: stars or underscores "
            "make nothing bold."
        ),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, section: Section, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = section.limit

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        if len(text) > self.limit:
            raise ValidationError(
                _("This section takes at most %(limit)s characters; it has %(length)s."),
                params={"limit": self.limit, "length": len(text)},
            )
        if text.count("\n") >= LONGEST_LINES:
            raise ValidationError(
                _("A section takes at most %(limit)s lines; this one has %(length)s."),
                params={"limit": LONGEST_LINES, "length": text.count("\n") + 1},
            )
        return text


class EditionRequestForm(forms.Form):
    """The number of the newest edition on the page that the request came from."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=32_766)


class CopyCheckForm(forms.Form):
    """The SHA-256 of a copy."""

    sha256 = forms.RegexField(
        r"^\s*[0-9a-fA-F]{64}\s*$",
        label=_("Fingerprint (SHA-256) of your copy"),
        error_messages={"invalid": _("A fingerprint has 64 digits from 0 to 9 and a to f.")},
    )

    def clean_sha256(self) -> str:
        return self.cleaned_data["sha256"].strip().lower()
