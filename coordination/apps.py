from django.apps import AppConfig
from django.core.signals import request_finished, request_started
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class CoordinationConfig(AppConfig):
    name = "coordination"
    verbose_name = _("Coordination")

    def ready(self) -> None:
        # They import models, which exist only from here on.
        from coordination.services import event_sentences, pulse, readings  # noqa: PLC0415 - as said above

        event_sentences.register()
        connection_created.connect(pulse.watch)
        connection_created.connect(readings.watch)
        request_started.connect(readings.begin_reading)
        request_finished.connect(readings.end_reading)
