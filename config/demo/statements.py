"""What the founding documents say of a mechanism in lists, with its marks of origin."""

from __future__ import annotations

from typing import Any

from coordination.models import Mechanism, Origin, Statement


def load_statements(mechanism: Mechanism, lists: dict[str, list[Any]]) -> None:
    """Each list by its kind, numbered as it stands; a plain text is stated in the document."""
    for kind, rows in lists.items():
        for number, row in enumerate(rows, start=1):
            content = row if isinstance(row, dict) else {"text": row}
            statement = Statement(
                mechanism=mechanism,
                kind=kind,
                number=number,
                **{"origin": Origin.DOCUMENT, **content},
            )
            statement.full_clean()
            statement.save()
