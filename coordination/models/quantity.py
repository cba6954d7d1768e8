"""Exact quantities: decimals that SQLite and PostgreSQL add up to the same last digit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

PLACES = 4
UNIT = Decimal(1).scaleb(-PLACES)
LIMIT = Decimal(10) ** 12

# "1,234.5" as people type it, or "1 234.5" as some spreadsheets do. Decimal() would also take
# "1_000", "1e5", "NaN" and the digits of every other script for numbers; float() loses digits.
GROUP = "[,\u00a0\u202f ]"
WRITTEN = re.compile(rf"-?(?:[0-9]+|[0-9]{{1,3}}(?:{GROUP}[0-9]{{3}})+)(?:\.([0-9]+))?")


def parse_quantity(text: str) -> Decimal:
    """The quantity that a person wrote; raises ValidationError with a sentence for the field."""
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValidationError(_("Enter a number, such as 1250 or 1,250.5."), code="invalid")
    if len((found[1] or "").rstrip("0")) > PLACES:
        raise ValidationError(_("Enter a number with at most four decimals."), code="invalid")
    quantity = Decimal(re.sub(GROUP, "", found[0]))
    if abs(quantity) >= LIMIT:
        raise ValidationError(_("This number is too large."), code="too_large")
    return quantity + 0  # there is no "-0"


def written(quantity: Decimal) -> str:
    """The quantity as a person writes it, to its last digit: "1,250.5". Not for display (R1)."""
    return f"{quantity.normalize():,f}"


class QuantityField(models.BigIntegerField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A decimal of up to four places, kept as a whole number of ten-thousandths.

    SQLite keeps a DecimalField as a float and loses digits in sums; a whole number stays exact on
    both databases, and ``Sum`` over this field gives an exact ``Decimal``.
    """

    description = _("Exact decimal quantity")

    # What mypy's plugin reads: not the int of the parent.
    _pyi_private_set_type: Decimal | int | str | Combinable  # type: ignore[assignment]  # as said above
    _pyi_private_get_type: Decimal  # type: ignore[assignment]  # as said above

    def from_db_value(self, value: Any, *_args: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-PLACES)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError as error:
            raise ValidationError(_("Enter a number."), code="invalid") from error

    def get_prep_value(self, value: Any) -> int | None:
        if hasattr(value, "resolve_expression"):
            return value  # type: ignore[no-any-return]  # an expression passes as it is
        quantity = self.to_python(value)
        if quantity is None:
            return None
        scaled = quantity.scaleb(PLACES)
        if not quantity.is_finite() or scaled != scaled.to_integral_value():
            raise ValidationError(_("Enter a number with at most four decimals."), code="invalid")
        return int(scaled)

    def get_db_prep_value(
        self,
        value: Any,
        connection: Any,
        prepared: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        return value if prepared else self.get_prep_value(value)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super(models.BigIntegerField, self).validate(value, model_instance)
        if value is None:
            return
        if not value.is_finite() or value != value.quantize(UNIT):
            raise ValidationError(_("Enter a number with at most four decimals."), code="invalid")
        if abs(value) >= LIMIT:
            raise ValidationError(_("This number is too large."), code="too_large")

    @property
    def validators(self) -> list[Any]:
        # BigIntegerField would compare the decimal with the range of the stored whole number.
        return list(self._validators)  # type: ignore[attr-defined]  # the stubs leave it out

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super(models.IntegerField, self).formfield(
            **{"form_class": forms.DecimalField, "decimal_places": PLACES, **kwargs}
        )
