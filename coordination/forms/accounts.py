"""Signing in and up. Up: the address is that of the invitation, whatever was typed."""

from __future__ import annotations

import threading
from typing import Any

from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm, SignupForm
from allauth.core import context
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.services.invitations import held_invitation

# A password takes a fifth of a second to check, one at a time in each web process. Whoever else
# waits for it keeps a thread from those who are already working.
_at_the_door = threading.BoundedSemaphore(2)


class AddressMixin(forms.Form):
    """Names the address as every page does, and so do its errors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"login", "email"} & set(self.fields):
            self.fields[name].label = _("E-mail address")


class ForgottenPasswordForm(AddressMixin, ResetPasswordForm):
    """Asks where the letter goes."""


class AnotherAddressForm(AddressMixin, AddEmailForm):
    """Takes a further address of one's own."""


class SignInForm(AddressMixin, LoginForm):
    """Says what the tick means: many sign in on a computer that others use too.

    In a burst of sign-ins those who find no room are asked to send it again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].label = _("Stay signed in when the browser is closed")
        self.fields["remember"].help_text = _("Not on a computer that others use.")

    def clean(self) -> Any:
        if not _at_the_door.acquire(blocking=False):
            raise forms.ValidationError(
                _("Many people are signing in at this moment. Send it again in a few seconds.")
            )
        try:
            return super().clean()
        finally:
            _at_the_door.release()


class KeyForm(AddWebAuthnForm):
    """Takes a passkey or security key; it opens the door alone unless one wants both steps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passwordless"]
        field.initial = True
        field.label = _("Sign in with this key alone")
        field.help_text = _(
            "It then asks for your fingerprint, your face or a PIN. Leave it out for a key that "
            "cannot do that: it is the second step after the password."
        )


class InvitedMixin(AddressMixin):
    """Fills the e-mail address from the invitation and leaves it unchangeable."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invitation = held_invitation(context.request.session)
        field = self.fields["email"]
        field.disabled = True
        field.help_text = _("The address that was invited.")
        # Overrules what a view or another form suggests.
        self.initial["email"] = field.initial = invitation.email if invitation else ""


class InvitedSignupForm(InvitedMixin, SignupForm):
    """With a password."""


class InvitedSocialSignupForm(InvitedMixin, SocialSignupForm):
    """Over an identity provider."""
