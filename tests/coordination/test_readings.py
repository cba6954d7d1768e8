"""What is asked for a page, and when it still holds that was composed of the answers."""

from decimal import Decimal

import pytest
from django.utils import timezone

from coordination.models import Event, Organisation, Place
from coordination.models.pulse import Beat
from coordination.services.kept_pages import KeptPage, Shelf, packed, unpacked
from coordination.services.pulse import parts_of
from coordination.services.readings import (
    Reading,
    begin_reading,
    is_of_no_moment,
    this_reading,
    unheeded,
)
from reporting.models import Total
from tests.factories.coordination import OrganisationFactory

pytestmark = pytest.mark.django_db

CHANGING = {"coordination_organisation", "coordination_event"}


@pytest.fixture
def reading():
    """A reading to which organisations and deeds change."""
    begin_reading(environ={"REQUEST_METHOD": "GET"})
    reading = this_reading()
    assert isinstance(reading, Reading)
    reading.changing = CHANGING
    yield reading
    begin_reading()


@pytest.fixture
def ours():
    return OrganisationFactory(slug="ours", name="Ours")


def names():
    return list(Organisation.objects.filter(slug="ours").values_list("name", flat=True))


def test_it_ends_with_the_answer(reading, client):
    names()
    assert "coordination_organisation" in reading.names
    client.get("/places/")
    assert this_reading() is None


def test_it_is_of_a_page_alone():
    begin_reading(environ={"REQUEST_METHOD": "POST"})
    assert this_reading() is None
    begin_reading()
    assert this_reading() is None


def test_a_question_is_answered_alike_until_its_answer_changes(ours, reading):
    assert names() == ["Ours"]
    (question,) = reading.questions()
    begin_reading()

    assert question.is_answered_alike()
    OrganisationFactory(slug="theirs")  # the table changed, and the answer did not
    assert question.is_answered_alike()
    Organisation.objects.filter(pk=ours.pk).update(name="Others")
    assert not question.is_answered_alike()
    Organisation.objects.filter(pk=ours.pk).update(name="Ours")
    assert question.is_answered_alike()


WAYS = {
    "one": lambda found: found.first(),
    "all": list,
    "by twos": lambda found: list(found.iterator(chunk_size=2)),
    "whether": lambda found: found.exists(),
    "how many": lambda found: found.count(),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_hears_the_same_however_the_rows_are_fetched(way, reading):
    for slug in "abcde":
        OrganisationFactory(slug=slug)
    reading.repeatable.clear()
    WAYS[way](Organisation.objects.order_by("slug"))

    (question,) = reading.questions()
    assert question.is_answered_alike()


def test_it_does_not_listen_where_nothing_has_changed_lately(reading):
    list(Place.objects.all())
    assert reading.questions() == []
    assert "coordination_place" in reading.unrepeatable


def test_what_is_asked_about_this_moment_cannot_be_asked_again(reading):
    """Who comes later would mean another moment, and see what happened in between."""
    list(Event.objects.filter(at__lt=timezone.now()))
    assert reading.questions() == []
    assert "coordination_event" in reading.unrepeatable


MOMENT = timezone.now()


@pytest.mark.parametrize(
    ("parameters", "is_any"),
    [
        (None, True),
        ((), True),
        ((1, "text", Decimal(1), MOMENT.date(), None, [1, 2]), True),
        ((MOMENT,), False),
        ((1, [MOMENT]), False),
        ((str(MOMENT),), False),  # as SQLite is given it
        ((MOMENT.isoformat(),), False),
        (("2021-01-01",), True),
        ((object(),), False),
        ({"named": 1}, False),
    ],
)
def test_which_parameters_mean_the_same_later(parameters, is_any):
    assert is_of_no_moment(parameters) is is_any


def test_what_is_read_unheeded_is_not_asked_about(ours, reading):
    with unheeded():
        names()
    assert (reading.names, reading.questions()) == (set(), [])


def test_it_knows_whether_it_has_written(ours, reading):
    names()
    assert not reading.has_written
    ours.save()
    assert reading.has_written


def test_questions_are_kept_as_they_were_asked(ours, reading):
    names()
    assert unpacked(packed(reading.questions())) == reading.questions()


def test_who_reads_a_part_names_it_in_the_tables_place(reading):
    with parts_of("reporting_total", [7]):
        list(Total.objects.all())
    assert reading.names == {"reporting_total_of_7", "reporting_total_of_any"}
    list(Total.objects.all())
    assert "reporting_total" in reading.names


# --- Where pages are kept ---

BEAT, LATER = Beat(1, 1, 7), Beat(2, 2, 9)


def page(size, *, unrepeatable=frozenset(), questions=(), **beats):
    return KeptPage(beats, frozenset(unrepeatable), packed(questions), b"x" * size, {})


SMALL = len(packed([]))


def test_the_shelf_holds_no_more_than_it_may_and_gives_up_what_nobody_asks_for():
    shelf = Shelf(most_bytes=100 + 2 * SMALL)
    for key in "abc":
        shelf.keep(key, page(40))
        shelf.find("a")

    assert (list(shelf.pages), shelf.bytes) == (["c", "a"], 80 + 2 * SMALL)
    shelf.keep("c", page(10))
    assert shelf.bytes == 50 + 2 * SMALL
    shelf.keep("d", page(101 + 2 * SMALL))
    assert (list(shelf.pages), shelf.bytes) == ([], 0)


def test_a_page_holds_while_each_table_that_it_tells_of_has_the_same_beat():
    kept = page(1, unrepeatable={"place", "alert"}, place=BEAT, alert=None)

    assert kept.confirmed({"place": BEAT}) is kept
    assert kept.confirmed({"place": BEAT, "mail": LATER}) is kept
    assert kept.confirmed({"place": LATER}) is None
    assert kept.confirmed({"place": BEAT, "alert": BEAT}) is None
    assert kept.confirmed({}) is None


def test_a_page_holds_as_of_now_when_all_that_changed_is_answered_alike(ours, reading):
    names()
    kept = page(1, questions=reading.questions(), coordination_organisation=BEAT)
    begin_reading()
    now = {"coordination_organisation": LATER}

    assert kept.confirmed(now) == kept._replace(beats=now)
    Organisation.objects.filter(pk=ours.pk).update(name="Others")
    assert kept.confirmed(now) is None
    assert kept.confirmed({"coordination_organisation": BEAT}) is kept  # nothing says that it moved
