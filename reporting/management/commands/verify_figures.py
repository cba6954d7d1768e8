"""`manage.py verify_figures`: names every running total that its values do not add up to (R3)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting.services.audits import figure_findings


class Command(BaseCommand):
    help = (
        "Count every total anew from its values, and name every difference. Fails if there is any, "
        "unless it is mended."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mend", action="store_true", help="Put right the totals that differ.")

    def handle(self, *args: Any, mend: bool, **options: Any) -> None:
        differing = 0
        for finding in figure_findings(mend=mend):
            self.stderr.write(finding)
            differing += 1
        if differing and not mend:
            raise CommandError(f"Totals that differ: {differing}.")
        if differing:
            self.stdout.write(f"Totals put right: {differing}.")
        else:
            self.stdout.write("Every total is what its values add up to.")
