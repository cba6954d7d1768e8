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
    return format_html_join(
        "",
        "<td{}>{}</td>",
        (
            (
                cell.column.place,
                _in_row(cell, row.activity)
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
    said = {"id": key, "class": "form-control"}
    if cell.fault:
        said |= {
            "class": "form-control is-invalid",
            "aria-invalid": "true",
            "aria-describedby": f"{key}_error",
        }
    return _filled(cell, flatatt(said))


def _in_row(cell: Any, activity: Any) -> SafeString:
    column = cell.column
    said = format_html(
        ' class="{0}" form="form-{1}" id="cell-{1}-{2}" aria-label="{3}, {4}"',
        column.look, activity.pk, column.name, column.label, activity.code,
    )  # fmt: skip
    return _filled(cell, said)


def _filled(cell: Any, said: SafeString) -> SafeString:
    fixed = cell.column.control
    if cell.column.is_tall:
        return format_html('<textarea{}{} rows="1">\n{}</textarea>', said, fixed, cell.text)
    return format_html('<input{}{} value="{}">', said, fixed, cell.text)
