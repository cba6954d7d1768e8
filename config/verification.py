"""Comparing the private storage with the rows that name its files: nothing rots unnoticed."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from coordination.models import StoredFile
from coordination.services.files import small_path
from coordination.services.storage import awaits_its_row, digest_of, stored_paths


@dataclass(frozen=True)
class NamedFile:
    """A file that a row names, the SHA-256 that the row has of it, and the kind of row."""

    path: str
    sha256: str
    kind: str


def file_findings() -> Iterator[str]:
    """Every changed, missing and unknown file of the private storage, a line each.

    Files are written before the rows that name them, so those are read last: a file that comes in
    meanwhile is not called unknown. Nor is one whose row was taken back, as when the second file of
    a form is refused: it is as it was written, says nothing of rot, and goes by the clock.
    """
    present = set(stored_paths())
    named = set(named_files()) | set(small_pictures())
    for file in sorted(named, key=lambda file: file.path):
        digest = digest_of(file.path)
        if digest is None:
            yield f"missing: {file.path} ({file.kind})"
        elif digest != file.sha256:
            yield f"changed: {file.path} ({file.kind})"
    known = {file.path for file in named}
    unnamed = sorted(present - known)
    yield from (f"unknown: {path}" for path in unnamed if not awaits_its_row(path))


def named_files() -> Iterator[NamedFile]:
    """What the rows of those models name."""
    for model in models_of_files():
        kind = str(model._meta.verbose_name)
        for path, sha256 in _rows(model):
            yield NamedFile(path, sha256, kind)


def models_of_files() -> Iterator[type[models.Model]]:
    """The models whose rows name a file by its path and SHA-256."""
    for model in apps.get_models():
        if {"path", "sha256"} <= {field.name for field in model._meta.get_fields()}:
            yield model


def small_pictures() -> Iterator[NamedFile]:
    """The small versions of pictures, which their rows name too."""
    pictures = StoredFile.objects.filter(media_type__startswith="image/")
    for path, sha256 in pictures.values_list("path", "small_sha256").distinct().iterator():
        yield NamedFile(small_path(path), sha256, "small picture")


def _rows(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    yield from model._default_manager.values_list("path", "sha256").distinct().iterator()
