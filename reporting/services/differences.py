"""What a reviewer has to look at again: how one edition differs from the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from coordination.services.rounding import NONE
from reporting.models import AwardFinance

Contents = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """What changed, as it was, as it is."""

    what: str
    before: str
    after: str


def differences(before: Contents, after: Contents) -> list[Difference]:
    """Reports received, figures, money and texts that differ between two snapshots of a report."""
    return [
        *_completeness(before, after),
        *_figures(before, after),
        *_finances(before, after),
        *_texts(before, after),
    ]


def _completeness(before: Contents, after: Contents) -> Iterator[Difference]:
    words = [
        _("%(received)s of %(due)s") % contents["completeness"] for contents in (before, after)
    ]
    if words[0] != words[1]:
        yield Difference(_("Reports received"), *words)


def _figures(before: Contents, after: Contents) -> Iterator[Difference]:
    earlier = dict(_cells(before))
    for key, (name, text) in _cells(after):
        old = earlier.get(key, (name, "–"))[1]
        if old != text:
            yield Difference(name, old, text)


def _cells(contents: Contents) -> Iterator[tuple[tuple[str, int, str], tuple[str, str]]]:
    """Every figure of the performance data table: by indicator, version and column."""
    heads = [quarter["full"] for quarter in contents["year"]["quarters"]]
    for row in contents["tables"]["indicators"]:
        columns = {
            **dict(zip(heads, row["quarters"], strict=True)),
            _("year to date"): row["to_date"],
            _("year’s target"): row["target"],
        }
        for column, cell in columns.items():
            name = f"{row['code']} {row['name']}, {column}"
            yield (row["code"], row["version"], column), (name, cell["text"])


def _finances(before: Contents, after: Contents) -> Iterator[Difference]:
    earlier = dict(_amounts(before))
    for (award, name), text in _amounts(after):
        old = earlier.get((award, name), NONE)
        if old != text:
            yield Difference(f"{award}, {AwardFinance.Amount(name).label}", old, text)


def _amounts(contents: Contents) -> Iterator[tuple[tuple[str, str], str]]:
    """Every amount of every award, by the award and the amount's name."""
    for row in contents["tables"].get("award_finances", []):
        award = " ".join(filter(None, (row["title"], row["number"])))
        for name in AwardFinance.Amount.values:
            yield (award, name), row[name]["text"]


def _texts(before: Contents, after: Contents) -> Iterator[Difference]:
    earlier = _written(before)
    for code, (title, text) in _written(after).items():
        old = earlier.get(code, (title, ""))[1]
        if old != text:
            yield Difference(title, _length(old), _length(text))


def _written(contents: Contents) -> dict[str, tuple[str, str]]:
    return {
        part["code"]: (f"{chapter['number']} {part['title']}", part["text"])
        for chapter in contents["chapters"]
        for part in chapter["parts"]
        if part["kind"] == "text"
    }


def _length(text: str) -> str:
    """A text by its size: what changed in it is read in the report itself."""
    return _("text of %(words)s words") % {"words": len(text.split())} if text else "–"
