"""What a visit asks, and when a page still holds that was composed of the answers."""

from decimal import Decimal

import pytest
from django.utils import timezone

from coordination.models import Event, Organisation, Place
from coordination.models.pulse import Beat
from coordination.services.kept_pages import KeptPage, Shelf, packed, unpacked
from coordination.services.pulse import parts_of
from coordination.services.visits import (
    Visit,
    begin_visit,
    is_of_any_moment,
    this_visit,
    unheeded,
)
from reporting.models import Total
from tests.factories.coordination import OrganisationFactory

pytestmark = pytest.mark.django_db

LIVELY = {"coordination_organisation", "coordination_event"}


@pytest.fixture
def visit():
    """A visit that listens to what is told of organisations and deeds."""
    begin_visit(environ={"REQUEST_METHOD": "GET"})
    visit = this_visit()
    assert isinstance(visit, Visit)
    visit.lively = LIVELY
    yield visit
    begin_visit()


@pytest.fixture
def ours():
    return OrganisationFactory(slug="ours", name="Ours")


def names():
    return list(Organisation.objects.filter(slug="ours").values_list("name", flat=True))


def test_it_ends_with_the_answer(visit, client):
    names()
    assert "coordination_organisation" in visit.names
    client.get("/places/")
    assert this_visit() is None


def test_it_is_of_a_page_alone():
    begin_visit(environ={"REQUEST_METHOD": "POST"})
    assert this_visit() is None
    begin_visit()
    assert this_visit() is None


def test_a_question_is_answered_alike_until_its_answer_changes(ours, visit):
    assert names() == ["Ours"]
    (question,) = visit.questions()
    begin_visit()

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
def test_it_hears_the_same_however_the_rows_are_fetched(way, visit):
    for slug in "abcde":
        OrganisationFactory(slug=slug)
    visit.heard.clear()
    WAYS[way](Organisation.objects.order_by("slug"))

    (question,) = visit.questions()
    assert question.is_answered_alike()


def test_it_does_not_listen_where_nothing_has_changed_lately(visit):
    list(Place.objects.all())
    assert visit.questions() == []
    assert "coordination_place" in visit.unheard


def test_what_is_asked_about_this_moment_cannot_be_asked_again(visit):
    """Who comes later would mean another moment, and see what happened in between."""
    list(Event.objects.filter(at__lt=timezone.now()))
    assert visit.questions() == []
    assert "coordination_event" in visit.unheard


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
    assert is_of_any_moment(parameters) is is_any


def test_what_is_read_unheeded_is_not_asked_about(ours, visit):
    with unheeded():
        names()
    assert (visit.names, visit.questions()) == (set(), [])


def test_it_knows_whether_it_has_written(ours, visit):
    names()
    assert not visit.has_written
    ours.save()
    assert visit.has_written


def test_questions_are_kept_as_they_were_asked(ours, visit):
    names()
    assert unpacked(packed(visit.questions())) == visit.questions()


def test_who_reads_a_part_names_it_in_the_tables_place(visit):
    with parts_of("reporting_total", [7]):
        list(Total.objects.all())
    assert visit.names == {"reporting_total_of_7", "reporting_total_of_any"}
    list(Total.objects.all())
    assert "reporting_total" in visit.names


# --- Where pages are kept ---

BEAT, LATER = Beat(1, 1, 7), Beat(2, 2, 9)


def page(size, *, unheard=frozenset(), questions=(), **beats):
    return KeptPage(beats, frozenset(unheard), packed(questions), b"x" * size, {})


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
    kept = page(1, unheard={"place", "alert"}, place=BEAT, alert=None)

    assert kept.confirmed({"place": BEAT}) is kept
    assert kept.confirmed({"place": BEAT, "mail": LATER}) is kept
    assert kept.confirmed({"place": LATER}) is None
    assert kept.confirmed({"place": BEAT, "alert": BEAT}) is None
    assert kept.confirmed({}) is None


def test_a_page_holds_as_of_now_when_all_that_changed_is_answered_alike(ours, visit):
    names()
    kept = page(1, questions=visit.questions(), coordination_organisation=BEAT)
    begin_visit()
    now = {"coordination_organisation": LATER}

    assert kept.confirmed(now) == kept._replace(beats=now)
    Organisation.objects.filter(pk=ours.pk).update(name="Others")
    assert kept.confirmed(now) is None
    assert kept.confirmed({"coordination_organisation": BEAT}) is kept  # nothing says that it moved
