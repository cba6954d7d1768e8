"""Celery: how work that takes long leaves the web process. Settings are in `config.settings`."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from django.conf import settings

from config import transport
from config.garbage import search_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

transport.register()

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def use_portal_logging(**kwargs: Any) -> None:
    """Log as the web process does; Celery would otherwise set up a format of its own."""
    logging.config.dictConfig(settings.LOGGING)


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def search_for_garbage_seldom(**kwargs: Any) -> None:
    search_seldom()
