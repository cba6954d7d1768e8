"""What every template may say about the portal itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return whether this is a demo, the public address, and the ministry's sign-in if any."""
    sign_in = {"id": settings.OIDC_PROVIDER_ID, "name": settings.OIDC_NAME}
    return {
        "portal": {
            "is_demo": settings.DEMO,
            "url": settings.PUBLIC_URL,
            "other_sign_in": sign_in if settings.OIDC_SERVER_URL else None,
        }
    }
