"""What the portal is by default, what the environment makes of it, and what it refuses."""

import json
import logging
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from unittest import mock
from urllib.parse import urlencode

import psycopg2
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from config import checks, hashers, health, heartbeat
from config.hashers import OneAtATimeArgon2Hasher
from config.logs import JsonFormatter, PlainFormatter, RequestFilter
from config.middleware import BusyDatabaseMiddleware
from config.secret_key import read_or_make_key
from coordination.models import User
from coordination.services import rendering
from coordination.services.storage import StorageAway
from tests.factories.coordination import UserFactory
from tests.test_processes import free_port

ROOT = Path(__file__).resolve().parent.parent

PRINT_SETTINGS = """
import json, config.settings as s
names = [name for name in dir(s) if name.isupper() and name != "LANGUAGES"]
print(json.dumps({name: getattr(s, name) for name in names}, default=str))
"""


def settings_with(tmp_path, **environment):
    """Return the settings that a process with this environment, and nothing else, would have."""
    result = subprocess.run(
        [sys.executable, "-c", PRINT_SETTINGS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ImproperlyConfigured(result.stderr.strip().splitlines()[-1])
    return json.loads(result.stdout)


# --- By default -----------------------------------------------------------------------------------


def test_without_any_setting_the_portal_is_closed(tmp_path):
    settings = settings_with(tmp_path)

    assert (settings["DEBUG"], settings["DEMO"], settings["MFA_REQUIRED"]) == (False, False, True)
    assert settings["ALLOWED_HOSTS"] == ["127.0.0.1"]


def test_the_key_of_a_single_host_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    first, second = settings_with(tmp_path), settings_with(tmp_path)

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) == 50
    assert mode_of(tmp_path / "secret_key") == 0o600


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_database_of_a_single_host_is_readable_by_its_owner_alone(tmp_path):
    """Its log and index too: SQLite gives them the mode of the file."""
    settings_with(tmp_path)
    database = tmp_path / "baraza.sqlite3"
    assert mode_of(database) == 0o600

    with closing(sqlite3.connect(database)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE kept (number INTEGER);")
        files = sorted(tmp_path.glob("baraza.sqlite3*"))
        modes = {file.name: mode_of(file) for file in files}

    assert modes == dict.fromkeys(
        ("baraza.sqlite3", "baraza.sqlite3-shm", "baraza.sqlite3-wal"), 0o600
    )


def test_a_database_that_others_could_read_is_narrowed_and_stays_as_it_was(tmp_path):
    names = ("baraza.sqlite3", "baraza.sqlite3-wal")
    for name in names:
        (tmp_path / name).write_bytes(b"as it was")
        (tmp_path / name).chmod(0o644)

    settings_with(tmp_path)

    assert [(tmp_path / name).read_bytes() for name in names] == [b"as it was"] * 2
    assert [mode_of(tmp_path / name) for name in names] == [0o600] * 2


@pytest.mark.parametrize("address", ["sqlite://:memory:", "postgres://portal@database/portal"])
def test_a_database_without_a_file_of_ours_makes_none(tmp_path, address):
    settings_with(tmp_path, DATABASE_URL=address, SECRET_KEY="given")

    assert list(tmp_path.iterdir()) == []


def test_letters_that_are_written_to_files_are_readable_by_their_owner_alone(tmp_path):
    (tmp_path / "mail").mkdir(mode=0o755)

    settings_with(tmp_path, DEMO="1")

    assert mode_of(tmp_path / "mail") == 0o700


def test_hosts_that_share_a_database_must_be_given_their_key(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="Set SECRET_KEY"):
        settings_with(tmp_path, DATABASE_URL="postgres://portal@database/portal")


def test_a_key_that_another_process_made_meanwhile_is_the_key(tmp_path):
    path = tmp_path / "secret_key"
    path.write_text("made by another")

    assert read_or_make_key(path, allowed=True) == "made by another"


def test_a_demo_asks_for_no_second_factor_and_writes_its_letters_to_files(tmp_path):
    settings = settings_with(tmp_path, DEMO="1")

    assert settings["MFA_REQUIRED"] is False
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert settings["EMAIL_FILE_PATH"] == str(tmp_path / "mail")


def test_what_is_empty_in_the_environment_counts_as_not_said(tmp_path):
    settings = settings_with(tmp_path, DATABASE_URL="", REDIS_URL="", EMAIL_URL="", SECRET_KEY="")

    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "baraza.sqlite3")
    assert settings["CELERY_BROKER_URL"] == "directory://localhost/"


# --- By the environment ---------------------------------------------------------------------------


def test_behind_tls_cookies_belong_to_this_host_alone(tmp_path):
    settings = settings_with(
        tmp_path, PUBLIC_URL="https://portal.example.org", TRUSTED_PROXY_COUNT="1"
    )

    assert settings["SESSION_COOKIE_NAME"] == "__Host-session"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["ALLOWED_HOSTS"] == ["portal.example.org"]
    assert settings["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


@pytest.mark.parametrize(
    ("redis_url", "cache"),
    [
        ("redis://queue:6379/0", "redis://queue:6379/1"),
        ("redis://queue:6379", "redis://queue:6379/1"),
        ("redis://:secret@queue:6379/4", "redis://:secret@queue:6379/5"),
    ],
)
def test_the_cache_is_never_the_database_of_the_queue(tmp_path, redis_url, cache):
    settings = settings_with(tmp_path, REDIS_URL=redis_url)

    assert settings["CACHES"]["default"]["LOCATION"] == cache
    assert settings["CELERY_BROKER_URL"] == redis_url


def test_only_where_people_wait_are_statements_cut_short(tmp_path):
    postgresql = {"DATABASE_URL": "postgres://portal@database/portal", "SECRET_KEY": "k"}

    web = settings_with(tmp_path, SERVES_PEOPLE="1", **postgresql)
    worker = settings_with(tmp_path, **postgresql)

    assert "statement_timeout=15s" in web["DATABASES"]["default"]["OPTIONS"]["options"]
    assert "statement_timeout=0" in worker["DATABASES"]["default"]["OPTIONS"]["options"]


def test_what_lies_in_a_bucket_is_not_asked_of_the_proxy(tmp_path):
    said = {"MEDIA_ACCEL_PREFIX": "/-/media/"}

    assert settings_with(tmp_path, **said)["MEDIA_ACCEL_PREFIX"] == "/-/media/"
    assert settings_with(tmp_path, **said, MEDIA_S3_BUCKET="b")["MEDIA_ACCEL_PREFIX"] == ""


def test_the_web_server_hears_what_the_file_says(tmp_path):
    """`.env` comes into the environment with the settings, so those are read first."""
    told = {"HOST": "127.0.0.9", "PORT": "8123", "WEB_CONCURRENCY": "3", "WEB_THREADS": "5"}
    script = f"""
import environ, os
environ.Env.read_env = lambda path: os.environ.update({told})
from config import gunicorn_conf as web
print(web.bind, web.workers, web.threads)
"""
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "127.0.0.9:8123 3 5\n"


# --- Refusals -------------------------------------------------------------------------------------


def ids(messages):
    return [message.id for message in messages]


def test_the_settings_of_the_tests_are_safe():
    every = (
        checks.check_time_limits,
        checks.check_weasyprint,
        checks.check_cache,
        checks.check_sqlite,
        checks.check_private_files,
        checks.check_data_apart,
        checks.check_proxy,
        checks.check_demo,
    )
    assert [message for check in every for message in check()] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RENDER_CPU_SECONDS", 240 - rendering.WAITING_SECONDS),
        ("CELERY_TASK_SOFT_TIME_LIMIT", 300),
        ("CELERY_TASK_TIME_LIMIT", 600),
        ("WORK_LEASE", timedelta(seconds=900)),
        ("CELERY_BROKER_TRANSPORT_OPTIONS", {"visibility_timeout": 600}),
    ],
)
def test_a_limit_that_leaves_the_next_no_time_is_refused(settings, name, value):
    setattr(settings, name, value)

    assert ids(checks.check_time_limits()) == ["portal.E001"]


def test_a_limit_that_leaves_the_next_a_second_is_taken(settings):
    settings.RENDER_CPU_SECONDS = 239 - rendering.WAITING_SECONDS
    settings.CELERY_TASK_TIME_LIMIT = 599
    settings.WORK_LEASE = timedelta(seconds=899)

    assert checks.check_time_limits() == []


@pytest.mark.parametrize(
    ("installed", "refusals"),
    [("9.9", ["portal.E002"]), ("69.2", ["portal.E002"]), ("70.0", []), ("100.0", [])],
)
def test_a_renderer_that_fetches_what_it_must_not_is_refused(monkeypatch, installed, refusals):
    monkeypatch.setattr(checks, "version", {"weasyprint": installed}.get)

    assert ids(checks.check_weasyprint()) == refusals


def test_a_cache_of_each_process_alone_is_refused(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

    assert ids(checks.check_cache()) == ["portal.E003"]


def test_sqlite_that_takes_its_lock_late_is_refused(monkeypatch):
    late = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    monkeypatch.setattr(checks.settings, "DATABASES", {"default": late})

    assert ids(checks.check_sqlite()) == ["portal.E004"]


def test_private_files_among_public_ones_are_refused(settings):
    settings.MEDIA_ROOT = Path(settings.STATIC_ROOT) / "media"

    assert ids(checks.check_private_files()) == ["portal.E005"]


@pytest.mark.parametrize("name", ["DATA_DIR", "BACKUP_DIR"])
def test_what_is_the_portals_own_is_refused_among_private_files(settings, tmp_path, name):
    settings.MEDIA_ROOT = tmp_path

    for place in (tmp_path, tmp_path / "below"):
        setattr(settings, name, place)
        assert ids(checks.check_data_apart()) == ["portal.E007"]


WEB = ("gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi")
WORKER = ("celery", "--quiet", "-A", "config", "worker")


@pytest.mark.parametrize("command", [WEB, WORKER], ids=["web", "worker"])
def test_what_starts_without_a_command_of_django_is_refused_too(tmp_path, command):
    said = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORT": str(free_port()),
            "DATA_DIR": str(tmp_path / "data"),
            "MEDIA_ROOT": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (said.returncode, "portal.E007" in said.stderr) == (1, True)


def test_tls_without_a_known_proxy_is_refused(settings):
    settings.BEHIND_TLS, settings.ALLAUTH_TRUSTED_PROXY_COUNT = True, 0

    assert ids(checks.check_proxy()) == ["portal.E006"]


def test_weasyprint_is_new_enough():
    assert int(version("weasyprint").split(".")[0]) >= checks.SAFE_WEASYPRINT


# --- Every answer ---------------------------------------------------------------------------------

STRICT = {
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "manifest-src 'self'",
    "object-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
}


@pytest.mark.parametrize("address", ["/livez", "/accounts/login/", "/no-such-page", "/?q=%00"])
def test_every_answer_bears_the_headers_that_protect_it(client, db, address):
    answer = client.get(address)

    assert set(answer["Content-Security-Policy"].split("; ")) == STRICT
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert answer["X-Request-ID"]


@pytest.mark.parametrize("address", ["/?q=%00", "/reports/?year=1%00", "/mechanisms/a%00b/"])
def test_a_nul_in_the_address_is_a_bad_request(client, address):
    assert client.get(address).status_code == 400


def test_pages_of_people_who_are_signed_in_are_kept_nowhere(client, outsider):
    client.force_login(outsider)

    assert client.get("/accounts/email/")["Cache-Control"] == "private, no-store"


def test_a_number_that_the_proxy_gave_is_kept(client):
    assert client.get("/livez", headers={"X-Request-ID": "abcdef-123456"})["X-Request-ID"] == (
        "abcdef-123456"
    )


@pytest.mark.parametrize("given", ["", "short", "two\nlines-of-it", "x" * 65, "a b c d e f g h"])
def test_a_number_that_could_forge_a_log_line_is_not_kept(client, given):
    assert client.get("/livez", headers={"X-Request-ID": given})["X-Request-ID"] != given


def test_a_session_that_ended_between_two_htmx_requests_sends_the_whole_page_to_sign_in(client, db):
    answer = client.get(
        "/accounts/email/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/"},
    )

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/accounts/login/?next=%2Fdesk%2F")


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/verification/?period=2021-q1", "/verification/?period=2021-q1"),
        ("https://elsewhere.test/verification/", "/"),
        ("", "/"),
    ],
)
def test_a_session_that_ended_before_a_click_leads_back_to_the_page(client, db, came_from, back):
    answer = client.post("/results/1/verify/", headers={"Referer": came_from})

    assert answer["Location"] == f"/accounts/login/?{urlencode({'next': back})}"


def answer_nothing(request):
    return HttpResponse()


def test_a_busy_database_is_to_be_tried_again(rf):
    middleware = BusyDatabaseMiddleware(answer_nothing)

    answer = middleware.process_exception(rf.get("/"), OperationalError("database is locked"))

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_another_failure_of_the_database_is_a_failure(rf):
    middleware = BusyDatabaseMiddleware(answer_nothing)

    assert middleware.process_exception(rf.get("/"), OperationalError("disk I/O error")) is None


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (psycopg2.OperationalError("connection refused"), 503),
        (psycopg2.InterfaceError("connection already closed"), 503),
        (psycopg2.DataError("out of range"), 500),
        (None, 500),
    ],
)
def test_a_database_that_is_away_is_said_to_be_so(monkeypatch, cause, status):
    def fail(*args, **kwargs):
        raise OperationalError from cause

    monkeypatch.setattr("config.views.health.examine", fail)

    answer = Client(raise_request_exception=False).get("/readyz")

    assert (answer.status_code, "<h1>" in answer.content.decode()) == (status, True)


def test_too_many_bytes_in_one_request_are_cut_off(client, db, settings):
    settings.REQUEST_MAX_UPLOAD_BYTES = 1000
    too_much = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + b"0" * 2000

    answer = client.post(
        reverse("account_login"),
        too_much + b"\r\n--x--",
        content_type="multipart/form-data;boundary=x",
    )

    assert answer.status_code == 400


def test_admin_has_the_same_door_as_every_page(client, db):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1] == ("/accounts/login/?next=%2Fadmin%2F", 302)


# --- Passwords ------------------------------------------------------------------------------------


def test_passwords_are_kept_by_argon2():
    hasher = OneAtATimeArgon2Hasher()
    kept = hasher.encode("a long enough password", hasher.salt())

    assert kept.startswith("argon2$argon2id$")
    assert hasher.verify("a long enough password", kept)
    assert not hasher.verify("another password", kept)


@pytest.mark.skipif(sys.platform != "linux", reason="A thread has a priority of its own on Linux.")
def test_a_password_is_computed_behind_the_pages_of_those_who_are_working():
    usual = os.getpriority(os.PRIO_PROCESS, 0)

    behind = hashers._computing.submit(os.getpriority, os.PRIO_PROCESS, 0).result()

    assert behind == min(usual + hashers.NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == usual


# --- Log ------------------------------------------------------------------------------------------


def line_of(**fields):
    record = logging.makeLogRecord({"msg": "%s: %s", "levelname": "WARNING", **fields})
    RequestFilter().filter(record)
    return json.loads(JsonFormatter().format(record))


def test_no_secret_of_an_address_reaches_the_log():
    request = RequestFactory().get("/invitation/a-secret-token/")

    line = line_of(args=("Not Found", "/invitation/a-secret-token/"), request=request)

    assert line["message"] == "Not Found: (unknown address)"


def test_a_refusal_bears_the_number_of_its_request(client, db, caplog):
    client.get("/no-such-page", headers={"X-Request-ID": "abcdef-123456"})

    [refusal] = [record for record in caplog.records if record.name == "django.request"]
    RequestFilter().filter(refusal)
    assert json.loads(JsonFormatter().format(refusal))["request"] == "abcdef-123456"


def test_what_a_visitor_sends_cannot_forge_a_second_line():
    record = logging.makeLogRecord({"msg": 'x\n{"level": "INFO"}', "levelname": "INFO"})
    RequestFilter().filter(record)

    assert "\n" not in JsonFormatter().format(record)


def refusal_of_database(do):
    """The entry that tells of what the database refused, as the web and the scheduler log it."""
    try:
        with transaction.atomic():
            do()
    except (IntegrityError, DataError) as error:
        return logging.makeLogRecord(
            {
                "msg": "Job failed: %s",
                "args": (error,),
                "exc_info": (type(error), error, error.__traceback__),
            }
        )
    raise AssertionError("Nothing was refused.")


ADDRESS = "canary@example.org"  # by its name, as a traceback quotes the lines of the program


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_no_row_that_the_database_refuses_is_quoted_in_the_log(db, formatter):
    known = User.objects.filter(pk=UserFactory(email=ADDRESS).pk)
    same_address = refusal_of_database(lambda: UserFactory(email=ADDRESS))
    without_password = refusal_of_database(lambda: known.update(password=None))

    lines = [formatter.format(record) for record in (same_address, without_password)]

    assert [ADDRESS in line for line in lines] == [False, False]
    assert ["IntegrityError" in line for line in lines] == [True, True]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite takes any text for a number.")
@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_no_value_that_the_database_cannot_read_is_quoted_in_the_log(db, formatter):
    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::date", [ADDRESS])

    line = formatter.format(refusal_of_database(ask))

    assert ADDRESS not in line
    assert "DataError: invalid input syntax for type date: …" in line


def test_times_in_the_log_are_utc():
    assert line_of(args=("a", "b"), created=0)["at"] == "1970-01-01T00:00:00.000+00:00"


def test_a_failed_sign_in_is_logged_without_the_address(client, db, caplog):
    caplog.set_level("INFO", "portal.security")

    client.post("/accounts/login/", {"login": "someone@example.org", "password": "wrong"})

    assert [record.getMessage() for record in caplog.records] == ["sign-in failed"]
    assert "someone@example.org" not in caplog.text


# --- Health ---------------------------------------------------------------------------------------


def test_livez_needs_no_database(client):
    assert client.get("/livez").content == b"alive\n"


def test_readyz_names_the_parts_that_do_not_work(client, db):
    heartbeat.record(heartbeat.SCHEDULER)

    answer = client.get("/readyz")

    parts = answer.json()["parts"]
    assert answer.status_code == 503
    assert [part for part in parts if not parts[part]["works"]] == ["queue"]


def test_readyz_says_that_the_bucket_does_not_answer(client, db, monkeypatch, settings):
    assert client.get("/readyz").json()["parts"]["files"]["works"]
    settings.MEDIA_S3_BUCKET = "baraza"
    away = mock.Mock(**{"exists.side_effect": StorageAway})
    monkeypatch.setattr(health, "default_storage", away)
    files = client.get("/readyz").json()["parts"]["files"]
    assert files == {"works": False, "detail": "StorageAway"}


def test_readyz_is_ready_when_a_worker_and_the_scheduler_have_answered(client, db):
    heartbeat.record(heartbeat.SCHEDULER)
    heartbeat.record(heartbeat.QUEUE_ANSWERED)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_readyz_says_how_long_the_queue_has_been_silent_even_after_a_day(client, db, monkeypatch):
    long_ago = timedelta(days=1, seconds=5)
    monkeypatch.setattr(heartbeat, "age", lambda _sign: long_ago)

    parts = client.get("/readyz").json()["parts"]

    assert parts["queue"] == {"works": False, "detail": "a worker answered 86405 s ago"}
    assert parts["scheduler"] == {"works": False, "detail": "ran 86405 s ago"}


def test_a_part_that_cannot_be_examined_does_not_hide_the_others(db, monkeypatch):
    def broken():
        raise ConnectionError("of no concern to a visitor")

    monkeypatch.setattr(health, "_broker", broken)

    findings = {finding.part: finding for finding in health.examine()}

    assert (findings["broker"].works, findings["broker"].detail) == (False, "ConnectionError")
    assert findings["database"].works
