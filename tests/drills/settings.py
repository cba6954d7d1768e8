"""The settings of a portal with what a drill alters: limits that it cannot wait for, a wrong clock.

A process reads them where a drill says so; every other one is as deployed. They have the bare page
of `make bench` too, to hold the others against.
"""

import datetime as dt
import os

from django.utils import timezone

from config.settings import *  # noqa: F403 - everything of them, then what differs
from config.settings import CELERY_BROKER_TRANSPORT_OPTIONS

# The start-up check would refuse to run so, and rightly.
SILENCED_SYSTEM_CHECKS = ["portal.E001"]

ROOT_URLCONF = "tests.bench.urls"

if _seconds := os.environ.get("DRILL_VISIBILITY_SECONDS"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "visibility_timeout": int(_seconds),
        "unacked_restore_interval": 1,
    }

if _skew := os.environ.get("DRILL_CLOCK_SKEW"):
    _off = dt.timedelta(seconds=int(_skew))
    timezone.now = lambda: dt.datetime.now(tz=dt.UTC) + _off
