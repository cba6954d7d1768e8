"""`make bench`: each figure beside its floor and limit; exit code 1 where a limit is missed."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
django.setup()

from tests.bench import dataset, pages, reports, web, workers  # noqa: E402 - after the settings are named
from tests.bench.measure import Line  # noqa: E402 - after the settings are named
from tests.bench.settings import SCALE  # noqa: E402 - after the settings are named

PARTS = {
    "pages": pages.page_lines,
    "database": pages.database_lines,
    "verification": pages.verification_lines,
    "memory": web.memory_lines,
    "reports": reports.report_lines,
    "workers": workers.worker_lines,
}
HEAD = f"{'':66} {'ours':>11} {'floor':>11} {'ratio':>9} {'spread':>12} {'limit':>9}"


def main(asked: list[str]) -> int:
    """Run the parts asked for, by default all; say what was missed."""
    print(dataset.ensure(SCALE), HEAD, sep="\n\n", flush=True)
    lines = []
    for part in asked or PARTS:
        for line in PARTS[part]():
            print(in_words(line), flush=True)
            lines.append(line)
    limits = [line for line in lines if line.limit is not None]
    kept = sum(line.is_met for line in limits)
    print(f"\n{kept} of {len(limits)} limits are kept.")
    return 0 if kept == len(limits) else 1


def in_words(line: Line) -> str:
    number = f"{line.number:.3g}{line.unit}"
    told = f"{line.what:66} {line.ours:>11} {line.floor:>11} {number:>9} {line.spread:>12}"
    if line.limit is None:
        return told
    limit = f"{'≥' if line.at_least else '≤'} {line.limit:g}{line.unit}"
    return f"{told} {limit:>9} {'ok' if line.is_met else 'SHORT'}"


sys.exit(main(sys.argv[1:]))
