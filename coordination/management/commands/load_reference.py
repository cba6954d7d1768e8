"""`manage.py load_reference`: places, calendars, quarters and sectors."""

from typing import Any

from django.core.management.base import BaseCommand

from coordination.services.reference import load_reference


class Command(BaseCommand):
    help = (
        "Add the reference data that is missing; what is there stays as it is. Run at each upgrade."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        added = load_reference()
        if options["verbosity"]:
            others = "".join(f", {number} {name}" for name, number in added.others.items())
            self.stdout.write(
                f"Added {added.places} places, {added.calendars} calendars, "
                f"{added.periods} quarters, {added.sectors} sectors{others}."
            )
