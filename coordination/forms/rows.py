"""Rows that two people write at once (R27)."""

from __future__ import annotations

from django import forms

from coordination.forms.conflicts import RemembersItsBeginning
from coordination.templatetags.interface import words_of


class RemembersItsRows(forms.BaseFormSet):
    """Rows of which each remembers its beginning: as a whole they are one's own or another's."""

    def was_touched(self) -> bool:
        """Whether the writer has changed, added or taken away a row."""
        return any(row.has_changed() for row in self.forms)

    def beginning(self) -> str:
        """What stood in the rows when they were opened, as a person reads it."""
        rows = (
            [words_of(field, row.began_with(field)) for field in row.visible_fields()]
            for row in self.forms
            if isinstance(row, RemembersItsBeginning)
        )
        return "; ".join(filter(None, (", ".join(filter(None, row)) for row in rows)))
