"""What is asked before a person is anonymised."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class AnonymisationForm(forms.Form):
    """Why, which names are a person's, and that it is meant."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as who asked for it and when. It stays on record, without the name."),
    )  # fmt: skip
    names = forms.MultipleChoiceField(
        label=_("Names to take out of texts"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave out what is the name of a post: it stands in texts about the post."),
    )  # fmt: skip
    is_meant = forms.BooleanField(
        label=_("I have checked who asks for this, and know that it cannot be undone.")
    )

    def __init__(
        self, *args: Any, names: Collection[str], counted: dict[str, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.MultipleChoiceField", self.fields["names"])
        choice.choices = [(name, self._with_count(name, counted)) for name in sorted(names)]
        choice.initial = sorted(names)

    def _with_count(self, name: str, counted: dict[str, int]) -> str:
        number = counted.get(name, 0)
        said = ngettext("%(name)s (in %(number)s text)", "%(name)s (in %(number)s texts)", number)
        return said % {"name": name, "number": number}
