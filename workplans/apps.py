from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkplansConfig(AppConfig):
    name = "workplans"
    verbose_name = _("Work plans")

    def ready(self) -> None:
        # It imports models, which exist only from here on.
        from .services import event_sentences  # noqa: PLC0415 - as said above

        event_sentences.register()
