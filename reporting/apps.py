from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        # Only now are the models that these read there.
        from workplans.services.closing import register_closer  # noqa: PLC0415 - as said above
        from workplans.signals import results_changed  # noqa: PLC0415 - as said above

        from .services import event_sentences  # noqa: PLC0415 - as said above
        from .services.closings import (  # noqa: PLC0415 - as said above
            is_in_published_report,
            is_in_published_review,
        )
        from .services.totals import apply_changes  # noqa: PLC0415 - as said above

        event_sentences.register()
        register_closer(is_in_published_report)
        register_closer(is_in_published_review)
        results_changed.connect(apply_changes, dispatch_uid="reporting.totals")
