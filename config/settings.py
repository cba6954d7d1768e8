"""Settings of the portal, from the environment. `.env.example` lists every variable.

Nothing needs to be set to try it (`make demo`); a deployment sets SECRET_KEY, PUBLIC_URL,
DATABASE_URL, REDIS_URL and EMAIL_URL (docs/operations.md).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.formats import (  # noqa: F401 - settings
    DATE_FORMAT,
    DATETIME_FORMAT,
    MONTH_DAY_FORMAT,
    NUMBER_GROUPING,
)
from config.logs import logging_config
from config.private_files import make_database_private, make_directory_private
from config.secret_key import read_or_make_key

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- What kind of portal is this? ----------------------------------------------------------------

# Closed by default: what is not said to be a demo or a developer's machine is in production.
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
IN_PRODUCTION = not (DEBUG or DEMO)

# Everything that a running portal writes lives here, unless it is told otherwise.
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

# Where people reach the portal: links in e-mails and on printed reports start with it.
PUBLIC_URL = env("PUBLIC_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip(
    "/"
)
BEHIND_TLS = PUBLIC_URL.startswith("https://")

DATABASE_URL = env("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'baraza.sqlite3'}"
ON_SQLITE = DATABASE_URL.startswith("sqlite:")

# One host may keep its key in its own file; several hosts must be given the same one.
SECRET_KEY = env("SECRET_KEY", default="") or read_or_make_key(
    DATA_DIR / "secret_key", allowed=ON_SQLITE or not IN_PRODUCTION
)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[str(urlsplit(PUBLIC_URL).hostname)]
    + ([] if IN_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]),
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

# --- Apps ----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Ours, the highest first: a template of a higher app may replace one of a lower.
    "config.apps.PortalConfig",
    "reporting",
    "workplans",
    "committees",
    "coordination",
    # Signing in
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    # Pages
    "csp",
    "django_filters",
    "django_htmx",
    "template_partials",
    # Django's own. "django.forms" before the engine, so that ours may replace its templates.
    "config.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "config.stack.ample_stack",
    # Outermost, so that every line of the log and every answer bears the request's number.
    "config.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.ResponseHeadersMiddleware",
    "config.middleware.CompressPagesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.RefuseNulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.SignInAgainMiddleware",
    "config.middleware.BusyDatabaseMiddleware",
    "config.middleware.StandingMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.session_life.SessionLifeMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.second_factor.SecondFactorMiddleware",
    "config.security_log.RefusalsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

# --- Templates and forms -------------------------------------------------------------------------

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.portal",
            ],
        },
    },
]

# Forms are drawn by our own templates: one `field.html` dresses every form alike.
FORM_RENDERER = "coordination.forms.rendering.PortalRenderer"

# The default of Django 6.0, adopted early: an address typed without a scheme is https.
FORMS_URLFIELD_ASSUME_HTTPS = True

# --- Database ------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# gunicorn sets this for its own processes: a person waits there, so statements must not.
SERVES_PEOPLE = env.bool("SERVES_PEOPLE", default=False)

if ON_SQLITE:
    # SQLite makes its file, but not the directory, and for everyone on the host to read.
    make_database_private(DATABASES["default"]["NAME"])
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock when a transaction begins. Taken later, a second writer is refused
        # at once ("database is locked"), however long the timeout.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # WAL: readers never wait for a writer. FULL: what was saved survives a power cut.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # A restarted server costs nobody an error page.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    _statement, _lock = ("15s", "3s") if SERVES_PEOPLE else ("0", "30s")
    # Beside what the address says, such as `?sslmode=verify-full`.
    DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
        "connect_timeout": 5,
        # No compiling of queries: ours join many small tables, and to compile one takes a hundred
        # times as long as to answer it. And a row here and there costs no more than rows in order,
        # as on any disk without a needle: by PostgreSQL's own setting whole quarters are read.
        "options": (
            f"-c statement_timeout={_statement} -c lock_timeout={_lock}"
            " -c idle_in_transaction_session_timeout=30s -c jit=off -c random_page_cost=1.1"
        ),
    }

# --- Cache: rate limits and heartbeats, so it must be one for all processes ----------------------

REDIS_URL = env("REDIS_URL", default="")

if REDIS_URL:
    # The database after the queue's, so that flushing the cache loses no work.
    _queue = urlsplit(REDIS_URL)
    _cache = _queue._replace(path=f"/{int(_queue.path.strip('/') or 0) + 1}")
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": _cache.geturl(),
            "KEY_PREFIX": "portal",
            "OPTIONS": {"socket_timeout": 3, "socket_connect_timeout": 3},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "portal_cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }

# --- Queue ---------------------------------------------------------------------------------------

# The row in the database is the truth and a message only a hint: a lost one is sent again by the
# scheduler, a repeated one finds its work claimed. That is what makes the directory enough for one
# machine, and early acknowledgement unnecessary on many.
CELERY_BROKER_URL = REDIS_URL or "directory://localhost/"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
# Safe only because attempts are counted in the row: a task that kills its worker comes back.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=1)
# Rendering leaves memory behind: start a fresh process now and then.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20
# A report that is being drawn when the broker falls is finished: its claim is in the database, and
# a message that comes again finds it. Cancelled, it would wait for its lease to run out.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 60
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES: int | None = None
# Nobody who clicks waits long for a broker that does not answer.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}

# Five limits that only make sense in this order; `config.checks` refuses any other.
RENDER_CPU_SECONDS = 90  # the confined subprocess that draws one PDF
CELERY_TASK_SOFT_TIME_LIMIT = 240  # the task may still write down why it failed
CELERY_TASK_TIME_LIMIT = 300  # the worker's process is ended
WORK_LEASE = timedelta(seconds=600)  # claimed work may be claimed by another
BROKER_VISIBILITY_SECONDS = 900  # Redis hands an unacknowledged message out again

RENDER_MEMORY_MB = 1200

CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": BROKER_VISIBILITY_SECONDS,
        # Look for unacknowledged messages every 10 s, not every 100.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "directory": str(DATA_DIR / "queue"),
        "polling_interval": 0.2,
    }
    # Commands to workers are broadcasts, which a directory does not carry.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False

# How often the scheduler looks what is due.
SCHEDULER_INTERVAL = timedelta(seconds=5)

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))

# Only the files whose names bear their content's hash are served, and may be kept for ever.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Private: no address leads here. Views check rights, then hand the file out.
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(DATA_DIR / "media")))
MEDIA_S3_BUCKET = env("MEDIA_S3_BUCKET", default="")
# Where the proxy offers MEDIA_ROOT as an internal location, it sends the bytes (X-Accel-Redirect).
# What lies in a bucket it cannot send, whatever docker-compose.yml says.
MEDIA_ACCEL_PREFIX = "" if MEDIA_S3_BUCKET else env("MEDIA_ACCEL_PREFIX", default="")

STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if MEDIA_S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "config.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": MEDIA_S3_BUCKET,
            "endpoint_url": env("MEDIA_S3_ENDPOINT_URL", default=None),
            "region_name": env("MEDIA_S3_REGION", default=None),
            "access_key": env("MEDIA_S3_ACCESS_KEY", default=None),
            "secret_key": env("MEDIA_S3_SECRET_KEY", default=None),
            "default_acl": "private",
            # Never other content: a path derives from what lies there.
            "file_overwrite": True,
            # A signed address is given out after the rights were checked, and dies soon.
            "querystring_auth": True,
            "querystring_expire": 60,
        },
    }

# The proxy that sends the files is another user; otherwise they are the portal's alone.
FILE_UPLOAD_PERMISSIONS = 0o644 if MEDIA_ACCEL_PREFIX else 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755 if MEDIA_ACCEL_PREFIX else 0o700
FILE_UPLOAD_HANDLERS = [
    "config.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# One file, said at the field by its form; and all files of one request, where the line is cut.
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
REQUEST_MAX_UPLOAD_BYTES = 3 * UPLOAD_MAX_BYTES
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A grid of every indicator by every cell is one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Backups: where `manage.py backup` puts them, and /readyz looks for the newest ----------------

BACKUP_DIR = Path(env("BACKUP_DIR")) if env("BACKUP_DIR", default="") else None

# --- Signing in ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "coordination.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    # Signs nobody in: tells the administration what an office lets one do.
    "coordination.adapters.OfficeBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"

PASSWORD_HASHERS = ["config.hashers.OneAtATimeArgon2Hasher"]
if DEMO:
    # The demo's passwords are printed for everyone: outside a demo this hasher, and so they, fail.
    PASSWORD_HASHERS.insert(0, "config.demo.hashers.DemoHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = timedelta(hours=24) // timedelta(seconds=1)

ACCOUNT_ADAPTER = "coordination.adapters.InvitationOnlyAdapter"
ACCOUNT_FORMS = {
    "add_email": "coordination.forms.accounts.AnotherAddressForm",
    "login": "coordination.forms.accounts.SignInForm",
    "reset_password": "coordination.forms.accounts.ForgottenPasswordForm",
    "signup": "coordination.forms.accounts.InvitedSignupForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD: str | None = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BEHIND_TLS else "http"

MFA_FORMS = {"add_webauthn": "coordination.forms.accounts.KeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Baraza"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
# Browsers give passkeys to https alone, except on the machine itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS
# Whether those who sign, verify or administer must have a second factor (config.second_factor).
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=IN_PRODUCTION)

# How many proxies of ours stand before the portal. Rate limits count the address behind them:
# too low, and everyone shares the proxy's; too high, and anyone may invent one.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# A ministry's own identity provider (OpenID Connect), where one is configured.
OIDC_SERVER_URL = env("OIDC_SERVER_URL", default="")
OIDC_PROVIDER_ID = env("OIDC_PROVIDER_ID", default="sso")
OIDC_NAME = env("OIDC_NAME", default="")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": OIDC_PROVIDER_ID,
                "name": OIDC_NAME,
                "client_id": env("OIDC_CLIENT_ID", default=""),
                "secret": env("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_SERVER_URL
        else [],
    }
}
SOCIALACCOUNT_ADAPTER = "coordination.adapters.InvitationOnlySocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "coordination.forms.accounts.InvitedSocialSignupForm"}
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Sign an invited person in by the e-mail address that the provider vouches for. Only for a
# provider that verifies addresses itself, as a ministry's own does.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = env.bool("OIDC_TRUST_EMAIL", default=False)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = SOCIALACCOUNT_EMAIL_AUTHENTICATION

# A working day on a shared laptop, and no longer; and not over a lunch that became an afternoon.
SESSION_COOKIE_AGE = timedelta(hours=12) // timedelta(seconds=1)
SESSION_IDLE_AGE = timedelta(hours=2)

# --- Security headers ----------------------------------------------------------------------------

_sign_in_origin = "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL))

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        # A browser also holds the redirect that follows a form to this list.
        "form-action": [SELF, *([_sign_in_origin] if OIDC_SERVER_URL else [])],
        "frame-ancestors": [NONE],
        # "data:" for the icons inside Bootstrap's style sheet and the QR code of a second factor.
        "img-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "object-src": [NONE],
        # Scripts and styles are files of ours and nothing else: no inline code, not even by nonce.
        "script-src": [SELF],
        "style-src": [SELF],
        "upgrade-insecure-requests": BEHIND_TLS,
    },
}
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.views.forgery_feared"
CSRF_COOKIE_HTTPONLY = True  # the token is in the page, for htmx as for forms
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SAMESITE = "Lax"

if BEHIND_TLS:
    SECURE_SSL_REDIRECT = True
    # The machine's own health checks come without the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # A browser takes a cookie of this name only from this very host, over TLS.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        # Our proxy sets this header on every request, whatever the visitor sent.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

SILENCED_SYSTEM_CHECKS = [
    # Preloading binds a whole registered domain, often a government's, and is hard to undo:
    # its owner's decision, not the portal's.
    "security.W021",
]

# --- Language and time ---------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# A language is offered once a speaker has reviewed its catalogue in locale/ (CONTRIBUTING.md);
# LANGUAGES=en,ur tries one before.
_language_names = {"en": _("English"), "sw": _("Swahili"), "ur": _("Urdu"), "km": _("Khmer")}
LANGUAGES = [(code, _language_names[code]) for code in env.list("LANGUAGES", default=["en"])]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # a choice is remembered
# What people enter is written in this language, whatever the page around it speaks.
CONTENT_LANGUAGE = env("CONTENT_LANGUAGE", default=LANGUAGE_CODE)
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]

# Moments are stored in UTC. This is the zone of pages that belong to no mechanism; deadlines and
# dates of a mechanism are in its own.
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="UTC")

# --- E-mail --------------------------------------------------------------------------------------

# Only production sends: elsewhere letters go to a directory, or to a developer's console.
_mail = env.email_url_config(
    env("EMAIL_URL", default="")
    or ("smtp://localhost:25" if IN_PRODUCTION else "consolemail:" if DEBUG else "filemail:")
)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", default=str(DATA_DIR / "mail"))
if EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend":
    make_directory_private(Path(EMAIL_FILE_PATH))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Baraza <portal@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Logs ----------------------------------------------------------------------------------------

LOG_LEVEL = env("LOG_LEVEL", default="WARNING" if DEMO else "INFO")
LOGGING = logging_config(level=LOG_LEVEL, as_json=IN_PRODUCTION)

# --- Health --------------------------------------------------------------------------------------

# What Prometheus bears to read /metrics; without it there is no such address.
METRICS_TOKEN = env("METRICS_TOKEN", default="")

# /readyz turns red when one of these is passed.
READY_SCHEDULER_AGE = timedelta(minutes=2)
# A worker may be busy with one task for as long as the time limit allows, and one may be queued.
READY_QUEUE_AGE = timedelta(minutes=15)
READY_DISK_FREE_MB = 200
# Only where BACKUP_DIR says that there are to be backups: one a day, and time to make it.
READY_BACKUP_AGE = timedelta(hours=30)
