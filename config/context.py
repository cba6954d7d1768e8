"""What every template may say about the portal itself."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, to_locale

from config.backups import last_proven


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return what the portal is, speaks and keeps: demo, address, language, sign-in, backup."""
    sign_in = {"id": settings.OIDC_PROVIDER_ID, "name": settings.OIDC_NAME}
    return {
        "portal": {
            "is_demo": settings.DEMO,
            "url": settings.PUBLIC_URL,
            "other_sign_in": sign_in if settings.OIDC_SERVER_URL else None,
            "proven_backup": proven_backup,
            "words_in": language_of_words(get_language() or settings.LANGUAGE_CODE),
        }
    }


@cache
def language_of_words(language: str) -> str:
    """Return the language that the portal's own words come out in: English without a catalogue."""
    inside = Path(to_locale(language), "LC_MESSAGES", "django.mo")
    spoken = any((Path(path) / inside).exists() for path in settings.LOCALE_PATHS)
    return language if spoken else settings.LANGUAGE_CODE


def proven_backup() -> dict[str, Any]:
    """Return whether backups are made, and the moment of the newest that proved itself.

    A template that names it calls it: no other page reads what the backups say of themselves.
    """
    if settings.BACKUP_DIR is None:
        return {"are_made": False, "at": None}
    return {"are_made": True, "at": last_proven(settings.BACKUP_DIR)}
