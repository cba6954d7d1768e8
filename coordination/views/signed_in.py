"""The request of a view that asks people to sign in first."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from coordination.models import User


class SignedInRequest(HttpRequest):
    """What ``login_required`` lets through: its user is a person, never the public."""

    user: User
    htmx: HtmxDetails
