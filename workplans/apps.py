from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkplansConfig(AppConfig):
    name = "workplans"
    verbose_name = _("Work plans")

    def ready(self) -> None:
        # They import models, which exist only from here on.
        from coordination.signals import backbone_handed_over  # noqa: PLC0415 - as said above

        from .services import (  # noqa: PLC0415 - as said above
            action_links,  # noqa: F401 - it registers what it shows
            event_sentences,
            plan_reviews,  # noqa: F401 - it registers what it shows
            planning,
            planning_reference,  # noqa: F401 - it registers what it loads
        )

        event_sentences.register()
        backbone_handed_over.connect(planning.keep_backbone_of_past_plans)
