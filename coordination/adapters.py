"""How Django's and allauth's doors meet the portal: by invitation in, by office through."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import User
from coordination.permissions import can_administer
from coordination.services.invitations import accept_invitation, held_invitation
from coordination.services.refusals import Refusal


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Opens sign-up for who came by an invitation's link, and gives the office afterwards."""

    # In the portal's words: what may be wrong, and what to do.
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy(
            "E-mail address and password do not belong together. Check both: a password tells "
            "capitals from small letters."
        ),
        "incorrect_password": gettext_lazy("This is not your password."),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts failed. Wait five minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return held_invitation(request.session) is not None

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Who holds the secret of the letter reads the letters of that address."""
        invitation = held_invitation(request.session)
        invited = invitation is not None and invitation.email.lower() == email.lower()
        return invited or super().is_email_verified(request, email)

    def new_user(self, request: HttpRequest) -> User:
        """A post's name comes with its invitation."""
        invitation = held_invitation(request.session)
        return User(name=invitation.name if invitation else "")

    def post_login(
        self, request: HttpRequest, user: User, *, signup: bool, **options: Any
    ) -> HttpResponse:
        """Only who has come through every stage of signing up is put into office."""
        if signup and (invitation := held_invitation(request.session)):
            try:
                office = accept_invitation(invitation, by=user)
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("You are in office: %(office)s.") % {"office": office})
        return super().post_login(request, user, signup=signup, **options)


class InvitationOnlySocialAdapter(DefaultSocialAccountAdapter):
    """Lets an identity provider sign up only whom the invitation names."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        invitation = held_invitation(request.session)
        if invitation is None:
            return False
        given = {address.email.lower() for address in sociallogin.email_addresses}
        return invitation.email.lower() in given


class OfficeBackend(BaseBackend):
    """Answers Django's own question about rights, which the administration asks (R26)."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return self._administers(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self._administers(user_obj)

    def _administers(self, user: Any) -> bool:
        # Asked for every model of a page; a user object lives as long as the request.
        known = vars(user)
        if "administers" not in known:
            known["administers"] = can_administer(user)
        return known["administers"]
