from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "config"
    verbose_name = "Portal"

    def ready(self) -> None:
        # They import models, which exist only from here on.
        from config import checks, security_log  # noqa: PLC0415

        checks.register_all()
        security_log.connect()
