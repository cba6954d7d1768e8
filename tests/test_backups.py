"""Backups: whole or not there, and restored once before they are believed."""

import datetime as dt
import errno
import json
import os
import shutil
from io import StringIO
from pathlib import Path

import psycopg2
import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config import health
from config.backups import (
    BackupRefused,
    check_backup,
    engines,
    last_proven,
    make_backup,
    making,
    postgresql,
    restore_backup,
)
from config.backups.manifest import Table
from coordination.models import StoredFile, User
from coordination.services.files import remove_orphaned_uploads, store_file, vet_upload
from tests.factories.coordination import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("backups")]

AT = dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC)
SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Private files of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


@pytest.fixture
def hello(media):
    """A stored file, as an upload leaves it."""
    (media / "hello.txt").write_text("hello")
    return StoredFile.objects.create(
        path="hello.txt",
        name="hello.txt",
        media_type="text/plain",
        size=5,
        sha256=SHA256_OF_HELLO,
        uploaded_by=UserFactory(),
        uploaded_at=AT,
    )


@pytest.fixture
def backups(tmp_path):
    return tmp_path / "backups"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def backup(kept, backups, hello):
    """A backup of the portal with the one file; made once, since that takes seconds, and copied."""
    if not any(kept.iterdir()):
        make_backup(kept, at=AT)
    [made] = kept.iterdir()
    return shutil.copytree(made, backups / made.name)


@pytest.fixture(scope="module", autouse=True)
def replaced(django_db_setup, django_db_blocker):
    """Whatever a restore kept beside the database goes with these tests."""
    yield
    if connection.vendor == "postgresql":
        parameters = connection.get_connection_params()
        server = psycopg2.connect(**parameters | {"dbname": "postgres"})
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{parameters["dbname"]}_replaced"')
        server.close()


def people():
    return set(User.objects.values_list("email", flat=True))


def change_manifest(backup, **changes):
    manifest = backup / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | changes))


# --- Making ---------------------------------------------------------------------------------------


def test_a_backup_says_what_is_in_it(backups, hello):
    backup = make_backup(backups, at=AT)

    manifest = check_backup(backup.directory)
    assert backup.directory.name == "baraza-20261122T020000Z"
    assert (manifest.at, manifest.engine, manifest.faults) == (AT, connection.vendor, [])
    assert manifest.tables["coordination_storedfile"].rows == 1
    assert manifest.tables["coordination_user"].rows == User.objects.count()
    assert manifest.files["media/hello.txt"] == SHA256_OF_HELLO


def test_a_backup_that_restores_to_something_else_is_none(backups, hello, monkeypatch):
    copied = engines.engine().copy_database

    def copy_wrongly(directory):
        return copied(directory) | {"coordination_user": Table(7, "0" * 16)}

    monkeypatch.setattr(engines.engine(), "copy_database", copy_wrongly)

    with pytest.raises(BackupRefused, match="The copy, restored, differs in coordination_user"):
        make_backup(backups, at=AT)

    assert list(backups.iterdir()) == []


def test_a_backup_that_finds_no_room_leaves_nothing_behind(backups, hello, monkeypatch):
    def no_room(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(making, "_copy_file", no_room)

    with pytest.raises(OSError, match="No space left"):
        make_backup(backups, at=AT)

    assert list(backups.iterdir()) == []


@pytest.mark.one_database
def test_what_a_killed_backup_left_behind_goes_with_the_next(backups):
    (backups / ".baraza-20261121T020000Z.unfinished" / "media").mkdir(parents=True)

    backup = make_backup(backups, at=AT)

    assert list(backups.iterdir()) == [backup.directory]


def test_two_backups_at_once_are_one_too_many(backups):
    backups.mkdir()
    with making._alone_in(backups), pytest.raises(BackupRefused, match="Another backup"):
        make_backup(backups, at=AT)


@pytest.mark.one_database
def test_damage_in_the_portal_is_named_and_no_older_backup_removed(backups, media, hello):
    (backups / "baraza-20261101T020000Z").mkdir(parents=True)
    (media / "hello.txt").write_text("jello")
    named = StringIO()

    with pytest.raises(CommandError, match="1 of the portal's own files"):
        call_command("backup", backups, keep=1, stdout=StringIO(), stderr=named)

    assert named.getvalue() == "changed: hello.txt\n"
    assert len(list(backups.iterdir())) == 2
    assert last_proven(backups) is None


@pytest.mark.one_database
def test_a_small_picture_that_is_gone_is_damage_too(backups, hello):
    StoredFile.objects.update(small_sha256="0" * 64)

    assert make_backup(backups, at=AT).faults == ["missing: hello-small.jpg"]


@pytest.mark.one_database
def test_the_newest_backups_are_kept_and_the_others_removed(backups):
    for day in (1, 2, 3):
        (backups / f"baraza-202611{day:02d}T020000Z").mkdir(parents=True)

    call_command("backup", backups, keep=2, stdout=StringIO())

    kept = sorted(path.name for path in backups.iterdir())
    assert len(kept) == 2
    assert kept[0] == "baraza-20261103T020000Z"


@pytest.mark.one_database
def test_no_backup_holds_the_secret_key(backups, hello, settings):
    settings.SECRET_KEY = "a key that stands nowhere else"
    (Path(settings.DATA_DIR) / "secret_key").write_text(settings.SECRET_KEY)

    backup = make_backup(backups, at=AT)

    files = [path for path in backup.directory.rglob("*") if path.is_file()]
    assert [path for path in files if settings.SECRET_KEY.encode() in path.read_bytes()] == []
    assert [path for path in files if path.name == "secret_key"] == []


# --- Restoring ------------------------------------------------------------------------------------


def test_a_backup_brings_back_rows_and_files_as_they_were(backups, media, hello):
    before = people()
    backup = make_backup(backups, at=AT)
    UserFactory(email="later@example.org")
    (media / "hello.txt").write_text("jello")

    restore_backup(backup.directory, replace=True)

    assert people() == before
    assert (media / "hello.txt").read_text() == "hello"
    call_command("verify", stdout=StringIO())


def test_what_was_uploaded_since_a_backup_outlives_its_restore_for_a_month(backups, media, hello):
    backup = make_backup(backups, at=AT)
    csv = SimpleUploadedFile("list.csv", b"a,b\n")
    later = media / store_file(vet_upload(csv), by=hello.uploaded_by).path
    os.utime(later, (0, 0))

    call_command("restore", backup.directory, replace=True, stdout=StringIO())

    assert (remove_orphaned_uploads(), later.exists()) == (0, True)
    in_a_month = timezone.now() + dt.timedelta(days=31)
    assert (remove_orphaned_uploads(at=in_a_month), later.exists()) == (1, False)


def test_after_a_restore_everyone_signs_in_again(backups, client, hello):
    client.force_login(UserFactory())
    backup = make_backup(backups, at=AT)

    call_command("restore", backup.directory, replace=True, stdout=StringIO())

    assert Session.objects.count() == 0


def test_a_damaged_backup_replaces_nothing(backup):
    (backup / "media" / "hello.txt").write_text("jello")
    UserFactory(email="later@example.org")

    with pytest.raises(BackupRefused, match=r"is damaged: media/hello\.txt"):
        restore_backup(backup, replace=True)

    assert "later@example.org" in people()


def test_rows_that_restore_to_something_else_replace_nothing(backup):
    tables = json.loads((backup / "manifest.json").read_text())["tables"]
    change_manifest(backup, tables=tables | {"coordination_user": {"rows": 0, "checksum": ""}})
    UserFactory(email="later@example.org")

    with pytest.raises(BackupRefused, match="restored, differs in coordination_user"):
        restore_backup(backup, replace=True)

    assert "later@example.org" in people()


def test_a_backup_with_a_file_too_many_is_damaged_too(backup):
    (backup / "media" / "smuggled.txt").write_text("in")

    with pytest.raises(BackupRefused, match=r"is damaged: media/smuggled\.txt"):
        check_backup(backup)


def test_what_is_no_backup_is_refused(tmp_path):
    with pytest.raises(BackupRefused, match="is not a backup"):
        check_backup(tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"engine": "another"}, "is of another, and DATABASE_URL of"),
        (
            {"migrations": ["coordination.9999_tomorrow"]},
            "does not know coordination.9999_tomorrow",
        ),
        ({"format": 1}, "is of another format"),
    ],
    ids=["engine", "newer release", "format"],
)
def test_a_backup_that_does_not_fit_is_refused(backup, changes, reason):
    change_manifest(backup, **changes)

    with pytest.raises(BackupRefused, match=reason):
        restore_backup(backup)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite makes its file")
def test_a_database_that_is_not_there_is_asked_for(backup, monkeypatch):
    monkeypatch.setattr(postgresql, "_database", lambda: "baraza_not_made_yet")

    with pytest.raises(BackupRefused, match="CREATE DATABASE baraza_not_made_yet OWNER"):
        restore_backup(backup, replace=True)


def test_a_portal_with_people_is_not_replaced_unasked(backup):
    UserFactory()

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", backup)


# --- Being told of it -----------------------------------------------------------------------------


def backup_finding():
    [finding] = [finding for finding in health.examine() if finding.part == "backup"]
    return finding.works, finding.detail


@pytest.mark.one_database
def test_readyz_tells_the_age_of_the_last_proven_backup(backups, settings):
    assert backup_finding() == (True, "none is asked for")
    settings.BACKUP_DIR = backups
    assert backup_finding() == (False, "none is proven")
    now = dt.datetime.now(tz=dt.UTC)

    make_backup(backups, at=now - dt.timedelta(hours=31))
    assert backup_finding() == (False, "proven 31 h ago")

    make_backup(backups, at=now - dt.timedelta(hours=2))
    assert backup_finding() == (True, "proven 2 h ago")
