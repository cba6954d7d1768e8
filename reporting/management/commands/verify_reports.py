"""`manage.py verify_reports`: compare every edition with what was made; name what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting.services.audits import findings, made_editions


class Command(BaseCommand):
    help = (
        "Check the snapshots and files of all reports against their hashes, and name every one "
        "that is missing, changed or unknown. Fails if there is any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--draw-again",
            action="store_true",
            help="Make every file anew from its snapshot too, and compare bytes (same release).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(findings(draw_again=options["draw_again"]))
        for finding in found:
            self.stderr.write(finding)
        if found:
            raise CommandError(f"{len(found)} things are not as they were made.")
        self.stdout.write(f"{len(list(made_editions()))} editions are as they were made.")
