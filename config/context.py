"""What every template may say about the portal itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config.backups import last_proven


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return whether this is a demo, the public address, the ministry's sign-in, the backup."""
    sign_in = {"id": settings.OIDC_PROVIDER_ID, "name": settings.OIDC_NAME}
    return {
        "portal": {
            "is_demo": settings.DEMO,
            "url": settings.PUBLIC_URL,
            "other_sign_in": sign_in if settings.OIDC_SERVER_URL else None,
            "proven_backup": proven_backup,
        }
    }


def proven_backup() -> dict[str, Any]:
    """Return whether backups are made, and the moment of the newest that proved itself.

    A template that names it calls it: no other page reads what the backups say of themselves.
    """
    if settings.BACKUP_DIR is None:
        return {"are_made": False, "at": None}
    return {"are_made": True, "at": last_proven(settings.BACKUP_DIR)}
