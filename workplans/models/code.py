"""Codes of plan lines and indicators, and slugs of plans, which are part of their addresses."""

from __future__ import annotations

import re
from functools import lru_cache

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

REMEMBERED = 8192  # a plan has up to two thousand, and they are put in order with each page of it

# The figure keeps a code apart from words in addresses, such as ".../indicators/new/".
validate_code = RegexValidator(
    r"\A(?=.*[0-9])[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\Z",
    _(
        "A code has letters, figures, and single full stops or hyphens between them; "
        "at least one figure."
    ),
)


# A plan stands beside the page ".../plans/new/", in whatever case it is typed.
validate_plan_slug = RegexValidator(
    r"\A(?i:new)\Z", _("This word is an address of the portal’s own."), inverse_match=True
)


@lru_cache(REMEMBERED)
def code_order(code: str) -> tuple[str | int, ...]:
    """The key that sorts codes as people count: 1.2 before 1.10."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", code))
