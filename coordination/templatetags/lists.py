"""The order, pages and filters of a list, all in its address: a view can be sent in a message."""

from typing import NamedTuple

from django import forms, template
from django.core.paginator import Page
from django.http import HttpRequest

from coordination.templatetags.interface import words_of

register = template.Library()


class SortLink(NamedTuple):
    """Where a column's head leads, and how the list stands now: "ascending", "descending" or ""."""

    query: str
    direction: str


def query_with(request: HttpRequest, **changes: str | None) -> str:
    """The query string with some parameters changed (None removes one), from the first page."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def page_link(request: HttpRequest, number: int) -> str:
    """The address of another page of the same list."""
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag
def sort_link(request: HttpRequest, field: str, parameter: str = "order") -> SortLink:
    """The link that orders a list by `field`, and backwards when it is so ordered already."""
    current = request.GET.get(parameter, "")
    if current == field:
        return SortLink(query_with(request, **{parameter: f"-{field}"}), "ascending")
    direction = "descending" if current == f"-{field}" else ""
    return SortLink(query_with(request, **{parameter: field}), direction)


@register.simple_tag
def page_numbers(page: Page) -> list[int | str]:
    """The numbers that lead through a long list, with an ellipsis where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


class ActiveFilter(NamedTuple):
    """A filter in force: its label, its value in words, and the address of the list without it."""

    label: str
    value: str
    query: str


@register.simple_tag
def active_filters(form: forms.Form, request: HttpRequest) -> list[ActiveFilter]:
    """The filters of a GET form that narrow the list now."""
    return [
        ActiveFilter(str(field.label), words, query_with(request, **dict.fromkeys(names_of(field))))
        for field in form.visible_fields()
        if (words := words_of(field))
    ]


def names_of(field: forms.BoundField) -> list[str]:
    """The names under which the field's value stands in the address; a range has several."""
    suffixes = getattr(field.field.widget, "widgets_names", [""])
    return [field.html_name + suffix for suffix in suffixes]
