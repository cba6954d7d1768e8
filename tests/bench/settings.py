"""The portal's settings as deployed, on the database of the bench."""

import os
import tempfile

SCALE = float(os.environ.get("BENCH_SCALE", "1"))

os.environ["DATABASE_URL"] = os.environ.get(
    "BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/baraza_bench"
)
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="baraza-bench-"))
os.environ["SECRET_KEY"] = "not secret: for the bench only"
os.environ["DEBUG"] = os.environ["DEMO"] = os.environ["MFA_REQUIRED"] = "0"
os.environ["PUBLIC_URL"] = "http://127.0.0.1"

from config.settings import *  # noqa: E402, F403 - read after the environment, and everything of them
from config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402 - read after the environment

DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
ROOT_URLCONF = "tests.bench.urls"
LOGGING_CONFIG: str | None = None
