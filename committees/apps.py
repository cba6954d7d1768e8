from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommitteesConfig(AppConfig):
    name = "committees"
    verbose_name = _("Committees")

    def ready(self) -> None:
        # It imports models, which exist only from here on.
        from .services import event_sentences  # noqa: PLC0415

        event_sentences.register()
