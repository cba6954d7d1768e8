"""From pages to PDF, in a confined process: limits, no environment, no network (C1.8, M13–M16)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from django.conf import settings

from coordination.services import confinement

SCRIPT = Path(__file__).with_name("rendering_script.py")
MEBIBYTE = 1024 * 1024
# For what else a busy machine does meanwhile; whoever waits is told within two minutes.
WAITING_SECONDS = 25

# White space between the parts of a table is only there for who reads the template.
PART = r"</?(?:table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td)\b"
BETWEEN_PARTS = re.compile(rf"({PART}[^<>]*>)\s+(?={PART})")


def render_pdf(pages: str, *, moment: dt.datetime) -> bytes:
    """The HTML as a tagged PDF (PDF/UA-1); the same HTML and moment give the same bytes.

    ``moment`` is the date inside the file. Raises a `confinement.ConfinedFailure`.
    """
    return confinement.run(
        SCRIPT,
        packed(pages).encode(),
        cpu_seconds=settings.RENDER_CPU_SECONDS,
        wall_seconds=wall_seconds(),
        memory_bytes=settings.RENDER_MEMORY_MB * MEBIBYTE,
        environment={"SOURCE_DATE_EPOCH": str(int(moment.timestamp()))},
    )


def wall_seconds() -> int:
    """After how many seconds a paper that is not done is given up, whatever it waited for."""
    return int(settings.RENDER_CPU_SECONDS) + WAITING_SECONDS


def packed(pages: str) -> str:
    """The HTML without what would be read, made a box and thrown away between its cells."""
    return BETWEEN_PARTS.sub(r"\1", pages)
