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

from coordination.models import SECOND_FACTOR_ROLES, Standing

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# The account's own pages, on which a second factor is set up and one signs out; the health checks
# and the language.
OPEN_PREFIXES = ("accounts", "livez", "readyz", "metrics", "i18n")


class SecondFactorMiddleware:
    """Signatories, verifiers and administrators get nowhere with a password alone.

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
        needs_one = Standing.of(request.user).holding(*SECOND_FACTOR_ROLES)
        return bool(needs_one) and not is_mfa_enabled(request.user)
