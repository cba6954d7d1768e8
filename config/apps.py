from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "config"
    verbose_name = "Portal"

    def ready(self) -> None:
        from config import checks, security_log

        checks.register_all()
        security_log.connect()
