"""Who must have a second factor meets the page that sets one up, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from committees.models import bodies_chaired_by, bodies_kept_by
from coordination.models import Role, Standing, Visitor

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Each side of a plan signs by one of the first three; a focal point verifies; and whoever gives
# offices could give those that sign.
SECOND_FACTOR_ROLES = (
    Role.PARTNER_SIGNATORY,
    Role.COUNTY_FOCAL_POINT,
    Role.DONOR_OFFICER,
    Role.SECRETARIAT,
    Role.ADMINISTRATOR,
)

# The account's own pages, on which a second factor is set up and one signs out; the health checks
# and the language.
OPEN_PREFIXES = ("accounts", "livez", "readyz", "metrics", "i18n")


def needs_second_factor(user: Visitor) -> bool:
    """Whether the person signs, verifies or administers: by an office, or for a body.

    A body's chair and secretary confirm its minutes; whoever only sits on it confirms nothing.
    """
    if Standing.of(user).holding(*SECOND_FACTOR_ROLES):
        return True
    return bool(bodies_chaired_by(user) or bodies_kept_by(user))


class SecondFactorMiddleware:
    """Those who sign, verify or administer get nowhere with a password alone.

    Asked on each request, so that an office given today needs its second factor today.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.MFA_REQUIRED or not self._lacks_second_factor(request):
            return self.get_response(request)
        messages.warning(request, _("Your office needs a second step at sign-in. Set one up."))
        return HttpResponseRedirect(reverse("mfa_index"))

    def _lacks_second_factor(self, request: HttpRequest) -> bool:
        if request.path_info.split("/")[1] in OPEN_PREFIXES or not request.user.is_authenticated:
            return False
        records = get_authentication_records(request, request.user)
        if any(record["method"] == "mfa" for record in records):
            return False
        return needs_second_factor(request.user) and not is_mfa_enabled(request.user)
