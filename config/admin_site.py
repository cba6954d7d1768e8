"""The administration: open to who holds the office of administrator, on each request (R26)."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from coordination.permissions import can_administer


class PortalAdminSite(AdminSite):
    site_header = _("Baraza administration")
    site_title = _("Baraza")
    index_title = _("Reference data and offices")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one door, and it leads visitors elsewhere; who gets here is signed in."""
        if self.has_permission(request):
            return redirect("admin:index")
        raise PermissionDenied

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff) and can_administer(request.user)
