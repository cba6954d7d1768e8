"""gunicorn: processes that answer people. Read by `-c python:config.gunicorn_conf`."""

import os

from config.logs import logging_config

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))

# A request that takes longer has gone wrong; long work is the worker's.
timeout = 60
graceful_timeout = 20
max_requests = 5000
max_requests_jitter = 500

# Heartbeats in memory: a slow disk must not look like a dead process.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - not a file of ours

# Statements of these processes are cut short, as a person waits for them.
raw_env = ["SERVES_PEOPLE=1"]

# The portal writes one line a request itself, without the secrets that addresses carry.
accesslog = None
logconfig_dict = logging_config(
    level=os.environ.get("LOG_LEVEL", "WARNING" if os.environ.get("DEMO") else "INFO"),
    as_json=not (os.environ.get("DEMO") or os.environ.get("DEBUG")),
)
