"""How the portal writes its log: one line an entry, in UTC, without secrets or e-mail addresses."""

import contextvars
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

# The number of the request being answered; middleware sets it, every line bears it.
request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


class RequestFilter(logging.Filter):
    """Add the request's number, and put the pattern of an address in place of the address.

    Addresses of feeds, invitations and password resets carry secrets, and Django logs the address
    of every request that fails.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        # Django logs a refusal after the middleware is done, with the request at hand.
        record.request_id = getattr(request, "number", None) or request_id.get()
        if request is not None and isinstance(record.args, tuple):
            record.args = tuple(
                address_pattern(request) if argument == getattr(request, "path", None) else argument
                for argument in record.args
            )
        return True


def address_pattern(request: Any) -> str:
    """Return the route that the request's address matched, such as "reports/<slug>/"."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(unknown address)"


def errors_of(record: logging.LogRecord) -> Iterator[BaseException]:
    """Yield each exception that the entry tells of, with those that led to it."""
    told = list(record.args.values() if isinstance(record.args, dict) else record.args or ())
    waiting = [record.exc_info[1] if record.exc_info else None, *told]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop()
        if isinstance(error, BaseException) and id(error) not in seen:
            seen.add(id(error))
            yield error
            waiting += [error.__cause__, error.__context__]


def is_of_database(error: BaseException) -> bool:
    """Whether a driver, or Django in its stead, raised it: all call their class so (DB-API)."""
    return any(kind.__name__ == "DatabaseError" for kind in type(error).__mro__)


def without_rows(text: str, record: logging.LogRecord) -> str:
    """Return the entry's text without the rows that a database quotes in its errors.

    PostgreSQL says after the first line which row or key it refused, with the names and addresses
    in it; of a value that it cannot read, in the first line already.
    """
    for error in filter(is_of_database, errors_of(record)):
        said = str(error).rstrip()
        brief = said.partition("\n")[0]
        if type(error).__name__ == "DataError" and '"' in brief:
            brief = brief.partition('"')[0] + "…"
        if brief != said:
            text = text.replace(said, brief).replace(repr(error), brief)
    return text


class PlainFormatter(logging.Formatter):
    """As people read it on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return without_rows(super().format(record), record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, so that nothing a visitor sends can forge a second line."""

    # What a caller may add by `extra=`.
    EXTRAS = ("user", "method", "route", "status", "milliseconds", "reason")

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_rows(record.getMessage(), record),
            "request": getattr(record, "request_id", "-"),
            "process": record.process,
        }
        line |= {name: getattr(record, name) for name in self.EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = without_rows(self.formatException(record.exc_info), record)
        return json.dumps(line, default=str, ensure_ascii=False)


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Return the `logging.config.dictConfig` dictionary shared by web, worker and scheduler."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "config.logs.RequestFilter"}},
        "formatters": {
            "json": {"()": "config.logs.JsonFormatter"},
            "plain": {
                "class": "config.logs.PlainFormatter",
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["request"],
                "formatter": "json" if as_json else "plain",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own handler would print each line a second time.
            "django": {"handlers": [], "propagate": True},
            # Its address line is written by our middleware, without secrets.
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            # For each word that a template asked for and did not find, it would print all that the
            # page knew: the secret of an address, what was typed, who reads it.
            "django.template": {"level": "INFO"},
            "gunicorn.error": {"handlers": [], "propagate": True},
            # One warning for each glyph that a font lacks.
            "fontTools": {"level": "ERROR"},
        },
    }
