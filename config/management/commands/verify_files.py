"""`manage.py verify_files`: compare every stored file with the hash that the database has of it."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import models


class Command(BaseCommand):
    help = "Name every file that is missing or changed, and fail if there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        checked, wrong = 0, 0
        for model in models_of_files():
            for path, sha256 in model._default_manager.values_list("path", "sha256").distinct():
                checked += 1
                finding = examine(path, sha256)
                if finding:
                    wrong += 1
                    self.stderr.write(f"{finding}: {path} ({model._meta.label})")
        if wrong:
            raise CommandError(f"{wrong} of {checked} files are not as they were stored.")
        self.stdout.write(f"{checked} files are as they were stored.")


def models_of_files() -> Iterator[type[models.Model]]:
    """Return the models whose rows name a file by path and SHA-256."""
    for model in apps.get_models():
        if {"path", "sha256"} <= {field.name for field in model._meta.get_fields()}:
            yield model


def examine(path: str, sha256: str) -> str:
    """Return what is wrong with the file: "missing", "changed", or nothing."""
    if not default_storage.exists(path):
        return "missing"
    with default_storage.open(path) as file:
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
    return "" if digest.hexdigest() == sha256 else "changed"
