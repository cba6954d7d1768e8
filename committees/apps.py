from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommitteesConfig(AppConfig):
    name = "committees"
    verbose_name = _("Committees")

    def ready(self) -> None:
        # They import models, which exist only from here on.
        from coordination.models import Role  # noqa: PLC0415 - as said above
        from coordination.models.organisation import register_way  # noqa: PLC0415 - as said above
        from coordination.permissions import register_giver  # noqa: PLC0415 - as said above
        from coordination.services.offices import register_purposes  # noqa: PLC0415 - as said above
        from coordination.signals import (  # noqa: PLC0415 - as said above
            invitation_accepted,
            office_ended,
            person_anonymised,
        )

        from .permissions import can_give_seats  # noqa: PLC0415 - as said above
        from .services import event_sentences  # noqa: PLC0415 - as said above
        from .services.leavers import forget_person  # noqa: PLC0415 - as said above
        from .services.seat_offices import follow_office, seats_behind, take_up_seat  # noqa: PLC0415 - as said above

        event_sentences.register()
        register_giver(Role.COMMITTEE_MEMBER, can_give_seats)
        register_purposes(seats_behind)
        register_way("seats__body__mechanism")
        office_ended.connect(follow_office, dispatch_uid="committees.seats")
        invitation_accepted.connect(take_up_seat, dispatch_uid="committees.seats")
        person_anonymised.connect(forget_person, dispatch_uid="committees.leavers")
