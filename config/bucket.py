"""Files in a bucket: whatever keeps it from answering is one failure, and comes soon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
)
from django.core.files import File
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from coordination.services.storage import StorageAway

# A web thread waits for it; by default for a minute, five times over.
IMPATIENT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2})


@contextmanager
def answering() -> Iterator[None]:
    """Raise StorageAway for what the bucket's client raises; a file that is missing stays that."""
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError, RetriesExceededError) as error:
        raise StorageAway(str(error)) from error


class BucketStorage(S3Storage):
    """The storage of django-storages, as the portal asks it."""

    client_config: Config
    transfer_config: TransferConfig

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(IMPATIENT)
        self.transfer_config.num_download_attempts = 1

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """The file with its content, so that an answer is not begun which cannot be ended."""
        with answering():
            opened: File[bytes] = super()._open(name, mode)
            try:
                opened.seek(0)  # fetches it
            except Exception:
                opened.close()
                raise
            return opened

    def _save(self, name: str, content: File[bytes]) -> str:
        with answering():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with answering():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with answering():
            super().delete(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with answering():
            folders, files = super().listdir(name)
            return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with answering():
            moment: datetime = super().get_modified_time(name)
            return moment
