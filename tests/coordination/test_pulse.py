"""The pulse of a table moves with every change of it that is committed, and with nothing else."""

import threading

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from coordination.models import Event, Organisation, Place, Pulse, User
from coordination.models.pulse import Beat
from coordination.services import pulse as keeping
from coordination.services.events import newest_event, record
from coordination.services.kept_pages import KeptPage, Shelf
from coordination.services.making import Claim, enter_stage, update_claimed
from coordination.services.pulse import OWN_TABLE, sweep_pulse, tables_read, tables_written
from reporting.models import Edition
from tests.factories.coordination import OrganisationFactory, PlaceFactory, UserFactory
from tests.factories.reporting import ReportFactory, made_edition
from tests.test_architecture import APPS

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def begun():
    """One change was made before, so that there is a pulse."""
    return OrganisationFactory(slug="begun")


def moved_by(deed) -> set[str]:
    """The tables whose pulse the deed has moved."""
    before = Pulse.objects.now()
    deed()
    after = Pulse.objects.now()
    return {table for table in before | after if before.get(table) != after.get(table)}


DEEDS = {
    "saved": lambda thing: thing.save(),
    "changed in bulk": lambda _thing: Organisation.objects.update(name="Another"),
    "added in bulk": lambda _thing: Organisation.objects.bulk_create(
        [Organisation(slug="new", name="New", short_name="New")]
    ),
    "by hand": lambda _thing: connection.cursor().execute(
        "WITH chosen AS (SELECT id FROM coordination_organisation)"
        " UPDATE coordination_organisation SET name = name || '.' WHERE id IN"
        " (SELECT id FROM chosen)"
    ),
    "deleted": lambda thing: Organisation.objects.filter(pk=thing.pk).delete(),
}


@committing
def test_it_moves_however_something_is_changed(begun):
    moved = {name: moved_by(lambda deed=deed: deed(begun)) for name, deed in DEEDS.items()}
    assert [name for name in DEEDS if "coordination_organisation" not in moved[name]] == []
    assert moved["changed in bulk"] == {"coordination_organisation"}


@committing
def test_it_stands_still_for_visits(begun, client):
    user = UserFactory(name="Reader")

    def visit():
        client.force_login(user)
        client.get("/desk/")
        Session.objects.all().delete()
        User.objects.get(pk=user.pk).save(update_fields=["last_login"])

    assert moved_by(visit) == set()


@committing
def test_it_stands_still_when_nothing_is_committed(begun):
    def taken_back():
        with transaction.atomic():
            begun.save()
            assert Pulse.objects.now() != before
            transaction.set_rollback(True)

    before = Pulse.objects.now()
    taken_back()
    assert Pulse.objects.now() == before


@committing
def test_it_moves_for_what_stays_of_a_transaction_that_is_taken_back_in_part(begun):
    def partly():
        with transaction.atomic():
            with transaction.atomic():
                begun.save()
                transaction.set_rollback(True)
            begun.save()

    assert moved_by(partly) == {"coordination_organisation"}


@committing
def test_a_transaction_of_many_changes_is_one_beat_of_each_table(begun):
    place = PlaceFactory(slug="place")
    before = Pulse.objects.count()
    with transaction.atomic():
        for _change in range(3):
            begun.save()
            Place.objects.filter(pk=place.pk).update(name="Another")
    assert Pulse.objects.count() == before + 2


@committing
@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is one writer at a time")
def test_it_moves_for_who_began_first_and_commits_last(begun):
    other = OrganisationFactory(slug="other")
    began, may_end = threading.Event(), threading.Event()

    def slowly():
        try:
            with transaction.atomic():
                begun.save()
                began.set()
                may_end.wait(10)
        finally:
            connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    began.wait(10)
    other.save()
    between = Pulse.objects.now()
    may_end.set()
    slow.join()

    assert Pulse.objects.now() != between


@committing
def test_it_is_kept_short_and_moves_by_that(begun, monkeypatch):
    monkeypatch.setattr(keeping, "KEPT", 2)
    monkeypatch.setattr(keeping, "GATHERED", 3)
    for _change in range(6):
        begun.save()

    assert OWN_TABLE in moved_by(sweep_pulse)
    assert Pulse.objects.count() == 3
    assert moved_by(sweep_pulse) == set()


def test_every_table_of_ours_is_watched():
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS
    }
    written = {table for name in tables for table in tables_written(f'DELETE FROM "{name}"')}  # noqa: S608 - our names
    assert written == tables - {OWN_TABLE}
    assert tables_written("\n  insert into coordination_place (id) SELECT 1")
    assert not tables_written("SELECT 1 FROM coordination_office FOR UPDATE")


@committing
def test_it_stands_still_while_a_report_goes_from_stage_to_stage(begun):
    edition = made_edition(ReportFactory(), by=UserFactory(name="Secretary"))
    claim = Claim(Edition, edition.pk, "held")
    Edition.objects.filter(pk=edition.pk).update(state="running", claim_token=claim.token)

    assert moved_by(lambda: enter_stage(claim, Edition.Stage.RENDERING)) == set()
    assert moved_by(lambda: update_claimed(claim, state="ready")) == {"reporting_edition"}


@committing
def test_events_move_the_part_of_what_they_are_about(begun, client):
    kinds = {model: ContentType.objects.get_for_model(model).pk for model in (Organisation, User)}
    of_organisations, of_users = (f"coordination_event_of_{key}" for key in kinds.values())
    by_hand = {"at": timezone.now(), "verb": "seen", "subject": begun}

    assert moved_by(lambda: record("coordination.organisation_changed", begun, by=None)) == {
        "coordination_event", of_organisations,
    }  # fmt: skip
    assert moved_by(lambda: Event.objects.create(**by_hand)) == {
        "coordination_event", "coordination_event_of_any",
    }  # fmt: skip

    client.get("/places/")
    newest_event(Organisation)
    assert {of_organisations, "coordination_event_of_any"} <= tables_read()
    assert {of_users, "coordination_event"}.isdisjoint(tables_read())
    newest_event()
    assert "coordination_event" in tables_read()


def test_a_visit_knows_the_tables_that_it_has_read(begun, client):
    client.get("/places/")
    assert "coordination_place" in tables_read()
    assert "coordination_mail" not in tables_read()


# --- Where pages are kept ---

BEAT, LATER = Beat(1, 1, 7), Beat(2, 2, 9)


def page(size, **beats):
    return KeptPage(beats, b"x" * size, {})


def test_the_shelf_holds_no_more_than_it_may_and_gives_up_what_nobody_asks_for():
    shelf = Shelf(most_bytes=100)
    for key in "abc":
        shelf.keep(key, page(40))
        shelf.find("a", now={})

    assert (list(shelf.pages), shelf.bytes) == (["c", "a"], 80)
    shelf.keep("c", page(10))
    assert shelf.bytes == 50
    shelf.keep("d", page(101))
    assert (list(shelf.pages), shelf.bytes) == ([], 0)


def test_a_page_holds_while_each_table_that_it_tells_of_has_the_same_beat():
    shelf = Shelf(most_bytes=100)
    shelf.keep("a", page(1, place=BEAT, alert=None))

    assert shelf.find("a", now={"place": BEAT}) is not None
    assert shelf.find("a", now={"place": BEAT, "mail": LATER}) is not None
    assert shelf.find("a", now={"place": LATER}) is None
    assert shelf.find("a", now={"place": BEAT, "alert": BEAT}) is None
    assert shelf.find("a", now={}) is None
