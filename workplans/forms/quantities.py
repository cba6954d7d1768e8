"""The field for a number that a person types: strict, and never another number than was typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from coordination.models import parse_quantity
from coordination.templatetags.interface import control_class
from workplans.models import IndicatorVersion

# Twelve figures, their commas, a point, four decimals and a sign; more is not worth reading.
LENGTH = 40


class CellInput(forms.TextInput):
    """A control of the grid, drawn without a template: a grid has hundreds of them."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        said = {"name": name, **widget["attrs"], "class": control_class(widget)}
        if widget["value"] is not None:
            said["value"] = widget["value"]
        return format_html('<input type="text"{}>', flatatt(said))


class CellText(forms.Textarea):
    """The same for a text of some lines."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        said = {"name": name, **widget["attrs"], "class": control_class(widget)}
        return format_html("<textarea{}>\n{}</textarea>", flatatt(said), widget["value"] or "")


class WrittenQuantityField(forms.Field):
    """Its cleaned value is an exact Decimal, or None when nothing was typed (R4)."""

    widget = CellInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            "inputmode": "decimal",
            "autocomplete": "off",
            "spellcheck": "false",
            "maxlength": LENGTH,
        }

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if len(text) > LENGTH:
            raise ValidationError(_("This number is too large."), code="too_large")
        return parse_quantity(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class YesNoField(forms.TypedChoiceField):
    """A milestone: 1 for yes, 0 for no, None while it is not said."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("Not said")), ("1", _("Yes")), ("0", _("No"))]
        super().__init__(choices=choices, coerce=Decimal, empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def quantity_field(version: IndicatorVersion, **kwargs: Any) -> forms.Field:
    """The field for a value, numerator or part of the indicator."""
    if version.data_type == IndicatorVersion.DataType.MILESTONE:
        return YesNoField(**kwargs)
    return WrittenQuantityField(**kwargs)
