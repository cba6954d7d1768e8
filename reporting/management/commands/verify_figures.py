"""`manage.py verify_figures`: compare the running totals with the raw values behind them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.models import Organisation, Period, Place
from reporting.services.totals import Discrepancy, Sums, verify_totals
from workplans.models import Category, IndicatorVersion


class Command(BaseCommand):
    help = "Recount every running total from the raw values, and name each that differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mechanism", help="Only this mechanism (its address part).")
        parser.add_argument("--mend", action="store_true", help="Put right what differs.")

    def handle(self, *, mechanism: str | None, mend: bool, **_options: Any) -> None:
        versions = IndicatorVersion.objects.select_related("indicator__mechanism").order_by("pk")
        if mechanism:
            versions = versions.filter(indicator__mechanism__slug=mechanism)
        checked = found = 0
        for version in versions.iterator():
            checked += 1
            wrong = verify_totals(version, mend=mend)
            found += len(wrong)
            for line in told(version, wrong):
                self.stdout.write(line)
        self.conclude(checked, found, mended=mend)

    def conclude(self, checked: int, found: int, *, mended: bool) -> None:
        """Say what came out; a difference that stays is a failure."""
        versions = "1 indicator version" if checked == 1 else f"{checked} indicator versions"
        totals = "1 total differs" if found == 1 else f"{found} totals differ"
        if not found:
            self.stdout.write(f"{versions}: every total is what its values add up to.")
        elif mended:
            self.stdout.write(f"{versions}: {totals} from the values; put right.")
        else:
            raise CommandError(f"{versions}: {totals} from the values. Put right with --mend.")


def told(version: IndicatorVersion, wrong: list[Discrepancy]) -> list[str]:
    """One line for each total that differs, in words."""
    places = Place.objects.in_bulk([each.key.place for each in wrong])
    periods = Period.objects.in_bulk([each.key.period for each in wrong])
    organisations = Organisation.objects.in_bulk([each.key.organisation for each in wrong])
    categories = Category.objects.in_bulk([each.key.category for each in wrong])
    return [
        f"{version.indicator.mechanism} {version} · {places[each.key.place]}"
        f" · {periods[each.key.period].code} · {each.key.basis}"
        f" · {organisations.get(each.key.organisation, 'all organisations')}"
        f" · {categories.get(each.key.category, 'undivided')}"
        f": kept {_words(each.kept)}, counted {_words(each.counted)}"
        for each in wrong
    ]


def _words(sums: Sums) -> str:
    quantity = f"{sums.numerator.normalize():f}"
    if sums.denominator:
        quantity += f"/{sums.denominator.normalize():f}"
    return f"{quantity} ({sums.streams} streams, {sums.reported} reported)"
