"""`manage.py load_demo`: the founding documents' mechanisms, and three quarters to look at."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.loading import PortalIsInUse, ReportNotMade, is_loaded, load


class Command(BaseCommand):
    help = (
        "Load the demo into an empty portal that was started as one (DEMO=1). Run again, it keeps "
        "what was entered."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This portal is not a demo. Only with DEMO=1 is the demo loaded.")
        if is_loaded():
            self.stdout.write("The demo is there already; what was entered is kept.")
            return
        self.stdout.write("Loading the demo. The first time, this takes about a minute.")
        try:
            load()
        except PortalIsInUse:
            raise CommandError(
                "This portal has people of its own. The demo is loaded into an empty one only."
            ) from None
        except ReportNotMade as reason:
            raise CommandError(
                f"The demo’s published report could not be made: {reason} "
                "The next start tries again."
            ) from None
