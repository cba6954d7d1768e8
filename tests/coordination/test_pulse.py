"""The pulse moves with every change that is committed, and with nothing else."""

import threading

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from coordination.models import Mail, Organisation, Pulse, User
from coordination.services import pulse as keeping
from coordination.services.kept_pages import KeptPage, Shelf
from coordination.services.pulse import UNSEEN, changes_something, sweep_pulse
from tests.factories.coordination import OrganisationFactory, UserFactory
from tests.test_architecture import APPS

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def begun():
    """One change was made before, so that there is a pulse."""
    return OrganisationFactory(slug="begun")


def moves(deed) -> bool:
    before = Pulse.objects.now()
    deed()
    return Pulse.objects.now() != before


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
    still = [name for name, deed in DEEDS.items() if not moves(lambda deed=deed: deed(begun))]
    assert still == []


@committing
def test_it_stands_still_for_visits_and_letters(begun, client):
    user = UserFactory(name="Reader")

    def visit():
        client.force_login(user)
        client.get("/desk/")
        Session.objects.all().delete()
        Mail.objects.update(attempts=0)
        User.objects.get(pk=user.pk).save(update_fields=["last_login"])

    assert not moves(visit)


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

    assert moves(partly)


@committing
def test_a_transaction_of_many_changes_is_one_beat(begun):
    before = Pulse.objects.count()
    with transaction.atomic():
        for _change in range(3):
            begun.save()
    assert Pulse.objects.count() == before + 1


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

    assert moves(sweep_pulse)
    assert Pulse.objects.count() == 2
    assert not moves(sweep_pulse)


def test_every_table_of_ours_is_watched():
    unseen = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in APPS
        and not changes_something(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608 - our names
    }
    assert unseen == UNSEEN
    assert changes_something("\n  insert into coordination_place (id) SELECT 1")
    assert not changes_something("SELECT 1 FROM coordination_office FOR UPDATE")


# --- Where pages are kept ---


def page(size, pulse="1"):
    return KeptPage(pulse, b"x" * size, {})


def test_the_shelf_holds_no_more_than_it_may_and_gives_up_what_nobody_asks_for():
    shelf = Shelf(most_bytes=100)
    for key in "abc":
        shelf.keep(key, page(40))
        shelf.find("a", pulse="1")

    assert (list(shelf.pages), shelf.bytes) == (["c", "a"], 80)
    shelf.keep("c", page(10))
    assert shelf.bytes == 50
    shelf.keep("d", page(101))
    assert (list(shelf.pages), shelf.bytes) == ([], 0)


def test_a_page_of_another_pulse_is_not_found():
    shelf = Shelf(most_bytes=100)
    shelf.keep("a", page(1, pulse="1"))

    assert shelf.find("a", pulse="1") is not None
    assert shelf.find("a", pulse="2") is None
