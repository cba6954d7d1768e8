"""What of a model's text is searched, and the index that finds it fast on PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement

# How PostgreSQL knows the forms of words: by the language in which people write here.
CONFIGURATION = "english" if settings.CONTENT_LANGUAGE.startswith("en") else "simple"


class SearchText(SearchVector):
    """The words of some text fields, in the language in which people write.

    Which one that is stands in no migration: an index made before it was changed is not wrong, it
    is only not used.
    """

    def __init__(self, *fields: str, **extra: Any) -> None:
        super().__init__(*fields, config=CONFIGURATION, **extra)


class SearchIndex(GinIndex):
    """An index over a `SearchText`; on SQLite, where the search is a plain one, there is none."""

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        if schema_editor.connection.vendor != "postgresql":
            return Statement("SELECT 1")
        return super().create_sql(model, schema_editor, using=using, **kwargs)

    def remove_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: Any
    ) -> str:
        if schema_editor.connection.vendor != "postgresql":
            return "SELECT 1"
        return super().remove_sql(model, schema_editor, **kwargs)
