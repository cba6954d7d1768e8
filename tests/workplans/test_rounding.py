"""How figures are written: R1, R4, R7."""

from decimal import Decimal

import pytest
from django.utils import translation

from coordination.models import Money
from coordination.services.rounding import display_percent, display_quantity
from workplans.models import IndicatorVersion
from workplans.services.rounding import display, display_change, display_money, rounded

pytestmark = pytest.mark.one_database


def version(data_type="number"):
    return IndicatorVersion(data_type=data_type)


@pytest.mark.parametrize(
    ("data_type", "value", "shown"),
    [
        ("percentage", "43.75", "43.8"),
        ("percentage", "12.65", "12.7"),  # half up; never 12
        ("percentage", "12.64999", "12.6"),
        ("percentage", "-0.04", "0.0"),  # no negative zero
        ("percentage", "-2.25", "-2.3"),  # halves away from zero
        ("percentage", "100", "100.0"),
        ("score", "2.675", "2.68"),  # a float would make it 2.67
        ("score", "3", "3.00"),
        ("ratio", "0.33333333", "0.33"),
        ("average", "1.005", "1.01"),
        ("number", "1234567", "1,234,567"),
        ("number", "0", "0"),
        ("number", "12.66666666", "12.67"),  # a mean of whole numbers
        ("decimal", "12.7", "12.7"),
        ("decimal", "0.1250", "0.125"),
        ("decimal", "0.0001", "0.0001"),
        ("milestone", "1", "Yes"),
        ("milestone", "0", "No"),
        ("milestone", "3", "3"),  # three places reached it
    ],
)
def test_a_figure_is_rounded_half_up_as_its_kind_demands(data_type, value, shown):
    assert display(Decimal(value), version(data_type)) == shown


def test_no_figure_is_a_dash():
    assert display(None, version()) == "–"
    assert display_percent(None) == "–"
    assert display_change(None, version()) == "–"
    assert display_quantity(None) == "–"


def test_the_rounded_number_of_a_workbook_is_the_one_on_the_page():
    assert rounded(Decimal("43.75"), version("percentage")) == Decimal("43.8")
    assert str(rounded(Decimal(1200), version())) == "1200"


def test_rounded_parts_may_not_sum():
    # 33.333… three times is 100, but 3 × 33.3 = 99.9: only what is shown is rounded.
    third = Decimal(100) / 3
    assert display_percent(third) == "33.3%"
    assert display_percent(third * 3) == "100.0%"


def test_a_change_between_percentages_is_in_percentage_points():
    assert display_change(Decimal("-2.25"), version("percentage")) == "-2.3 percentage points"
    assert display_change(Decimal(12), version()) == "+12"
    assert display_change(Decimal(0), version()) == "0"


def test_quantities_are_written_as_they_were_reported():
    assert display_quantity(Decimal("12345.5000")) == "12,345.5"


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(125000, "KES", "KES 1,250"), (125050, "KES", "KES 1,250.50"), (5, "USD", "USD 0.05")],
)
def test_money_keeps_its_minor_unit_and_whole_amounts_drop_it(minor, currency, shown):
    assert display_money(Money(minor, currency)) == shown


def test_money_and_counts_on_one_page_are_marked_alike_in_every_language():
    for language in ("en", "de", "fr", "hi", "ar"):
        with translation.override(language):
            assert str(Money(1_234_567_00, "KES")) == f"KES {display_quantity(Decimal(1_234_567))}"
            assert str(Money(1_234_567_05, "KES")) == (
                f"KES {display_quantity(Decimal('1234567.05'))}"
            )
    with translation.override("de"):
        assert str(Money(1_234_567_05, "KES")) == "KES 1.234.567,05"
        assert str(Money(1_250_50, "KES")) == "KES 1.250,50"
