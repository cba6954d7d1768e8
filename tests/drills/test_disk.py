"""34: the disk of the private files is full, then read-only; nothing half-written stays."""

from __future__ import annotations

import contextlib
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.drills.portal import Portal
from tests.drills.reports import asked_report
from tests.drills.visitor import Visitor

NOT_STORED = "The files could not be stored."
NOT_TAKEN = "The file could not be stored"
OWN_VERIFIED = (
    "SELECT min(result.id) FROM workplans_result AS result JOIN workplans_stream AS stream"
    " ON stream.id = result.stream_id JOIN coordination_organisation AS organisation"
    " ON organisation.id = stream.organisation_id"
    " WHERE organisation.slug = 'kcdms' AND state = 'verified'"
)


def fill(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def make_room(disk: Path) -> None:
    (disk / "filler").unlink()


def remount(disk: Path, way: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{way}", str(disk)], check=True)


BREAKS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "full": (fill, make_room),
    "read-only": (lambda disk: remount(disk, "ro"), lambda disk: remount(disk, "rw")),
}


@pytest.mark.parametrize("state", BREAKS)
def test_on_a_broken_disk_deeds_fail_in_words_and_nothing_half_written_stays(
    state, demo, broker, small_disk, tmp_path, figure
):
    portal = demo.copy(tmp_path, queue=broker.url, media=small_disk)
    break_it, mend_it = BREAKS[state]
    try:
        portal.start()
        secretary, officer = portal.visitor("rla-secretariat"), portal.visitor("kcdms-officer")
        break_it(small_disk)
        refusal = send_evidence(portal, officer)
        export = secretary.get("/mechanisms/sek/results.xlsx")
        report = asked_report(secretary, portal, "2021-q1")
        report.wait("ready", "failed")
        page = secretary.get(f"/reports/{report.slug}/editions/1/")
        failed = (report.state, NOT_STORED in page.text, NOT_TAKEN in refusal.text, export.status)
        mend_it(small_disk)
        # Exit code 1, and so a failure, where any file is not what its row says, or nobody's.
        portal.manage("verify")
        secretary.send(secretary.form(f"/reports/{report.slug}/editions/1/", to="/retry/"))
        report.wait("ready", "failed")
        taken = send_evidence(portal, officer)
        portal.manage("verify")
        made = report.state
    finally:
        demo.discard(portal)
    figure(
        f"34 disk {state}",
        f"report {failed[0]}, {sum(failed[1:3])} of 2 told in words, export {failed[3]}; mended,"
        f" every file verified: report {made}, upload {taken.status}",
    )
    assert failed == ("failed", True, True, 200)
    assert (made, taken.status) == ("ready", 302)


def send_evidence(portal: Portal, officer: Visitor):
    """A photograph: of two files that are written for it, the first may still find room."""
    form = officer.form(f"/results/{portal.value(OWN_VERIFIED)}/evidence/", field="file")
    taken = io.BytesIO()
    Image.effect_noise((320, 240), 60).save(taken, "JPEG")
    given = {"file": ("training.jpg", taken.getvalue())}
    return officer.send(form, files=given, caption="Training")
