"""A queue in a directory, for a portal on one machine that has no Redis.

Kombu's own filesystem transport writes a message under its final name, where a worker may take it
half written. Here a message is written aside, brought to disk, and renamed into place; a worker
takes it by renaming it again. Either rename succeeds for exactly one process.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.json import dumps, loads


class Channel(virtual.Channel):
    def _directory(self, queue: str) -> Path:
        directory = Path(self.connection.client.transport_options["directory"]) / queue
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        directory = self._directory(queue)
        # Wall-clock time keeps the order across a restart of the machine.
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        draft = directory / f"{name}.draft"
        with draft.open("w") as file:
            file.write(dumps(message))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / f"{name}.message")
        _sync_directory(directory)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for message in sorted(self._directory(queue).glob("*.message")):
            mine = message.with_suffix(".taken")
            try:
                message.rename(mine)
            except FileNotFoundError:
                continue  # another worker was quicker
            payload = loads(mine.read_text())
            mine.unlink()
            return payload
        raise Empty

    def _size(self, queue: str) -> int:
        return len(list(self._directory(queue).glob("*.message")))

    def _purge(self, queue: str) -> int:
        messages = list(self._directory(queue).glob("*.message"))
        for message in messages:
            message.unlink(missing_ok=True)
        return len(messages)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Transport(virtual.Transport):
    Channel = Channel
    # Every process declares the queues that it uses; only messages are shared, through the disk.
    global_state = virtual.BrokerState()
    driver_type = driver_name = "directory"

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state

    def driver_version(self) -> str:
        return "1"


def register() -> None:
    """Let a broker URL of "directory://" mean this transport."""
    TRANSPORT_ALIASES["directory"] = "config.transport:Transport"
