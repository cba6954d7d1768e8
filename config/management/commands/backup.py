"""`manage.py backup [DIRECTORY]`: copy database and files while the portal runs, and prove it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.backups import BackupRefused, make_backup, prune_backups


class Command(BaseCommand):
    help = (
        "Copy database and files into a new directory below DIRECTORY while the portal runs, "
        "restore the copy to a scratch place, and keep it only if that is the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "directory", type=Path, nargs="?", default=settings.BACKUP_DIR, help="or BACKUP_DIR"
        )
        parser.add_argument("--keep", type=int, help="Then keep this many of the newest backups.")

    def handle(self, *args: Any, directory: Path | None, keep: int | None, **options: Any) -> None:
        if directory is None:
            raise CommandError("Where to? Name a directory, or set BACKUP_DIR.")
        if keep is not None and keep < 1:
            raise CommandError("--keep must leave at least one backup.")
        try:
            backup = make_backup(directory, at=timezone.now())
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Proven: {backup.directory}, {backup.files} files, {backup.size / 2**20:.1f} MB"
        )
        if backup.faults:
            for fault in backup.faults:
                self.stderr.write(fault)
            raise CommandError(
                f"The copy is true, but {len(backup.faults)} of the portal's own files are not "
                "what they were. No older backup is removed: one of them may hold them."
            )
        for old in prune_backups(directory, keep=keep) if keep else []:
            self.stdout.write(f"Removed {old}")
