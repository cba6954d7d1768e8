"""Child processes under one parent: started together, watched, and stopped together."""

import logging
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

# A process that lived this long counts as healthy, and its next fall is its first.
HEALTHY_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 30.0


@dataclass
class Child:
    """A process that may be started again.

    It leads its own group, so that Ctrl-C reaches the parent alone and the parent decides in which
    order things end; and so that its own children can be ended with it.
    """

    name: str
    command: list[str]
    restarts: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    falls: int = 0
    next_start_at: float = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own command lines
            self.command,
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and its descendants; they may be gone already."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def ask_to_stop(self) -> None:
        """Ask the process itself: it knows how to end its own children in order."""
        if self.runs and self.process is not None:
            self.process.send_signal(signal.SIGTERM)


class Family:
    """The children of one portal."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children

    def start(self) -> None:
        for child in self.children:
            child.start()

    def look_after(self) -> Child | None:
        """Start fallen children again, each time after a longer pause.

        Return a child that has ended and is not to be started again, or None.
        """
        now = time.monotonic()
        for child in self.children:
            if child.runs:
                continue
            if not child.restarts:
                return child
            if not child.next_start_at:
                child.falls = 1 if now - child.started_at > HEALTHY_SECONDS else child.falls + 1
                wait = min(2.0 ** (child.falls - 1), LONGEST_WAIT_SECONDS)
                child.next_start_at = now + wait
                logger.error("The %s ended; it starts again in %d s.", child.name, wait)
                child.signal_group(signal.SIGKILL)  # what it may have left behind
            elif now >= child.next_start_at:
                child.next_start_at = 0.0
                child.start()
        return None

    def stop(self, *, patience: float) -> None:
        """Ask every child to stop; after `patience` seconds end those that have not."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + patience
        while any(child.runs for child in self.children) and time.monotonic() < deadline:
            time.sleep(0.05)
        for child in self.children:
            child.signal_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
