"""The portal's settings, as the tests need them: own data directory, fast passwords."""

import atexit
import hashlib
import os
import shutil
import tempfile
import uuid

_data = tempfile.mkdtemp(prefix="baraza-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)

# Read by config.settings below. A developer's own .env must not decide what a test sees.
os.environ["DATA_DIR"] = _data
os.environ["SECRET_KEY"] = "not secret: for tests only"
os.environ["DEBUG"] = os.environ["DEMO"] = "0"
os.environ["PUBLIC_URL"] = "http://testserver"
os.environ["MFA_REQUIRED"] = "0"

from config.settings import *  # noqa: E402, F403 - read after the environment, and everything of them
from config.settings import CACHES, DATABASES, ON_SQLITE, STORAGES  # noqa: E402 - read after the environment

if ON_SQLITE:
    # A file, since a database in memory has not the real locking. The disk is not under test.
    DATABASES["default"]["TEST"] = {"NAME": f"{_data}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-64000;"
    )

# Child processes, those that share the tests among them included, belong to the same run.
_run = os.environ.setdefault("TEST_RUN", uuid.uuid4().hex)


def key_of_this_test(key: str, prefix: str, version: int) -> str:
    """Return a key that no other test uses: a cache on Redis is not rolled back."""
    test, _, _phase = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")
    owner = hashlib.sha256(f"{_run} {test}".encode()).hexdigest()[:16]
    return f"{prefix}:{owner}:{version}:{key}"


CACHES["default"]["KEY_FUNCTION"] = key_of_this_test

# Static files as they lie in the tree; nothing to collect first.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Argon2 takes a fifth of a second on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGGING_CONFIG: str | None = None
