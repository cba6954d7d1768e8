"""Celery: how work that takes long leaves the web process. Settings are in `config.settings`."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_process_init
from django.conf import settings

from config import transport
from config.checks import refuse_what_is_unsafe
from config.garbage import search_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Of 19. At 5 a process has a third of another's share.
NICENESS = 5

transport.register()

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def use_portal_logging(**kwargs: Any) -> None:
    """Log as the web process does; Celery would otherwise set up a format of its own."""
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def begin_with_safe_settings(**kwargs: Any) -> None:
    refuse_what_is_unsafe()


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def search_for_garbage_seldom(**kwargs: Any) -> None:
    search_seldom()


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def step_back_for_pages(**kwargs: Any) -> None:
    """Leave the processor to who waits for a page, where both want it on one machine.

    A report is waited for in minutes, and what draws it inherits this. It still gets a quarter of
    a processor that others keep busy: a report never waits until its limits end it.
    """
    os.nice(NICENESS)
