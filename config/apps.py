from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "config"
    verbose_name = "Portal"

    def ready(self) -> None:
        # They import models, which exist only from here on.
        from config import checks, security_log, session_life  # noqa: PLC0415 - as said above

        checks.register_all()
        security_log.connect()
        session_life.connect()


class PortalAdminConfig(AdminConfig):
    default_site = "config.admin_site.PortalAdminSite"
