"""The administration: open to who holds the office of administrator, on each request (R26)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from coordination.permissions import can_administer

OWN_APPS = {"coordination", "committees", "workplans", "reporting"}


class PortalAdminSite(AdminSite):
    site_header = _("Baraza administration")
    site_title = _("Baraza")
    index_title = _("Reference data and offices")

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take what the portal itself registers, and nothing else.

        Whoever could edit other people's e-mail addresses or second factors here could sign in in
        their place.
        """
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        own = [model for model in models if model._meta.app_label in OWN_APPS]
        super().register(own, admin_class, **options)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one door, and it leads visitors elsewhere; who gets here is signed in."""
        if self.has_permission(request):
            return redirect("admin:index")
        raise PermissionDenied

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff) and can_administer(request.user)
