"""What is typed about terms of reference, from the draft to their adoption."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Meeting, Terms, TermsAdoption
from committees.services.terms import TEXTS, TermsContent, meetings_to_table_at
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import DAY, offer
from coordination.forms.files import UploadField

LINES = {"rows": 6, "maxlength": 20_000}


class TermsForm(RemembersItsBeginning, forms.ModelForm):
    """The text of a version; ``seen_version`` is 0 for a new one."""

    attachment = UploadField(label=_("File of the text"), required=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Terms
        fields = TEXTS
        widgets = {
            "purpose": forms.Textarea(attrs=LINES),
            "functions": forms.Textarea(attrs=LINES),
            "composition": forms.Textarea(attrs=LINES),
        }
        help_texts = {"chair": _("A post, not a person."), "secretariat": _("A post or an office.")}

    def __init__(
        self, data: Any = None, files: Any = None, *, terms: Terms | None = None, begin: Any = None
    ) -> None:
        initial: dict[str, Any] = forms.model_to_dict(begin, TEXTS) if begin else {}
        if terms is not None:
            initial = forms.model_to_dict(terms, TEXTS) | {"seen_version": terms.version}
        super().__init__(data, files, instance=Terms(), initial=initial)
        if terms is not None and terms.file:
            said = _("%(name)s is attached; a file chosen here takes its place.")
            self.fields["attachment"].help_text = said % {"name": terms.file}

    def clean(self) -> dict[str, Any]:
        super().clean()
        texts = [self.cleaned_data.get(name) for name in TEXTS]
        if not any(texts) and not self.cleaned_data.get("attachment") and not self.errors:
            raise forms.ValidationError(_("Write the text, or attach its file."))
        return self.cleaned_data

    def content(self) -> TermsContent:
        """What was typed, as the services take it."""
        typed = self.cleaned_data
        texts = {name: typed[name] for name in TEXTS}
        return cast(TermsContent, texts | {"file": typed.get("attachment")})


class HarmonisedTermsForm(TermsForm):
    """A model that all bodies of one kind shall adopt."""

    kind = forms.ChoiceField(
        label=_("For all bodies of the kind"), choices=[("", _("Choose")), *Body.Kind.choices]
    )
    field_order = ("kind",)


class TermsTableForm(SeenForm):
    """The meeting before which the draft is laid."""

    meeting = forms.ModelChoiceField(
        Meeting.objects.none(),
        label=_("Meeting"),
        help_text=_("Of the body above; it must be held or planned already."),
    )

    def __init__(self, terms: Terms, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "meeting", meetings_to_table_at(terms), in_words=meeting_in_words)


class TermsMoveForm(SeenForm):
    """What the body above, or the day, has made of the terms."""

    to = forms.ChoiceField(label=_("They are from now on"))
    on = forms.DateField(label=_("Since"), widget=DAY)
    note = forms.CharField(
        label=_("By whom, or why"),
        max_length=300,
        required=False,
        help_text=_("Such as the number of the decision. Needed when they are sent back."),
    )

    def __init__(self, states: list[Terms.State], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(state.value, state.label) for state in states]
        cast("forms.ChoiceField", self.fields["to"]).choices = [("", _("Choose")), *choices]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("to") == Terms.State.DRAFT and not cleaned.get("note"):
            self.add_error("note", _("Say why."))
        return cleaned


class AdoptionForm(SeenForm):
    """How far a body has come with harmonised terms."""

    adopted_on = forms.DateField(label=_("Adopted on"), required=False, widget=DAY)
    training_held_on = forms.DateField(label=_("Training held on"), required=False, widget=DAY)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, adoption: TermsAdoption | None, **kwargs: Any) -> None:
        if adoption is not None:
            names = ("adopted_on", "training_held_on", "note")
            kwargs["initial"] = {name: getattr(adoption, name) for name in names}
        super().__init__(*args, **kwargs)


class PairForm(forms.Form):
    """Two things of one kind to be compared; it stands in the address."""

    left = forms.ModelChoiceField(Terms.objects.none(), label=_("One"), required=False)
    right = forms.ModelChoiceField(Terms.objects.none(), label=_("The other"), required=False)

    def __init__(self, things: QuerySet, *args: Any, by: str = "pk", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "right"):
            offer(self, name, things, in_words=thing_in_words)
            cast(forms.ModelChoiceField, self.fields[name]).to_field_name = by

    def pair(self) -> tuple[Any, Any] | None:
        """Both, or None while they are not both chosen."""
        if not self.is_valid():
            return None
        left, right = self.cleaned_data["left"], self.cleaned_data["right"]
        return (left, right) if left and right else None


def thing_in_words(thing: Body | Terms) -> str:
    """A body by its name, a version as "WG 1, version 2 (In force)"."""
    if isinstance(thing, Body):
        return thing.name
    words = {
        "of": thing.body or thing.get_kind_display(),
        "number": thing.number,
        "state": thing.get_state_display(),
    }
    return str(_("%(of)s, version %(number)d (%(state)s)") % words)


def meeting_in_words(meeting: Meeting) -> str:
    """Such as "SPDC 3, 1 Feb 2020"."""
    return f"{meeting}, {meeting.day_in_words}" if meeting.day else str(meeting)
