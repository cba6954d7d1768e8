import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from committees import models
from coordination.models import Role, StoredFile
from coordination.services.storage import keep

from .coordination import (
    MechanismFactory,
    OfficeFactory,
    OrganisationFactory,
    PlaceFactory,
    UserFactory,
)

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


class TermsFactory(DjangoModelFactory):
    """A draft of a body's terms; with ``kind`` and no ``body``, of terms for all of a kind."""

    class Meta:
        model = models.Terms

    mechanism = factory.SubFactory(MechanismFactory)
    number = factory.Sequence(lambda n: n + 1)
    purpose = factory.LazyAttribute(lambda o: f"Purpose {o.number}")


class NotificationFactory(DjangoModelFactory):
    class Meta:
        model = models.Notification
        skip_postgeneration_save = True

    mechanism = factory.SubFactory(MechanismFactory)
    authority = factory.SubFactory(OrganisationFactory)
    subject = factory.Sequence(lambda n: f"Notification {n}")
    notified_on = dt.date(2020, 2, 12)

    @factory.post_generation
    def bodies(self, create, extracted, **kwargs):
        self.bodies.set(extracted or [])


class DocumentFactory(DjangoModelFactory):
    """A document with its versions (one, or as many as ``versions``), whose files lie nowhere."""

    class Meta:
        model = models.Document
        skip_postgeneration_save = True

    mechanism = factory.SubFactory(MechanismFactory)
    title = factory.Sequence(lambda n: f"Document {n}")
    kind = models.Document.Kind.PAPER

    @factory.post_generation
    def versions(self, create, extracted, **kwargs):
        for number in range(1, (extracted or 1) + 1):
            file = StoredFile.objects.create(
                path=f"uploads/{self.pk}-{number}", name="paper.pdf", size=1,
                media_type="application/pdf", sha256=f"{number}" * 64, uploaded_at=timezone.now(),
            )  # fmt: skip
            models.DocumentVersion.objects.create(
                document=self, number=number, file=file, added_at=timezone.now()
            )


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


class ParticipantFactory(DjangoModelFactory):
    class Meta:
        model = models.Participant

    meeting = factory.SubFactory(PlannedMeetingFactory)
    organisation = factory.SubFactory(OrganisationFactory)


def made_printout(minutes, *, by) -> models.Printout:
    """A printout of the minutes as they stand, with a stand-in for its PDF."""
    now = timezone.now()
    printout = models.Printout.objects.create(
        mechanism=minutes.meeting.body.mechanism, minutes=minutes, minutes_state=minutes.state,
        state="ready", stage="done", requested_by=by, requested_at=now, compiled_at=now,
        snapshot="{}", snapshot_sha256="0" * 64,
    )  # fmt: skip
    kept = keep(b"%PDF-1.7 a stand-in", folder="printouts", suffix="pdf")
    models.PrintoutFile.objects.create(
        printout=printout, path=kept.path, sha256=kept.sha256, size=kept.size, name="minutes.pdf"
    )
    return printout


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


class CriteriaSetFactory(DjangoModelFactory):
    """Criteria with a scale from 0 to 10 each: as many as ``criteria`` names, else two."""

    class Meta:
        model = models.CriteriaSet
        skip_postgeneration_save = True

    body = factory.SubFactory(BodyFactory)
    number = factory.LazyAttribute(lambda o: o.body.criteria_sets.count() + 1)
    applies_from = LONG_AGO
    set_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def criteria(self, create, extracted, **kwargs):
        for position, name in enumerate(extracted or ("Openness", "Services")):
            self.criteria.create(name=name, position=position, lowest=0, highest=10)


class PerformanceReviewFactory(DjangoModelFactory):
    """A review by the newest criteria of the body; ``scores`` in their order, None for missing."""

    class Meta:
        model = models.PerformanceReview
        skip_postgeneration_save = True

    body = factory.SubFactory(BodyFactory)
    place = factory.SubFactory(PlaceFactory)
    criteria_set = factory.LazyAttribute(
        lambda o: (
            o.body.criteria_sets.order_by("-number").first() or CriteriaSetFactory(body=o.body)
        )
    )
    reviewed_on = dt.date(2021, 3, 1)
    recorded_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def scores(self, create, extracted, **kwargs):
        criteria = self.criteria_set.criteria.order_by("position")
        for criterion, score in zip(criteria, extracted or (6, 8), strict=True):
            if score is not None:
                self.scores.create(criterion=criterion, score=score)


class GrantFactory(DjangoModelFactory):
    """A grant that is proposed; see ``decision`` and ``state`` for another."""

    class Meta:
        model = models.Grant

    body = factory.SubFactory(BodyFactory)
    place = factory.SubFactory(PlaceFactory)
    purpose = factory.Sequence(lambda n: f"Well {n}")
    amount_minor = 4_000_000_00
    currency = "KHR"
    proposed_on = dt.date(2021, 2, 1)
    recorded_at = factory.LazyFunction(timezone.now)
