import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from committees import models
from coordination.models import Role

from .coordination import MechanismFactory, OfficeFactory, OrganisationFactory, UserFactory

LONG_AGO = dt.date(2020, 1, 1)


class BodyFactory(DjangoModelFactory):
    class Meta:
        model = models.Body

    mechanism = factory.SubFactory(MechanismFactory)
    slug = factory.Sequence(lambda n: f"body-{n}")
    name = factory.LazyAttribute(lambda o: f"Committee {o.slug}")
    short_name = factory.LazyAttribute(lambda o: o.slug.upper())
    kind = models.Body.Kind.REVIEW
    state = models.Body.State.MEETING


class SeatFactory(DjangoModelFactory):
    class Meta:
        model = models.Seat

    body = factory.SubFactory(BodyFactory)
    title = factory.Sequence(lambda n: f"Post {n}")


class AppointmentFactory(DjangoModelFactory):
    """A confirmed appointment with the office that goes with it."""

    class Meta:
        model = models.Appointment

    seat = factory.SubFactory(SeatFactory)
    holder = factory.SubFactory(UserFactory)
    organisation = factory.LazyAttribute(lambda o: o.seat.organisation or OrganisationFactory())
    starts_on = LONG_AGO
    confirmed_at = factory.LazyFunction(timezone.now)
    office = factory.LazyAttribute(
        lambda o: OfficeFactory(
            holder=o.holder,
            role=Role.COMMITTEE_MEMBER,
            organisation=o.organisation,
            mechanism=o.seat.body.mechanism,
            starts_on=o.starts_on,
            ends_on=getattr(o, "ends_on", None),
        )
    )


class NominationFactory(DjangoModelFactory):
    """Somebody with an account is nominated; nobody has confirmed it."""

    class Meta:
        model = models.Appointment

    seat = factory.SubFactory(SeatFactory)
    holder = factory.SubFactory(UserFactory)
    organisation = factory.LazyAttribute(lambda o: o.seat.organisation or OrganisationFactory())
    starts_on = dt.date(2021, 1, 1)


class CapacityFactory(DjangoModelFactory):
    """A duty for which a seat lacks something, with the support planned."""

    class Meta:
        model = models.Capacity

    seat = factory.SubFactory(SeatFactory)
    duty = "Review progress"
    level = models.Capacity.Level.PARTLY
    assessed_on = dt.date(2021, 1, 10)
    support = "Induction"


class CadenceAlarmFactory(DjangoModelFactory):
    """The body should have met by May 2020."""

    class Meta:
        model = models.CadenceAlarm

    body = factory.SubFactory(BodyFactory)
    counted_from = dt.date(2020, 2, 1)
    due_on = dt.date(2020, 5, 1)
    level = models.CadenceAlarm.Level.RED
    raised_at = factory.LazyFunction(timezone.now)


class MeetingFactory(DjangoModelFactory):
    """A meeting that was held; see also ``PlannedMeetingFactory``."""

    class Meta:
        model = models.Meeting

    body = factory.SubFactory(BodyFactory)
    held_on = dt.date(2020, 2, 1)
    state = models.Meeting.State.HELD


class PlannedMeetingFactory(DjangoModelFactory):
    """A meeting a week from now, at ten o'clock in Nairobi."""

    class Meta:
        model = models.Meeting

    body = factory.SubFactory(BodyFactory)
    starts_at = factory.LazyFunction(
        lambda: (timezone.now() + dt.timedelta(days=7)).replace(
            hour=7, minute=0, second=0, microsecond=0
        )
    )
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + dt.timedelta(hours=2))
    state = models.Meeting.State.SCHEDULED


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = models.AgendaItem

    body = factory.LazyAttribute(lambda o: o.meeting.body)
    meeting = factory.SubFactory(PlannedMeetingFactory)
    position = factory.Sequence(lambda n: n)
    title = factory.Sequence(lambda n: f"Item {n}")


class ActionItemFactory(DjangoModelFactory):
    """What a body has given the governor to do."""

    class Meta:
        model = models.ActionItem

    body = factory.SubFactory(BodyFactory)
    number = factory.Sequence(lambda n: 1000 + n)
    text = factory.Sequence(lambda n: f"Do {n}")
    created_at = factory.LazyFunction(timezone.now)


class DecisionFactory(DjangoModelFactory):
    """A decision of a meeting, recorded on its day."""

    class Meta:
        model = models.Decision

    meeting = factory.SubFactory(MeetingFactory)
    body = factory.LazyAttribute(lambda o: o.meeting.body)
    year = 2020
    number = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Resolved {n}.")
    type = models.Decision.Type.APPROVE
    taken_on = dt.date(2020, 2, 1)
    recorded_at = dt.datetime(2020, 2, 1, 12, tzinfo=dt.UTC)


class EscalationFactory(DjangoModelFactory):
    """An issue that waits at the first level."""

    class Meta:
        model = models.Escalation
        skip_postgeneration_save = True

    mechanism = factory.SubFactory(MechanismFactory)
    raised_by = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Issue {n}")
    text = "What stands in the way."
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=14))
    raised_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def body(self, create, extracted, **kwargs):
        models.EscalationStep.objects.create(
            escalation=self,
            body=extracted or BodyFactory(mechanism=self.mechanism),
            position=0,
            received_at=self.raised_at,
        )


class AlertFactory(DjangoModelFactory):
    class Meta:
        model = models.Alert
        skip_postgeneration_save = True

    mechanism = factory.SubFactory(MechanismFactory)
    kind = models.Alert.Kind.DROUGHT
    title = factory.Sequence(lambda n: f"Drought {n}")
    noticed_on = dt.date(2021, 2, 1)
    raised_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def places(self, create, extracted, **kwargs):
        self.places.set(extracted or ())


class MemoFactory(DjangoModelFactory):
    """A draft with two recommendations to the bodies."""

    class Meta:
        model = models.Memo
        skip_postgeneration_save = True

    mechanism = factory.SubFactory(MechanismFactory)
    code = factory.Sequence(lambda n: f"M{n}")
    title = factory.Sequence(lambda n: f"Memo {n}")
    prepared_by = factory.SubFactory(OrganisationFactory)

    @factory.post_generation
    def bodies(self, create, extracted, **kwargs):
        for position, body in enumerate(extracted or ()):
            self.addressees.create(body=body, position=position)
        for number in (1, 2):
            self.recommendations.create(number=number, text=f"Recommend {number}")
