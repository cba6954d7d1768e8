"""Running a script on what strangers sent, in a process of its own with hard limits (M14, M16).

A script that hangs, swells or crashes costs that one process and comes back as a named failure;
the worker or web process that asked goes on. The script sees its arguments, its standard input and
an empty directory: no environment, no settings, no database. It is no wall against code that has
already taken over the process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LAUNCHER = Path(__file__).with_name("confinement_launcher.py")

# What the launcher and the script say by their exit code (sysexits.h: data error, …).
REFUSED = 65
OUT_OF_MEMORY = 71

# Killed by its own clock a little after ours, should this process be killed first.
GRACE_SECONDS = 5
OUTPUT_BYTES = 50 * 1024 * 1024
COMPLAINT_BYTES = 4000

OUT_OF_TIME = {signal.SIGXCPU, signal.SIGALRM}


class ConfinedFailure(Exception):
    """A confined script that did not do its work; ``complaint`` is the end of what it wrote."""

    def __init__(self, complaint: str = "") -> None:
        super().__init__(complaint)
        self.complaint = complaint


class InputRefused(ConfinedFailure):
    """The script says that it will not work on this input; the complaint says why."""


class OutOfTime(ConfinedFailure):
    """It used up its processor time, or the time on the wall."""


class OutOfMemory(ConfinedFailure):
    """It asked for more memory than it may have."""


class OutputTooLarge(ConfinedFailure):
    """It wrote a larger file, or more to its standard output, than it may."""


class StoppedUnexpectedly(ConfinedFailure):
    """It crashed."""


@dataclass(frozen=True)
class Limits:
    """Seconds of processor, of wall clock, bytes of address space, bytes of each file written."""

    cpu_seconds: int
    wall_seconds: int
    memory_bytes: int
    output_bytes: int


def run(
    script: Path,
    stdin: bytes,
    *,
    cpu_seconds: int,
    memory_bytes: int,
    wall_seconds: int,
    arguments: Sequence[str] = (),
    output_bytes: int = OUTPUT_BYTES,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Run the Python ``script`` with ``stdin`` and return what it wrote to its standard output.

    ``environment`` is all that it sees of one, besides HOME, TMPDIR and PATH, which are an empty
    directory that is removed afterwards. Raises a ConfinedFailure. A script that will not work on
    its input writes a word about it to standard error and exits with REFUSED.
    """
    limits = Limits(cpu_seconds, wall_seconds, memory_bytes, output_bytes)
    with tempfile.TemporaryDirectory(prefix="confined-") as name:
        room = Path(name)
        given, out, complaints = room / "stdin", room / "stdout", room / "stderr"
        given.write_bytes(stdin)
        with given.open("rb") as reading, out.open("wb") as writing, complaints.open("wb") as noise:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and launcher
                _command(script, limits, arguments),
                stdin=reading,
                stdout=writing,
                stderr=noise,
                env=_environment(room, environment),
                cwd=room,
                start_new_session=True,
            )
            code = _wait(process, wall_seconds)
        if code == 0:
            return out.read_bytes()
        with complaints.open("rb") as reading:
            raise _failure(code)(_end_of(reading))


def _command(script: Path, limits: Limits, arguments: Sequence[str]) -> list[str]:
    numbers = (
        limits.cpu_seconds,
        limits.wall_seconds + GRACE_SECONDS,
        limits.memory_bytes,
        limits.output_bytes,
    )
    # Isolated: no current directory, no PYTHONPATH, no user's packages on the import path.
    return [
        sys.executable, "-I", str(LAUNCHER), *map(str, numbers), str(script), *arguments,
    ]  # fmt: skip


def _environment(room: Path, more: Mapping[str, str] | None) -> dict[str, str]:
    # Programs are sought in the empty room too. Python asks a compiler, where there is one, for the
    # library that is looked for under a name it does not have here: a fiftieth of a report's time.
    own = {"LANG": "C.UTF-8", **dict.fromkeys(("HOME", "TMPDIR", "PATH"), str(room))}
    return {**own, **(more or {})}


def _wait(process: subprocess.Popen[bytes], wall_seconds: int) -> int:
    """Its exit code, or the negative number of the signal that ended it."""
    deadline = time.monotonic() + wall_seconds
    try:
        return process.wait(timeout=max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    finally:
        # Also when this very process is interrupted while waiting: nothing is left behind.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _failure(code: int) -> type[ConfinedFailure]:
    if code == REFUSED:
        return InputRefused
    if code == OUT_OF_MEMORY:
        return OutOfMemory
    if -code in OUT_OF_TIME:
        return OutOfTime
    if -code == signal.SIGXFSZ:
        return OutputTooLarge
    return StoppedUnexpectedly


def _end_of(complaints: BinaryIO) -> str:
    complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, complaints.tell() - COMPLAINT_BYTES))
    return complaints.read().decode(errors="replace").strip()
