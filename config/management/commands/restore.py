"""`manage.py restore BACKUP`: put a backup in the place of the portal's database and files."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.backups import BackupRefused, restore_backup


class Command(BaseCommand):
    help = (
        "Check a backup, put it in the place of database and files, and bring it up to today's "
        "version. Stop web, worker and scheduler first."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="Also if the portal has people in it already."
        )

    def handle(self, *args: Any, backup: Path, replace: bool, **options: Any) -> None:
        if has_people() and not replace:
            raise CommandError(
                "This portal has people in it. To put the backup in its place: --replace"
            )
        try:
            restore_backup(backup)
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        call_command("migrate", interactive=False, verbosity=0)
        call_command("verify", stdout=self.stdout)
        self.stdout.write(self.style.SUCCESS(f"Restored {backup}"))


def has_people() -> bool:
    """Return whether anybody would be lost; an empty database has not even the table."""
    try:
        return get_user_model().objects.exists()
    except DatabaseError:
        return False
