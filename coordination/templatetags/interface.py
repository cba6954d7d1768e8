"""What components need beyond Django's own tags: languages, links, browsers, controls."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from django import forms, template
from django.conf import settings
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

register = template.Library()


# --- Languages ---


@register.simple_tag
def content_language() -> SafeString:
    """The attributes of an element that holds what people entered, in a page of another language.

    Nothing where the page speaks the same. Names keep their own direction of writing.
    """
    language = settings.CONTENT_LANGUAGE
    if get_language() == language:
        return mark_safe("")
    return format_html(' lang="{}" dir="auto"', language)


# --- Links, and the values of fields in words ---


class RowLinks(NamedTuple):
    """The addresses of one page for every row of a list: they differ in their last part alone."""

    before: str
    after: str

    def to(self, part: object) -> str:
        return f"{self.before}{quote(str(part))}{self.after}"


# Stands for the last part until it is known; it is a number, for some addresses take only those.
ANY_ROW = 10**17


@register.simple_tag
def row_links(page: str, *shared: object) -> RowLinks:
    """The addresses of ``page``, found once for a list: Django searches for each anew."""
    before, _part, after = reverse(page, args=[*shared, ANY_ROW]).partition(str(ANY_ROW))
    return RowLinks(before, after)


@register.filter
def link_to(links: RowLinks, part: object) -> str:
    """The address of one row's page: `activity_links|link_to:activity.code`."""
    return links.to(part)


@register.filter
def current_at(path: str, url: str) -> str:
    """What aria-current says of a link: "page" (here), "true" (the page lies below it) or ""."""
    if path == url:
        return "page"
    return "true" if path.startswith(url) else ""


# A field can be empty, so that None is a value.
AS_FILLED = object()


def words_of(field: forms.BoundField, value: Any = AS_FILLED) -> str:
    """The field's value, or another of its kind, as a person reads it; "" when there is none."""
    value = field.value() if value is AS_FILLED else value
    if isinstance(field.field, forms.BooleanField):
        return str(_("yes")) if field.field.to_python(value) else ""
    chosen = value if isinstance(value, list | tuple) else [value]
    wanted = [str(part) for part in chosen if part not in (None, "", False)]
    labels = dict(flat_choices(field)) if wanted else {}
    return ", ".join(labels.get(part, part) for part in wanted)


def flat_choices(field: forms.BoundField) -> Iterator[tuple[str, str]]:
    """Value and label of every choice of the field, groups opened."""
    for value, label in getattr(field.field, "choices", []):
        options = label if isinstance(label, list | tuple) else [(value, label)]
        yield from ((str(key), str(word)) for key, word in options)


# --- Browsers ---

# In this order: each calls itself by the names of those after it too.
BROWSERS = {
    "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox",
    "FxiOS": "Firefox", "Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari",
}  # fmt: skip
DEVICES = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
    "CrOS": "Chromebook", "Mac OS X": "Mac", "Linux": "Linux",
}  # fmt: skip


@register.filter
def browser_name(user_agent: str) -> str:
    """What a person calls the browser that names itself so: "Chrome, Android"."""
    names = [
        next((name for mark, name in known.items() if mark in user_agent), "")
        for known in (BROWSERS, DEVICES)
    ]
    return ", ".join(filter(None, names)) or gettext("Unknown browser")


# --- Files ---


@register.filter
def short_hash(sha256: str) -> str:
    """The first and last eight digits of a SHA-256, enough to compare by eye."""
    return f"{sha256[:8]}…{sha256[-8:]}"


# --- Forms ---


class ErrorLink(NamedTuple):
    """An error: the id of its control ("" for the form as a whole), its label, the message."""

    target: str
    label: str
    message: str


@register.simple_tag(takes_context=True)
def is_refused(context: template.Context) -> bool:
    """Whether the page's form has errors, or a formset beside it, whatever its name is."""
    named: dict[Any, Any] = context.flatten()
    sets = (each for each in named.values() if isinstance(each, forms.BaseFormSet))
    return bool(getattr(named.get("form"), "errors", None)) or any(
        each.total_error_count() for each in sets if each.is_bound
    )


@register.simple_tag
def error_links(form: forms.BaseForm | None, formset: forms.BaseFormSet | None) -> list[ErrorLink]:
    """Every error of a form, and of a formset beside it, in the order of the page."""
    links = list(errors_of(form)) if form else []
    if formset:
        links += [ErrorLink("", "", str(message)) for message in formset.non_form_errors()]
        for row in formset.forms:
            links += errors_of(row)
    return links


def errors_of(form: forms.BaseForm) -> Iterator[ErrorLink]:
    """The errors of one form: those of the whole first, then field by field."""
    for message in form.non_field_errors():
        yield ErrorLink("", "", str(message))
    for field in form:
        for message in field.errors:
            # A group of choices has no control of its own: lead to its first.
            target = field.id_for_label or f"{field.auto_id}_0"
            label = str(field.label).rstrip(" .:?")
            # A sentence that names the field needs no name before it.
            yield ErrorLink(target, "" if f"“{label}”" in message else label, str(message))


@register.simple_tag
def options(choices: Iterable[dict[str, Any]]) -> SafeString:
    """The options of a list, from their widgets' contexts; there may be hundreds on a page.

    Where nothing is chosen yet, a word instead of Django's row of dashes.
    """
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((each["value"], flatatt(each["attrs"]), word_of(each)) for each in choices),
    )


def word_of(choice: dict[str, Any]) -> str | Promise:
    is_dashes = choice["value"] == "" and choice["label"] == "---------"
    return gettext("Choose") if is_dashes else choice["label"]


CHECKS = ("checkbox", "radio")


@register.filter
def control_class(widget: dict[str, Any]) -> str:
    """The Bootstrap class of a control, from the widget's context; "" for parts of a control."""
    own = widget["attrs"].get("class", "")
    kind = widget.get("type", "")
    if widget.get("is_hidden") or ("wrap_label" in widget and kind == "select"):
        control = ""
    elif kind in CHECKS:
        control = "form-check-input"
    elif "optgroups" in widget:
        control = "form-select"
    else:
        control = "form-control"
    invalid = "is-invalid" if control and widget["attrs"].get("aria-invalid") == "true" else ""
    return " ".join(filter(None, [control, own, invalid]))
