"""How every form is drawn: by our own templates, and with what is wrong in the portal's words."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    URLValidator,
    validate_slug,
)
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorList
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

IN_OUR_WORDS = (
    (
        validate_slug.message,
        gettext_lazy("Letters without accents, figures and hyphens make an address."),
    ),
    (URLValidator.message, gettext_lazy("Write a web address, such as https://example.org.")),
    (MinValueValidator.message, gettext_lazy("%(limit_value)s or more.")),
    (MaxValueValidator.message, gettext_lazy("%(limit_value)s or less.")),
)
CHOSEN = (forms.ChoiceField, forms.ModelChoiceField, forms.FileField)


def need_in_some_cases(form: forms.BaseForm, *names: str) -> None:
    """Do not call these fields optional: another field, or what is on record, may ask for them."""
    for name in names:
        form.fields[name].is_conditional = True  # type: ignore[attr-defined]  # read by field.html


class WordedField(BoundField):
    """A field whose errors say what to do and name it; a form's own sentences stay as they are."""

    @property
    def errors(self) -> ErrorList:
        errors = super().errors
        if not errors:
            return errors
        worded = errors.copy()
        worded.field_id = errors.field_id  # type: ignore[attr-defined]  # the stubs leave it out
        worded.data = [self._worded(error) for error in errors.as_data()]
        return worded

    def _worded(self, error: ValidationError) -> ValidationError | str:
        """The error in our words, where Django's are the same for every field."""
        limits, label = error.params or {}, str(self.label).rstrip(" .:?")
        if error.code == "required" and self._is_stock(error, forms.Field):
            return self._asking_for(label)
        if error.code == "invalid_choice" and self._is_stock(
            error, forms.ChoiceField, forms.ModelChoiceField, forms.ModelMultipleChoiceField
        ):
            return _("Choose one of what is offered.")
        if error.code == "max_length" and "show_value" in limits:
            return _("At most %(limit_value)s characters; these are %(show_value)s.") % limits
        ours = [words for stock, words in IN_OUR_WORDS if error.message == stock]
        return str(ours[0]) % limits if ours else error

    def _asking_for(self, label: str) -> str:
        if isinstance(self.field, CHOSEN):
            return _("Choose “%(field)s”.") % {"field": label}
        if isinstance(self.field, forms.BooleanField):
            return _("Tick “%(field)s”.") % {"field": label}
        return _("Fill in “%(field)s”.") % {"field": label}

    def _is_stock(self, error: ValidationError, *kinds: type[forms.Field]) -> bool:
        """Whether the sentence is Django's own for its code."""
        stock = [kind.default_error_messages.get(str(error.code)) for kind in kinds]
        return str(error.message) in map(str, stock)


class PortalRenderer(TemplatesSetting):
    """Templates of the portal, one ``field.html`` for every form."""

    bound_field_class = WordedField
