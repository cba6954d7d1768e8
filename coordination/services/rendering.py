"""From pages to PDF, in a confined process: limits, no environment, no network (C1.8, M13–M16)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings

from coordination.services import confinement

SCRIPT = Path(__file__).with_name("rendering_script.py")
MEBIBYTE = 1024 * 1024
# For what else a busy machine does meanwhile; whoever waits is told within two minutes.
WAITING_SECONDS = 25


def render_pdf(pages: str, *, moment: dt.datetime) -> bytes:
    """The HTML as a tagged PDF (PDF/UA-1); the same HTML and moment give the same bytes.

    ``moment`` is the date inside the file. Raises a `confinement.ConfinedFailure`.
    """
    return confinement.run(
        SCRIPT,
        pages.encode(),
        cpu_seconds=settings.RENDER_CPU_SECONDS,
        wall_seconds=settings.RENDER_CPU_SECONDS + WAITING_SECONDS,
        memory_bytes=settings.RENDER_MEMORY_MB * MEBIBYTE,
        environment={"SOURCE_DATE_EPOCH": str(int(moment.timestamp()))},
    )
