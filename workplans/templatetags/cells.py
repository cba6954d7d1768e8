"""The cells of a plan's grid, drawn without a template: a grid has thousands of them."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def grid_cells(row: Any) -> SafeString:
    """Every cell of the row in its place of the table; where it is closed, what stands there."""
    key, code = row.activity.pk, row.activity.code
    return format_html_join(
        "",
        "<td{}>{}</td>",
        (
            (
                flatatt({"data-label": cell.column.label, **_side(cell.column)}),
                _control(
                    cell,
                    {
                        "form": f"form-{key}",
                        "id": f"cell-{key}-{cell.column.name}",
                        "aria-label": f"{cell.column.label}, {code}",
                    },
                    "form-control cells-wide" if cell.column.is_wide else "form-control",
                )
                if row.is_open and cell.column.is_typed
                else cell.text or "–",
            )
            for cell in row.cells
        ),
    )


@register.simple_tag
def row_cell(cell: Any) -> SafeString:
    """The control of one cell on the page of its row."""
    key = f"id_{cell.column.name}"
    said: dict[str, Any] = {"id": key}
    if cell.fault:
        said |= {"aria-invalid": "true", "aria-describedby": f"{key}_error"}
    return _control(cell, said, "form-control is-invalid" if cell.fault else "form-control")


def _side(column: Any) -> dict[str, str]:
    return {"class": "num"} if column.is_number else {}


def _control(cell: Any, said: dict[str, Any], look: str) -> SafeString:
    column = cell.column
    attributes = {
        **said,
        "class": look,
        "name": column.name,
        "autocomplete": "off",
        "list": column.list or None,
        "maxlength": column.length,
        "data-with": column.partner or None,
    }
    filled = {name: value for name, value in attributes.items() if value is not None}
    if column.is_tall:
        return format_html('<textarea{} rows="1">\n{}</textarea>', flatatt(filled), cell.text)
    return format_html("<input{}>", flatatt(filled | {"value": cell.text}))
