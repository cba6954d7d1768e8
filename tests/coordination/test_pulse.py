"""The pulse of a table moves with every change of it that is committed, and with nothing else."""

import threading

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from coordination.models import Organisation, Place, Pulse, User
from coordination.services import pulse as keeping
from coordination.services.making import Claim, enter_stage, update_claimed
from coordination.services.pulse import OWN_TABLE, parts_of, sweep_pulse, tables_written
from reporting.models import Edition, Total
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
def test_the_totals_of_each_mechanism_have_a_beat_of_their_own(begun):
    def write(*mechanisms):
        with parts_of("reporting_total", mechanisms):
            Total.objects.update(verified_streams=1)

    assert moved_by(lambda: write(1, 2)) == {
        "reporting_total", "reporting_total_of_1", "reporting_total_of_2",
    }  # fmt: skip
    assert moved_by(lambda: Total.objects.update(verified_streams=1)) == {
        "reporting_total", "reporting_total_of_any",
    }  # fmt: skip
