"""What a value has to satisfy before it is submitted: R6, R7, R8; each fault in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.models import GoalMeasure, written
from workplans.models import Category, Disaggregation, IndicatorVersion, Result

from .deviations import Due, actual_by_now, needs_narrative
from .rounding import display


class Part(NamedTuple):
    """The value of one category; a quotient's in two numbers. None is a missing value."""

    numerator: Decimal | None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Entry:
    """What one reporter says of one stream and period."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    cells: Mapping[Category, Part] = field(default_factory=dict)
    deviation: str = ""
    note: str = ""

    @property
    def filled_cells(self) -> dict[Category, Part]:
        return {category: part for category, part in self.cells.items() if any_number(part)}

    def tidied(self) -> Entry:
        return replace(self, deviation=tidy(self.deviation), note=tidy(self.note))

    @property
    def is_empty(self) -> bool:
        texts = self.deviation or self.note
        return not (texts or self.filled_cells or any_number((self.numerator, self.denominator)))


def tidy(text: str) -> str:
    """The text without blanks at its ends, its lines ended as everywhere here."""
    return text.replace("\r\n", "\n").strip()


def any_number(numbers: tuple[Decimal | None, Decimal | None]) -> bool:
    return any(number is not None for number in numbers)


def entry_of(result: Result) -> Entry:
    """What the result holds; its cells are best prefetched with their categories."""
    return Entry(
        numerator=result.numerator,
        denominator=result.denominator,
        cells={
            cell.category: Part(cell.numerator, cell.denominator) for cell in result.cells.all()
        },
        deviation=result.deviation,
        note=result.note,
    )


NEVER_NEGATIVE = {IndicatorVersion.DataType.NUMBER, IndicatorVersion.DataType.PERCENTAGE}


@dataclass(frozen=True)
class Fault:
    """What is wrong, at which field; ``category`` where it is a part's."""

    field: str
    message: str | Promise
    category: Category | None = None

    def __str__(self) -> str:
        return f"{self.category.name}: {self.message}" if self.category else str(self.message)


def faults_of(
    version: IndicatorVersion, entry: Entry, *, due: Due | None, last: Result | None
) -> list[Fault]:
    """Everything that keeps the entry from being submitted; nothing for an empty one.

    ``due`` is what the stream should have reached, ``last`` its last counted value before.
    """
    if entry.numerator is None:
        return list(_left_behind(version, entry))
    return [
        *number_faults_of(version, entry),
        *sum_faults_of(version, entry),
        *_explanations(version, entry, due, last),
    ]


def faults_while_typing(
    version: IndicatorVersion, entry: Entry, *, due: Due | None, last: Result | None
) -> list[Fault]:
    """What can be said of an entry that is not finished: all but its sums and a missing total."""
    if entry.numerator is None:
        return []
    return [*number_faults_of(version, entry), *_explanations(version, entry, due, last)]


def _left_behind(version: IndicatorVersion, entry: Entry) -> Iterator[Fault]:
    """A value is missing, but its parts are there: someone forgot it."""
    if entry.filled_cells or entry.denominator is not None:
        yield Fault(
            "numerator",
            _("Enter the numerator.") if version.is_quotient else _("Enter the total."),
        )


def number_faults_of(version: IndicatorVersion, entry: Entry) -> Iterator[Fault]:
    """What the numbers that are there cannot be, each for itself (R7)."""
    total = Part(entry.numerator, entry.denominator)
    if any_number(total):
        for name, message in _faults_of_part(version, total):
            yield Fault(name, message)
    for category, part in entry.filled_cells.items():
        for name, message in _faults_of_part(version, part):
            yield Fault(name, message, category)


def _faults_of_part(version: IndicatorVersion, part: Part) -> Iterator[tuple[str, str | Promise]]:
    if part.numerator is None:
        yield "numerator", _("Enter the numerator.")
        return
    for message in _faults_of_kind(version, part.numerator):
        yield "numerator", message
    if not version.is_quotient:
        return
    if part.denominator is None:
        yield "denominator", _("Enter the denominator.")
    elif part.denominator < 0:
        yield "denominator", _("This cannot be less than 0.")
    elif part.denominator == 0 and part.numerator != 0:
        yield "denominator", _("The denominator is above 0 where the numerator is.")
    elif version.is_proportion and part.numerator > part.denominator:
        yield (
            "numerator",
            _("The numerator (%(part)s) is more than the denominator (%(all)s).")
            % {
                "part": written(part.numerator),
                "all": written(part.denominator),
            },
        )


def _faults_of_kind(version: IndicatorVersion, number: Decimal) -> Iterator[str | Promise]:
    """What the indicator's data type does not allow; of the others, less than 0 is explained."""
    kinds = IndicatorVersion.DataType
    if version.data_type == kinds.NUMBER and number != number.to_integral_value():
        yield _("This is counted in whole numbers.")
    if version.data_type in NEVER_NEGATIVE and number < 0:
        yield _("This cannot be less than 0.")
    if version.data_type == kinds.MILESTONE and number not in {0, 1}:
        yield _("Enter 1 for yes or 0 for no.")


def sum_faults_of(version: IndicatorVersion, entry: Entry) -> Iterator[Fault]:
    """R6: the cells of each breakdown add up to the total; a breakdown may be left out whole.

    It is said at the total: which of the two is wrong, the reporter alone knows.
    """
    breakdowns: dict[Disaggregation, list[Part]] = {}
    for category, part in entry.filled_cells.items():
        breakdowns.setdefault(category.disaggregation, []).append(part)
    totals = [("numerator", _("the total"), entry.numerator, 0)]
    if version.is_quotient:
        totals = [
            ("numerator", _("the numerator"), entry.numerator, 0),
            ("denominator", _("the denominator"), entry.denominator, 1),
        ]
    for disaggregation, parts in breakdowns.items():
        for field_name, name, total, place in totals:
            if total is None:
                continue
            difference = sum((part[place] or Decimal(0) for part in parts), Decimal(0)) - total
            if difference:
                yield Fault(field_name, _difference(disaggregation, name, difference))


def _difference(disaggregation: Disaggregation, name: object, difference: Decimal) -> str:
    sentence = (
        _("%(breakdown)s: the parts are %(difference)s more than %(total)s.")
        if difference > 0
        else _("%(breakdown)s: the parts are %(difference)s less than %(total)s.")
    )
    return sentence % {
        "breakdown": disaggregation.name,
        "difference": written(abs(difference)),
        "total": name,
    }


def _explanations(
    version: IndicatorVersion, entry: Entry, due: Due | None, last: Result | None
) -> Iterator[Fault]:
    numerator = entry.numerator or Decimal(0)
    if (
        not entry.deviation
        and due is not None
        and needs_narrative(version, due, numerator, entry.denominator)
    ):
        yield Fault("deviation", _deviation(version, entry, due))
    if not entry.note and numerator < 0 and version.data_type not in NEVER_NEGATIVE:
        yield Fault("note", _("Say why this is less than 0."))
    if not entry.note and last is not None and stock_fell(version, entry, last):
        yield Fault(
            "note",
            _("Say why this is lower than the last value, %(last)s.")
            % {"last": written(last.numerator or Decimal(0))},
        )


def _deviation(version: IndicatorVersion, entry: Entry, due: Due) -> str:
    """What is asked for, with the numbers that were compared: those of the year and of the way."""
    is_a_way = version.counts_from_baseline and due.baseline is not None
    reached = actual_by_now(version, due, entry.numerator or Decimal(0), entry.denominator)
    if is_a_way:
        sentence = _(
            "Say why this is %(tolerance)s%% or more off the way from the baseline, %(baseline)s, "
            "to the %(due)s due by now."
        )
    elif due.earlier_numerator:
        sentence = _(
            "Say why the year so far, %(reached)s, is %(tolerance)s%% or more away from the "
            "%(due)s due by now."
        )
    else:
        sentence = _("Say why this is %(tolerance)s%% or more away from the %(due)s due by now.")
    return sentence % {
        "tolerance": version.tolerance,
        "baseline": display(due.baseline, version),
        "reached": display(reached, version),
        "due": display(due.value, version),
    }


def stock_fell(version: IndicatorVersion, entry: Entry, last: Result) -> bool:
    """Whether a stock that should not fall is lower than it was."""
    return (
        version.over_periods == IndicatorVersion.OverPeriods.LATEST
        and not version.is_quotient
        and version.direction != GoalMeasure.Direction.DECREASE
        and entry.numerator is not None
        and last.numerator is not None
        and entry.numerator < last.numerator
    )
