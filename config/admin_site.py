"""The administration: open to who holds the office of administrator, on each request (R26)."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coordination.permissions import can_administer


class PortalAdminSite(AdminSite):
    site_header = _("Baraza administration")
    site_title = _("Baraza")
    index_title = _("Reference data and offices")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff) and can_administer(request.user)
