"""`manage.py backup DIRECTORY`: copy database and files, while the portal runs."""

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.backups import BackupRefused, make_backup


class Command(BaseCommand):
    help = "Copy database and files into a new directory below DIRECTORY, while the portal runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--keep", type=int, help="Then keep this many of the newest backups.")

    def handle(self, *args: Any, directory: Path, keep: int | None, **options: Any) -> None:
        try:
            backup = make_backup(directory, at=timezone.now())
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{backup.directory}: {backup.files} files, {backup.size / 2**20:.1f} MB")
        if keep:
            for old in sorted(directory.glob("baraza-*Z"))[:-keep]:
                shutil.rmtree(old)
                self.stdout.write(f"Removed {old}")
