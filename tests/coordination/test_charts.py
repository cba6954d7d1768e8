"""The geometry of charts, worked by hand."""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from coordination.templatetags import charts
from coordination.templatetags.charts import (
    PLOT_FOOT,
    PLOT_TOP,
    TONES,
    WASHES,
    Bar,
    Digits,
    Dot,
    Drawing,
    Line,
    Part,
    Quarter,
    Rect,
    bar_drawing,
    bullet_drawing,
    label_height,
    labelled_columns,
    quarter_in_words,
    quarters_drawing,
    share,
    sparkline_drawing,
    status_drawing,
    top_of,
)

pytestmark = pytest.mark.one_database


def shapes_of(kind, drawing):
    return [shape for shape in drawing.shapes if isinstance(shape, kind)]


def drawn(source, **context):
    return Template("{% load charts %}" + source).render(Context(context))


def test_a_share_never_leaves_the_scale():
    assert [share(value, 200) for value in (Decimal(50), 200, 300, -5, None)] == [
        25,
        100,
        100,
        0,
        0,
    ]


def test_a_scale_of_nothing_or_of_zeros_ends_at_one():
    assert (top_of([None, None]), top_of([0, 0]), top_of([None, 7, 3])) == (1, 1, 7)


def test_a_bullet_stands_on_one_scale_with_its_target_and_what_is_due():
    drawing = bullet_drawing("Farmers", "", actual=12_000, target=30_000, due=15_000)
    track, bar = shapes_of(Rect, drawing)
    due, target = shapes_of(Line, drawing)
    assert (track.width, bar.width, due.x1, target.x1) == (100, 40, 50, 100)


def test_a_bullet_above_its_target_keeps_the_target_in_sight():
    drawing = bullet_drawing("Farmers", "", actual=40, target=30)
    assert shapes_of(Rect, drawing)[1].width == 100
    assert shapes_of(Line, drawing)[0].x1 == 75


def test_what_is_only_reported_is_hatched_beyond_what_is_verified():
    drawing = bullet_drawing("Farmers", "", actual=10, target=40, reported=15)
    hatched = [rect for rect in shapes_of(Rect, drawing) if rect.hatched]
    assert [(rect.x, rect.width) for rect in hatched] == [(25, 12.5)]


def test_a_missing_actual_has_no_bar_and_says_why():
    drawing = bullet_drawing("Farmers", "", actual=None, target=40)
    assert len(shapes_of(Rect, drawing)) == 1
    html = drawn('{% bullet "Farmers" actual=None absence="missing" target=40 target_text="40" %}')
    assert "<desc>Verified: – missing; Target: 40</desc>" in html


def test_quarters_leave_a_gap_where_nothing_came_in_and_show_a_true_zero():
    strip = [Quarter("Q1", 5, "5"), Quarter("Q2", absence="missing"), Quarter("Q3", 0, "0")]
    drawing = quarters_drawing("Farmers", strip)
    heights = [rect.height for rect in shapes_of(Rect, drawing)]
    figures = [digits.text for digits in shapes_of(Digits, drawing)]
    assert heights == [PLOT_FOOT - PLOT_TOP, 0]
    assert figures == ["5", "–", "0"]
    assert drawing.desc == "Q1: 5; Q2: – missing; Q3: 0"


def test_quarters_say_target_and_provisional_in_words():
    quarter = Quarter("Q1", 5, "5", target=8, target_text="8", provisional=True)
    assert quarter_in_words(quarter) == "Q1: 5 provisional (target 8)"


def test_the_target_of_a_quarter_crosses_its_place_only():
    strip = [Quarter("Q1", 5, "5", target=10), Quarter("Q2", 10, "10")]
    _axis, aim = shapes_of(Line, quarters_drawing("Farmers", strip))
    assert (aim.x1, aim.x2, aim.y1) == (0, 50, PLOT_TOP)


def test_a_figure_moves_above_a_target_line_that_would_cross_it():
    assert label_height(100, None) == 96
    assert label_height(100, 90) == 86
    assert label_height(100, 40) == 96


def test_all_figures_are_written_where_all_fit():
    strip = [Quarter(f"Q{number}", number, str(number)) for number in range(6)]
    assert labelled_columns(strip) == {0, 1, 2, 3, 4, 5}


def test_of_long_figures_the_first_the_highest_and_the_last_are_written_and_never_neighbours():
    values = [120_400, 118_950, 140_220, 163_410, 99_870, 151_000, 151_001]
    strip = [Quarter("Q", value, f"{value:,}") for value in values]
    assert labelled_columns(strip) == {0, 3, 6}
    beside_the_last = [*strip[:5], Quarter("Q", 200_000, "200,000"), strip[6]]
    assert labelled_columns(beside_the_last) == {0, 6}


def test_parts_of_a_status_bar_fill_it_in_order():
    parts = [Part("Verified", 3, "good"), Part("Missing", 1, "bad")]
    rects = shapes_of(Rect, status_drawing("Values", parts))
    assert [(rect.x, rect.width) for rect in rects] == [(0, 75), (75, 25)]


def test_the_number_of_a_narrow_part_is_left_to_the_legend():
    parts = [Part("Verified", 99, "good"), Part("Missing", 1, "bad")]
    drawing = status_drawing("Values", parts)
    assert [digits.text for digits in shapes_of(Digits, drawing)] == ["99"]
    assert drawing.desc == "Verified: 99; Missing: 1"


def test_a_status_of_nothing_draws_nothing():
    assert status_drawing("Values", []).shapes == []


def test_a_hatched_part_says_its_number_too_apart_from_its_stripes():
    drawing = status_drawing("Activities", [Part("Delayed", 2, "warn"), Part("Done", 1, "good")])
    assert [(digits.text, digits.halo) for digits in shapes_of(Digits, drawing)] == [
        ("2", charts.PAPER),
        ("1", ""),
    ]
    assert f'stroke="{charts.PAPER}"' in Digits(50, 16, "2", halo=charts.PAPER).svg("a")


def test_a_missing_bar_is_an_empty_track():
    assert len(bar_drawing(Bar("Samburu", absence="missing"), 10, "busy").shapes) == 1
    assert bar_drawing(Bar("Samburu", absence="missing"), 10, "busy").title == "Samburu: missing"
    assert bar_drawing(Bar("Turkana", 0, "0"), 10, "busy").shapes[1].width == 0


def test_a_sparkline_breaks_where_a_value_is_missing():
    drawing = sparkline_drawing("Farmers", [1, 2, None, 3, None])
    assert [(line.x1, line.x2) for line in shapes_of(Line, drawing)] == [(4, 27)]
    assert [dot.x for dot in shapes_of(Dot, drawing)] == [73]


def test_charts_run_from_the_right_where_the_language_does():
    shapes = [Rect(0, 0, 40, 8, "#000000"), Line(50, 0, 60, 8, "#000000"), Digits(10, 8, "7")]
    rect, line, digits = Drawing("", "", 8, [*shapes]).facing(rtl=True).shapes
    assert (rect.x, line.x1, line.x2, digits.x) == (60, 50, 40, 90)
    with translation.override("ur"):
        html = drawn('{% bullet "Farmers" actual=1 target=4 compact=True %}')
    assert 'x="75.0%"' in html


def test_numbers_in_a_drawing_keep_their_point_in_every_language():
    with translation.override("km"):
        html = drawn('{% bullet "Farmers" actual=1 target=3 compact=True %}')
    assert 'width="33.33%"' in html


def test_the_same_drawing_is_the_same_text():
    source = '{% quarters "Farmers" rows=rows %}'
    rows = [{"label": "Jan–Mar 2021", "value": 5, "text": "5", "provisional": True}]
    assert drawn(source, rows=rows) == drawn(source, rows=rows)


def test_words_from_people_are_escaped():
    html = drawn('{% bars "Farmers" rows=rows %}', rows=[{"label": "<b>Kitui</b>"}])
    assert "<b>" not in html


@pytest.mark.parametrize(
    "source",
    [
        '{% bullet "Farmers" actual=1 target=4 %}',
        '{% quarters "Farmers" rows=rows %}',
        '{% bars "Farmers" rows=rows %}',
        '{% sparkline "Farmers" values=values %}',
        '{% status_bar "Values" rows=parts %}',
    ],
)
def test_every_chart_is_a_named_picture_without_style_or_script(source):
    html = drawn(
        source,
        rows=[{"label": "Jan–Mar 2021", "value": 5, "text": "5", "provisional": True}],
        values=[1, 2],
        parts=[{"label": "Returned", "count": 2, "tone": "warn"}],
    )
    pictures = re.findall(r"<svg[^>]*>", html)
    assert pictures
    assert len(re.findall(r"<svg[^>]*><title>[^<]+</title>", html)) == len(pictures)
    assert not re.search(r"\sstyle=|<style|<script", html)


def test_charts_use_the_colours_of_the_page():
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", tokens))
    assert {tone: colours[tone] for tone in TONES} == TONES
    assert {tone: colours[f"{tone}-wash"] for tone in WASHES} == WASHES
    used = (charts.INK, charts.INK_SOFT, charts.LINE, charts.SAND, charts.CLAY, charts.PAPER)
    names = ("ink", "ink-soft", "line", "sand", "clay", "sheet")
    assert used == tuple(colours[name] for name in names)


def test_a_mark_beside_its_own_words_says_nothing_to_who_listens():
    mark = Drawing("", "", 12, [Rect(0, 0, 100, 12, TONES["good"])], width="12")
    assert ('aria-hidden="true"' in mark.svg, "<title>" in mark.svg) == (True, False)
    assert 'role="img"' in bullet_drawing("Farmers", "", actual=40, target=30).svg
