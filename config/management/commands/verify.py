"""`manage.py verify`: is everything still what it was? Files, editions, and figures."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.verification import file_findings
from coordination.services.storage import StorageAway
from reporting.services.audits import edition_findings, figure_findings


class Command(BaseCommand):
    help = (
        "Name every file that is changed, missing or unknown, every edition that is not as it was "
        "compiled, and every total that its values do not add up to. Fails if there is any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true", help="Put right the totals that differ.")
        parser.add_argument(
            "--draw-again",
            action="store_true",
            help="Draw every edition anew from its snapshot too, and compare bytes (same release).",
        )

    def handle(self, *args: Any, mend: bool, draw_again: bool, **options: Any) -> None:
        wrong = 0
        differing = self.name(figure_findings(mend=mend))
        if mend and differing:
            self.stdout.write(f"Totals put right: {differing}.")
        else:
            wrong += differing
        try:
            wrong += self.name(file_findings())
            wrong += self.name(edition_findings(draw_again=draw_again))
        except StorageAway as away:
            raise CommandError(
                f"The files cannot be reached; not all were compared: {away}"
            ) from away
        if wrong:
            raise CommandError(f"Found wrong: {wrong}.")
        self.stdout.write("Files, editions and figures are what they should be.")

    def name(self, findings: Iterable[str]) -> int:
        """Write each finding as it comes, and return how many there were."""
        number = 0
        for finding in findings:
            self.stderr.write(finding)
            number += 1
        return number
