"""Where a person's names and addresses stand in what people wrote, and taking them out of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, TypeAlias

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

# Frozen with its SHA-256: no name is compiled into it, but somebody may have typed one (R19, R22).
FROZEN = "snapshot"
# Django's own: what they hold of a person goes as a whole, or is about nobody.
NO_TEXTS = {"account", "auth", "contenttypes", "mfa", "sessions", "socialaccount", "usersessions"}
# Leads somewhere, or is compared with something: no words.
NO_WORDS = {"path", "key", "verb", "table", "media_type", "country_code", "time_zone", "password",
            "sha256", "small_sha256", "snapshot_sha256", "token_hash", "claim_token"}  # fmt: skip

Column: TypeAlias = "models.CharField[Any, Any] | models.TextField[Any, Any] | models.JSONField"
Found: TypeAlias = "tuple[type[models.Model], Column, int, Any]"


def count_mentions(words: Collection[str]) -> Counter[str]:
    """In how many texts each of the words stands."""
    counted: Counter[str] = Counter()
    patterns = {word: pattern_of([word]) for word in words}
    for _model, _column, _pk, value in _texts_with(words):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        counted.update(word for word, pattern in patterns.items() if pattern.search(text))
    return counted


def count_frozen(words: Collection[str]) -> int:
    """In how many frozen snapshots one of the words stands."""
    pattern = pattern_of(words)
    return sum(bool(pattern.search(value)) for *_row, value in _texts_with(words, frozen=True))


def replace_mentions(words: Collection[str], name: str) -> int:
    """Put the name in the place of each of the words, in every text; return in how many.

    Goes through all models there are, so that none is forgotten. Fields for an e-mail address are
    emptied. What is frozen stays.
    """
    pattern, replaced = pattern_of(words), 0
    for model, column, pk, value in list(_texts_with(words)):
        instead = "" if isinstance(column, models.EmailField) else name
        after = _replaced(value, partial(pattern.sub, instead))
        if after == value:
            continue
        if isinstance(after, str):
            after = after[: column.max_length]
        models.QuerySet(model).filter(pk=pk).update(**{column.name: after})
        replaced += 1
    return replaced


def pattern_of(words: Collection[str]) -> re.Pattern[str]:
    """What finds the words written in full, in small letters or capitals, the longest first."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(_in_full, longest_first)) or r"(?!)", re.IGNORECASE)


def _in_full(word: str) -> str:
    """No part of a longer name or address."""
    if "@" in word:
        return rf"(?<![\w.+-]){re.escape(word)}(?!\.?[\w-])"
    return rf"(?<!\w){re.escape(word)}(?!\w)"


def _texts_with(words: Collection[str], *, frozen: bool = False) -> Iterator[Found]:
    """Each text in which one of the words may stand."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in NO_TEXTS or not model._meta.managed:
            continue
        columns = {column.name: column for column in _columns(model, frozen=frozen)}
        if not columns:
            continue
        texts = {_as_text(name): Cast(name, models.TextField()) for name in columns}
        rows = models.QuerySet(model).alias(**texts)
        found = rows.filter(_says(words, columns)).order_by("pk")
        for pk, *values in found.values_list("pk", *columns):
            for column, value in zip(columns.values(), values, strict=True):
                yield model, column, pk, value


def _columns(model: type[models.Model], *, frozen: bool) -> list[Column]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
    ]
    if frozen:
        return [field for field in fields if field.name == FROZEN]
    return [
        field
        for field in fields
        if field.name not in {FROZEN, *NO_WORDS}
        and not (field.choices or field.unique or isinstance(field, models.SlugField))
    ]


def _as_text(name: str) -> str:
    return f"{name}_as_text"


def _says(words: Collection[str], names: Collection[str]) -> Q:
    """Whether one of the words stands in one of the columns of the row.

    SQLite keeps what is no ASCII of a JSON field as an escape.
    """
    condition = Q(pk__in=[])
    for word in words:
        for written in {word, json.dumps(word)[1:-1]}:
            for name in names:
                condition |= Q(**{f"{_as_text(name)}__icontains": written})
    return condition


def _replaced(value: Any, replace: Callable[[str], str]) -> Any:
    """The text, or what a JSON field holds, with each text in it replaced."""
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, list):
        return [_replaced(each, replace) for each in value]
    if isinstance(value, dict):
        return {key: _replaced(each, replace) for key, each in value.items()}
    return value
