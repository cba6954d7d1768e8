"""A quarterly report of some 40 pages: compiled, made as a whole, and rendered alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import statistics
import time
from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pikepdf import Pdf
from PIL import Image, ImageFilter
from weasyprint import HTML

from config.garbage import search_seldom
from coordination.models import Mechanism, Period, Place, StoredFile, User
from coordination.services.files import small_path
from coordination.services.rendering import render_pdf
from coordination.services.snapshots import Snapshot
from reporting.models import Edition, EditionFile, Report
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.making import make_edition
from reporting.services.snapshots import compile_snapshot
from tests.bench.dataset import AT, LAST
from tests.bench.measure import (
    Line,
    limited,
    processor_seconds,
    shown,
    spread_of,
    watched_database,
)

ROUNDS, ROUNDS_TO_COMPILE = 3, 11
FEW_ROWS, MANY_ROWS = 300, 5000
DISPATCHED = AT + dt.timedelta(days=10)


def report_lines() -> Iterator[Line]:
    """One report against its limits, each beside its floor; in seconds of the processor."""
    put_pictures()
    report = the_report()
    edition = new_edition(report)
    compile_snapshot(edition)  # what is made once is made now
    search_seldom()  # as the processes of config.celery do
    compiled = [seconds_to_compile(edition) for _round in range(ROUNDS_TO_COMPILE)]
    yield limited("report: compiled, with the database", compiled, limit=500)

    pages = drawn(compile_snapshot(edition))
    ours, floor, sizes = [], [], []
    for _round in range(ROUNDS):
        made = new_edition(report)
        ours.append(processor_seconds(lambda made=made: make_edition(made.pk)))
        floor.append(processor_seconds(lambda: rendered_alone(pages)))
        sizes.append(pages_of(made))
    ratios = [one / other for one, other in zip(ours, floor, strict=True)]
    yield Line(
        f"report of {sizes[0]} pages: whole task ÷ WeasyPrint", statistics.median(ratios), 1.25,
        shown(statistics.median(ours)), shown(statistics.median(floor)), "×", spread_of(ratios),
    )  # fmt: skip
    confined = [processor_seconds(lambda: render_pdf(pages, moment=AT)) for _round in range(ROUNDS)]
    speeds = [sizes[0] / each for each in confined]
    yield Line(
        "report: pages a second, and of WeasyPrint", statistics.median(speeds), 10,
        shown(statistics.median(confined)), f"{sizes[0] / statistics.median(floor):.1f}",
        spread=spread_of(speeds), at_least=True,
    )  # fmt: skip
    yield rows_line(pages)


def seconds_to_compile(edition: Edition) -> float:
    """Of the processor, and until the database has answered."""
    with watched_database() as seen:
        computed = processor_seconds(lambda: compile_snapshot(edition))
    return computed + seen.seconds


def rows_line(pages: str) -> Line:
    """Time a row in a long table against a short one: it stays the same."""
    head = pages[: pages.index("<body")]
    tables = [f"{head}<body>{table_of(rows)}</body></html>" for rows in (0, FEW_ROWS, MANY_ROWS)]
    times: list[list[float]] = [[], [], []]
    for _round in range(ROUNDS):
        # What a short table takes is told from the start alone, a second from a second.
        for which in (0, 1, 0, 1, 0, 1, 2):
            page = tables[which]
            seconds = processor_seconds(lambda page=page: render_pdf(page, moment=AT))
            times[which].append(seconds)
    start, short, long = (statistics.median(each) for each in times)
    few, many = (short - start) / FEW_ROWS, (long - start) / MANY_ROWS
    return Line(
        f"report: a row of {MANY_ROWS} ÷ a row of {FEW_ROWS}", many / few, 1.25,
        shown(many), shown(few), "×",
    )  # fmt: skip


def table_of(rows: int) -> str:
    """A table as the report's own are: fixed columns and plain cells."""
    columns = '<colgroup><col class="w-name"><col><col><col><col><col><col></colgroup>'
    cells = '<td class="num">1,250</td>' * 6
    lines = "".join(f"<tr><th>Indicator no. {n}</th>{cells}</tr>" for n in range(rows))
    table = f'<table class="data">{columns}<tbody>{lines}</tbody></table>'
    return f'<section class="chapter"><div class="block">{table}</div></section>'


def the_report(starts_on: dt.date = LAST, place: Place | None = None) -> Report:
    """The report of the quarter that begins on the day, of one place or of the mechanism."""
    mechanism = Mechanism.objects.get(slug="reported")
    period = Period.objects.get(starts_on=starts_on)
    by = User.objects.get(email="secretary@reported.example.org")
    return Report.objects.get_or_create(
        mechanism=mechanism, period=period, place=place,
        defaults={"slug": "-".join(filter(None, ["reported", period.code, place and place.slug])),
                  "created_by": by, "created_at": AT},
    )[0]  # fmt: skip


def new_edition(report: Report) -> Edition:
    """One more edition; the earlier ones and their files are taken away."""
    EditionFile.objects.filter(edition__report=report).delete()
    report.editions.all().delete()
    return Edition.objects.create(
        report=report, number=1, requested_by=report.created_by, requested_at=AT,
        dispatched_at=DISPATCHED,
    )  # fmt: skip


def drawn(snapshot: Snapshot) -> str:
    return draw_pages(snapshot, pictures_of(snapshot))


def rendered_alone(pages: str) -> bytes:
    """What WeasyPrint takes in a process that is warm, without anything of ours."""
    os.environ["SOURCE_DATE_EPOCH"] = str(int(time.time()))
    return HTML(string=pages).write_pdf(pdf_variant="pdf/ua-1", optimize_images=True, dpi=200)


def pages_of(edition: Edition) -> int:
    """How many pages its PDF has; the bench ends where there is none."""
    file = EditionFile.objects.filter(edition=edition, kind="pdf").first()
    if file is None:
        edition.refresh_from_db()
        raise SystemExit(f"The report was not made: {edition.get_failure_display()}")
    with default_storage.open(file.path) as pdf, Pdf.open(pdf) as opened:
        return len(opened.pages)


def put_pictures() -> None:
    """Photographs in the storage of this very run, as vetting leaves them."""
    for file in StoredFile.objects.filter(path__startswith="uploads/bench/"):
        drawn_at = io.BytesIO()
        noise = Image.effect_noise((1024, 768), 60).convert("RGB")
        noise.filter(ImageFilter.GaussianBlur(3)).save(drawn_at, "JPEG", quality=85)
        default_storage.delete(small_path(file.path))  # of an earlier part of the run
        default_storage.save(small_path(file.path), ContentFile(drawn_at.getvalue()))
        file.small_sha256 = hashlib.sha256(drawn_at.getvalue()).hexdigest()
        file.save(update_fields=["small_sha256"])
