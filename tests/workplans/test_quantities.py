"""Numbers as people type them: taken for what they are, or refused; never for another one."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from pytest_django.asserts import assertHTMLEqual

from coordination.models import parse_quantity, written
from workplans.forms.quantities import CellInput, CellText, WrittenQuantityField


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("1250", "1250"),
        ("1,234.5", "1234.5"),
        ("1 234.5", "1234.5"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("-12.0001", "-12.0001"),
        ("007", "7"),
        ("1.50000", "1.5"),
        (" 7 ", "7"),
    ],
)
def test_a_number_is_read_as_it_was_written(typed, number):
    assert parse_quantity(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    [
        "1_000",
        "1e5",
        "1E5",
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "１２",
        "١٢",
        "12,34",
        "1,2345",
        ",5",
        ".5",
        "5.",
        "+5",
        "--5",
        "1.2.3",
        "0x10",
        "=1+1",
        "12 %",
        "1/2",
        "twelve",
        "1\n2",
        "½",
        "1,234,56",
    ],
)
def test_what_is_no_number_is_refused_in_a_sentence(typed):
    with pytest.raises(ValidationError) as refused:
        parse_quantity(typed)
    assert refused.value.messages == ["Enter a number, such as 1250 or 1,250.5."]


@pytest.mark.parametrize("typed", ["1.23456", "0.00001"])
def test_a_fifth_decimal_is_refused_and_not_rounded(typed):
    with pytest.raises(ValidationError, match="at most four decimals"):
        parse_quantity(typed)


@pytest.mark.parametrize("typed", ["1000000000000", "-1000000000000", "9" * 100_000])
def test_a_number_beyond_reason_is_refused(typed):
    with pytest.raises(ValidationError, match="too large"):
        parse_quantity(typed)


def test_the_field_keeps_nothing_apart_from_zero():
    field = WrittenQuantityField(required=False)

    assert (field.clean(""), field.clean("  "), field.clean("0")) == (None, None, Decimal(0))


def test_the_field_refuses_what_is_too_long_to_be_a_number():
    with pytest.raises(ValidationError, match="too large"):
        WrittenQuantityField(required=False).clean("0" * 50 + "5")


@pytest.mark.parametrize(
    ("number", "text"), [("1250.5000", "1,250.5"), ("0", "0"), ("100", "100"), ("-3.25", "-3.25")]
)
def test_a_quantity_is_written_to_its_last_digit(number, text):
    assert written(Decimal(number)) == text


@pytest.mark.parametrize("typed", ["", "0", "1,250.5", '"><script>'])
@pytest.mark.parametrize(
    ("cell", "control"), [(CellInput, forms.TextInput), (CellText, forms.Textarea)]
)
def test_a_cell_is_drawn_as_every_other_control_is(cell, control, typed):
    """Without a template, for speed; and yet the same."""

    def drawn(widget):
        class Form(forms.Form):
            field = forms.CharField(
                max_length=3, widget=widget(attrs={"aria-label": "A & B", "data-total": "a b"})
            )

        return str(Form({"field": typed})["field"])

    assertHTMLEqual(drawn(cell), drawn(control))
