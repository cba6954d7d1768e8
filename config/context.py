"""What every template may say about the portal itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return whether this is a demo, the public address, and the name of the ministry's sign-in."""
    providers = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    return {
        "portal": {
            "is_demo": settings.DEMO,
            "url": settings.PUBLIC_URL,
            "sign_in_providers": [
                {"id": provider["provider_id"], "name": provider["name"]} for provider in providers
            ],
        }
    }
