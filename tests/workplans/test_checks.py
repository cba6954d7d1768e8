"""R6, R7 and R8: what keeps a value from being submitted, each fault in a sentence."""

from decimal import Decimal

import pytest

from tests.factories.workplans import ResultFactory
from workplans.services.checks import Entry, Part, faults_of
from workplans.services.deviations import Due

D = Decimal


def said(version, entry, *, due=None, last=None):
    return [(fault.field, str(fault)) for fault in faults_of(version, entry, due=due, last=last)]


def test_an_empty_entry_is_missing_and_not_at_fault(version_of):
    assert said(version_of(), Entry(note="The survey is in May.")) == []


def test_a_zero_is_a_value(version_of):
    assert said(version_of(), Entry(D(0))) == []


def test_parts_without_a_total_are_a_forgotten_total(version_of, sex, parts):
    version = version_of(disaggregations=[sex])

    assert said(version, Entry(cells=parts(female=3))) == [("numerator", "Enter the total.")]


def test_a_denominator_without_a_numerator_is_a_forgotten_numerator(version_of):
    entry = Entry(denominator=D(10))

    assert said(version_of(percentage=True), entry) == [("numerator", "Enter the numerator.")]


def test_parts_that_add_up_pass(version_of, sex, parts):
    version = version_of(disaggregations=[sex])

    assert said(version, Entry(D(100), cells=parts(female=60, male=35, not_stated=5))) == []


def test_a_breakdown_may_be_left_out_whole(version_of, sex):
    assert said(version_of(disaggregations=[sex]), Entry(D(100))) == []


@pytest.mark.parametrize(
    ("female", "male", "sentence"),
    [
        (60, 30, "Sex: the parts are 10 less than the total."),
        (1060, 1040, "Sex: the parts are 2,000 more than the total."),
    ],
)
def test_parts_that_do_not_add_up_name_the_difference(
    version_of, sex, parts, female, male, sentence
):
    version = version_of(disaggregations=[sex])

    faults = said(version, Entry(D(100), cells=parts(female=female, male=male)))

    assert faults == [("numerator", sentence)]


def test_both_numbers_of_a_quotient_add_up(version_of, sex, parts):
    version = version_of(percentage=True, disaggregations=[sex])
    entry = Entry(D(50), D(100), parts(female=(30, 50), male=(20, 49)))

    sentence = "Sex: the parts are 1 less than the denominator."
    assert said(version, entry) == [("denominator", sentence)]


def test_exact_decimals_add_up(version_of, sex, parts):
    version = version_of(data_type="decimal", disaggregations=[sex])
    entry = Entry(D("0.3"), cells=parts(female=D("0.1"), male=D("0.2")))

    assert said(version, entry) == []


def test_a_part_of_a_proportion_is_not_more_than_its_whole(version_of):
    assert said(version_of(percentage=True), Entry(D(11), D(10))) == [
        ("numerator", "The numerator (11) is more than the denominator (10).")
    ]


def test_a_ratio_may_be_more_than_one(version_of):
    version = version_of(data_type="ratio")

    assert said(version, Entry(D(11), D(10))) == []


def test_a_denominator_of_zero_is_taken_where_nothing_stands_above_it(version_of):
    version = version_of(data_type="ratio")

    assert said(version, Entry(D(0), D(0))) == []
    assert said(version, Entry(D(20), D(0))) == [
        ("denominator", "The denominator is above 0 where the numerator is.")
    ]


@pytest.mark.parametrize(
    ("kind", "entry", "fault"),
    [
        ("number", Entry(D("1.5")), ("numerator", "This is counted in whole numbers.")),
        ("number", Entry(D(-1)), ("numerator", "This cannot be less than 0.")),
        ("milestone", Entry(D(2)), ("numerator", "Enter 1 for yes or 0 for no.")),
        ("average", Entry(D(5)), ("denominator", "Enter the denominator.")),
        ("average", Entry(D(5), D(-1)), ("denominator", "This cannot be less than 0.")),
    ],
)
def test_each_kind_of_value_has_its_limits(version_of, kind, entry, fault):
    assert said(version_of(data_type=kind), entry) == [fault]


def test_decimals_may_be_negative_and_say_why(version_of):
    version = version_of(data_type="decimal")

    assert said(version, Entry(D("-2.5"))) == [("note", "Say why this is less than 0.")]
    assert said(version, Entry(D("-2.5"), note="More was lost than won.")) == []


def test_a_fault_in_a_part_names_the_part(version_of, sex, parts):
    version = version_of(disaggregations=[sex])
    entry = Entry(D(1), cells=parts(female=2, male=-1))

    assert said(version, entry) == [("numerator", "Male: This cannot be less than 0.")]


@pytest.mark.parametrize(("value", "is_due"), [(90, True), (91, False), (109, False), (110, True)])
def test_a_deviation_of_the_tolerance_or_more_needs_a_narrative(version_of, value, is_due):
    due = Due(value=D(100), target=D(400))

    faults = said(version_of(), Entry(D(value)), due=due)

    sentence = "Say why this is 10% or more away from the 100 due by now."
    assert faults == ([("deviation", sentence)] if is_due else [])


def test_a_deviation_names_the_year_so_far(version_of):
    """298 before and 305 now are 603 of 700: 13.9 % less."""
    due = Due(value=D(700), target=D(1400), earlier_numerator=D(298))

    assert said(version_of(), Entry(D(305)), due=due) == [
        ("deviation", "Say why the year so far, 603, is 10% or more away from the 700 due by now.")
    ]


def test_a_deviation_names_the_way_from_the_baseline(version_of):
    """From 72 to 81 are 9; 80 is 1 short of it: 11.1 %, though 80 is nearly 81."""
    version = version_of(stock=True, counts_from_baseline=True)
    due = Due(value=D(81), target=D(90), baseline=D(72))

    assert said(version, Entry(D(80)), due=due) == [
        (
            "deviation",
            "Say why this is 10% or more off the way from the baseline, 72, to the 81 due by now.",
        )
    ]


def test_an_explained_deviation_passes(version_of):
    due = Due(value=D(100), target=D(400))

    assert said(version_of(), Entry(D(10), deviation="Locusts."), due=due) == []


def test_without_a_target_nothing_deviates(version_of):
    assert said(version_of(), Entry(D(10)), due=None) == []


def test_a_stock_that_fell_needs_a_reason(version_of):
    version, last = version_of(stock=True), ResultFactory.build(numerator=D(1200))

    assert said(version, Entry(D(1199)), last=last) == [
        ("note", "Say why this is lower than the last value, 1,200.")
    ]
    assert said(version, Entry(D(1199), note="One group closed."), last=last) == []
    assert said(version, Entry(D(1200)), last=last) == []


@pytest.mark.parametrize("rules", [{}, {"stock": True, "direction": "decrease"}])
def test_what_may_fall_needs_no_reason(version_of, rules):
    last = ResultFactory.build(numerator=D(1200))

    assert said(version_of(**rules), Entry(D(5)), last=last) == []


def test_every_fault_is_said_at_once(version_of, sex, parts):
    version = version_of(percentage=True, disaggregations=[sex])
    entry = Entry(D(11), D(10), parts(female=(1, 2)))

    assert [field for field, _sentence in said(version, entry)] == [
        "numerator",
        "numerator",
        "denominator",
    ]


def test_a_part_keeps_zero_apart_from_missing(parts):
    entry = Entry(D(0), cells={**parts(female=0), **{k: Part(None) for k in parts(male=1)}})

    assert [(key.key, part) for key, part in entry.filled_cells.items()] == [("female", Part(D(0)))]
