"""`manage.py restore BACKUP`: put a backup in the place of the portal's database and files."""

from pathlib import Path
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backups import BackupRefused, restore_backup


class Command(BaseCommand):
    help = (
        "Check a backup, put it in the place of database and files, and bring it up to today's "
        "release. Stop web, worker and scheduler first."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="Also if the portal has people in it already."
        )

    def handle(self, *args: Any, backup: Path, replace: bool, **options: Any) -> None:
        try:
            manifest = restore_backup(backup, replace=replace)
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        end_sessions()
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"Restored {backup}: {rows} rows in {len(manifest.tables)} tables, as at the moment "
            f"of the backup, and {len(manifest.files) - 1} files."
        )
        call_command("verify", stdout=self.stdout, stderr=self.stderr)


def end_sessions() -> None:
    """Let everyone sign in again: a session that was ended since the backup would go on."""
    UserSession.objects.all().delete()
    Session.objects.all().delete()
    cache.clear()
