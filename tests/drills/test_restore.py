"""The restore drill: a portal at work is backed up, lost, restored, and is what it was.

It runs in a directory, or on a database, of its own: never the portal's.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = int(os.environ.get("DRILL_MEGABYTES", "100"))
FILE_BYTES = 2 * 2**20
# The command line of a portal's own, in which these lines run.
FILL = """
import os
from django.utils import timezone
from coordination.models import StoredFile, User
from coordination.services.storage import keep
by = User.objects.create_user(
    email="drill@example.org", name="Drill", password="a password to sign in with"
)
for number in range({files}):
    kept = keep(os.urandom({size}), folder="uploads", suffix="pdf")
    StoredFile.objects.create(path=kept.path, name=f"{{number}}.pdf", media_type="application/pdf",
        size=kept.size, sha256=kept.sha256, uploaded_by=by, uploaded_at=timezone.now())
"""
WRITE_ON = """
import time
from django.utils import timezone
from coordination.models import Mail
for number in range(10_000):
    Mail.objects.create(key=f"load:{number}", recipient="drill@example.org", subject="Load",
        body="Load", created_at=timezone.now(), sent_at=timezone.now())
    time.sleep(0.01)
"""
SIGN_IN = """
from coordination.models import User
print(User.objects.get(email="drill@example.org").check_password("a password to sign in with"))
"""


class Portal:
    """A portal of the drill's own, by its command line."""

    def __init__(self, directory: Path) -> None:
        self.media = directory / "media"
        self.database = ""
        self.environment = os.environ | {
            "DATA_DIR": str(directory),
            "MEDIA_ROOT": str(self.media),
            "SECRET_KEY": "for this drill only",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "LOG_LEVEL": "ERROR",
        }
        if connection.vendor == "postgresql":
            self.database = f"baraza_drill_{uuid.uuid4().hex[:8]}"
            said = connection.settings_dict
            self.environment["DATABASE_URL"] = (
                f"postgres://{said['USER']}:{said['PASSWORD']}@{said['HOST']}:{said['PORT']}"
                f"/{self.database}"
            )
        self.directory = directory

    def manage(self, *arguments: str) -> str:
        """Run a command of the portal; a failure of it is one of the drill."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def begin(self, lines: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", lines]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment)

    def make_database(self) -> None:
        self._on_server(f'CREATE DATABASE "{self.database}"')

    def lose(self) -> None:
        """Drop database and media."""
        shutil.rmtree(self.media)
        for file in self.directory.glob("baraza.sqlite3*"):
            file.unlink()
        for suffix in ("", "_replaced", "_restoring"):
            self._on_server(f'DROP DATABASE IF EXISTS "{self.database}{suffix}" WITH (FORCE)')

    def _on_server(self, statement: str) -> None:
        if not self.database:
            return
        parameters = connection.get_connection_params() | {"dbname": "postgres"}
        server = psycopg2.connect(**parameters)
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(statement)
        server.close()


def drill_restore(directory: Path, *, megabytes: int = MEGABYTES) -> list[str]:
    """Back up yesterday's release under load, lose all, restore into today's; tell the figures."""
    portal, backups = Portal(directory), directory / "backups"
    portal.make_database()
    try:
        portal.manage("migrate", "--verbosity", "0")
        # Yesterday's release did not have the newest migration of one of the apps yet.
        portal.manage("migrate", "mfa", "0002", "--verbosity", "0")
        portal.manage("load_reference")
        fill = FILL.format(files=megabytes * 2**20 // FILE_BYTES, size=FILE_BYTES)
        portal.manage("shell", "--no-imports", "-c", fill)
        load = portal.begin(WRITE_ON)
        try:
            time.sleep(3)
            started = time.monotonic()
            portal.manage("backup", str(backups))
            backing_up = time.monotonic() - started
        finally:
            load.kill()
            load.wait()
        [backup] = backups.glob("baraza-*Z")
        manifest = json.loads((backup / "manifest.json").read_text())
        portal.lose()
        portal.make_database()
        started = time.monotonic()
        said = portal.manage("restore", str(backup))
        restoring = time.monotonic() - started
        assert "Files, editions and figures are what they should be." in said
        assert portal.manage("shell", "--no-imports", "-c", SIGN_IN).strip() == "True"
        restored = {
            f"media/{path.relative_to(portal.media)}": hashlib.sha256(path.read_bytes()).hexdigest()
            for path in portal.media.rglob("*")
            if path.is_file()
        }
        kept = {name: sha for name, sha in manifest["files"].items() if name.startswith("media/")}
        assert restored == kept
        assert manifest["tables"]["coordination_mail"]["rows"] > 0
        return [
            f"figure: {deed}: {seconds:.1f} s, {seconds * 1000 / megabytes:.0f} s/GB"
            for deed, seconds in (
                ("backup under load, proven", backing_up),
                ("restore into today's release, verified (at most 600 s/GB)", restoring),
            )
        ]
    finally:
        if portal.media.exists():
            portal.lose()


@pytest.mark.django_db(transaction=True)
def test_what_was_lost_is_restored(tmp_path, capsys):
    figures = drill_restore(tmp_path)

    with capsys.disabled():
        print("", *figures, sep="\n")  # noqa: T201 - what a drill is for
