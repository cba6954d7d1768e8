"""Backups: whole or not there, and checked before they replace anything."""

import datetime as dt
import errno
import json
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.backups import BackupRefused, check_backup, make_backup, restore_backup
from coordination.models import StoredFile, User
from tests.factories.coordination import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

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


def people():
    return set(User.objects.values_list("email", flat=True))


def test_a_backup_brings_back_rows_and_files_as_they_were(tmp_path, media, hello):
    before = people()
    backup = make_backup(tmp_path / "backups", at=AT)
    UserFactory(email="later@example.org")
    (media / "hello.txt").unlink()

    restore_backup(backup.directory)

    assert backup.directory.name == "baraza-20261122T020000Z"
    assert people() == before
    assert (media / "hello.txt").read_text() == "hello"
    call_command("verify", stdout=StringIO())


def test_a_damaged_backup_replaces_nothing(tmp_path, hello):
    backup = make_backup(tmp_path / "backups", at=AT)
    (backup.directory / "media" / "hello.txt").write_text("jello")
    UserFactory(email="later@example.org")

    with pytest.raises(BackupRefused, match=r"is damaged: media/hello\.txt"):
        restore_backup(backup.directory)

    assert "later@example.org" in people()


def test_a_backup_with_a_file_too_many_is_damaged_too(tmp_path):
    backup = make_backup(tmp_path / "backups", at=AT)
    (backup.directory / "media" / "smuggled.txt").write_text("in")

    with pytest.raises(BackupRefused, match=r"is damaged: media/smuggled\.txt"):
        check_backup(backup.directory)


def test_what_is_no_backup_is_refused(tmp_path):
    with pytest.raises(BackupRefused, match="is not a backup"):
        check_backup(tmp_path)


def test_a_backup_of_the_other_engine_is_refused(tmp_path):
    backup = make_backup(tmp_path / "backups", at=AT)
    manifest = json.loads((backup.directory / "manifest.json").read_text())
    manifest["engine"] = "another"
    (backup.directory / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(
        BackupRefused, match=f"is of another, and DATABASE_URL of {connection.vendor}"
    ):
        restore_backup(backup.directory)


def test_a_backup_that_finds_no_room_leaves_nothing_behind(tmp_path, monkeypatch):
    def no_room(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", no_room)

    with pytest.raises(OSError, match="No space left"):
        make_backup(tmp_path / "backups", at=AT)

    assert list((tmp_path / "backups").iterdir()) == []


def test_the_newest_backups_are_kept_and_the_others_removed(tmp_path):
    for day in (1, 2, 3):
        (tmp_path / f"baraza-202611{day:02d}T020000Z").mkdir()

    call_command("backup", tmp_path, keep=2, stdout=StringIO())

    kept = sorted(path.name for path in tmp_path.glob("baraza-*"))
    assert len(kept) == 2
    assert kept[0] == "baraza-20261103T020000Z"


def test_a_portal_with_people_is_not_replaced_unasked(tmp_path):
    UserFactory()
    backup = make_backup(tmp_path / "backups", at=AT)

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", backup.directory)
