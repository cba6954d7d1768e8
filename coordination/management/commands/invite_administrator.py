"""`manage.py invite_administrator`: the first way into a new portal."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.forms import ValidationError
from django.urls import reverse
from django.utils import timezone

from coordination.models import Role
from coordination.services.invitations import invite_person, token_of
from coordination.services.offices import Appointment
from coordination.services.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Invite someone to be administrator. The letter is sent, and its link is printed, in case "
        "mail does not work yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address that may accept.")
        parser.add_argument("post", help='How the post is called: "Portal administrator".')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            invitation = invite_person(
                options["post"],
                options["email"],
                Appointment(role=Role.ADMINISTRATOR, starts_on=timezone.localdate()),
                by=None,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        path = reverse("invitation-accept", args=[token_of(invitation)])
        self.stdout.write(f"{settings.PUBLIC_URL}{path}")
