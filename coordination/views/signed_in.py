"""The request of a view that asks people to sign in first."""

from django.http import HttpRequest

from coordination.models import User


class SignedInRequest(HttpRequest):
    """What ``login_required`` lets through: its user is a person, never the public."""

    user: User
