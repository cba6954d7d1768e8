import datetime as dt

import factory
from factory.django import DjangoModelFactory

from workplans import models

from .coordination import (
    FiscalCalendarFactory,
    MechanismFactory,
    OrganisationFactory,
    PeriodFactory,
    PlaceFactory,
    UserFactory,
)
from .workplans import ActivityFactory, PlanFactory


class FrameworkFactory(DjangoModelFactory):
    class Meta:
        model = models.ResultsFramework

    mechanism = factory.SubFactory(MechanismFactory)
    name = "Results framework"
    state = models.ResultsFramework.State.IN_FORCE


class IntendedResultFactory(DjangoModelFactory):
    class Meta:
        model = models.IntendedResult

    framework = factory.SubFactory(FrameworkFactory)
    level = models.IntendedResult.Level.OUTPUT
    code = factory.Sequence(lambda n: f"RA{n}")
    statement = factory.LazyAttribute(lambda o: f"Result area {o.code}")


class ActivityPartnerFactory(DjangoModelFactory):
    class Meta:
        model = models.ActivityPartner

    activity = factory.SubFactory(ActivityFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = models.ActivityPartner.Role.DELIVER


class UpdateFactory(DjangoModelFactory):
    """A bare row; tests of behaviour call ``update_activity``."""

    class Meta:
        model = models.ActivityUpdate

    activity = factory.SubFactory(ActivityFactory)
    period = factory.SubFactory(PeriodFactory)
    status = models.Activity.Status.ONGOING
    narrative = "What was done."
    by = factory.SubFactory(UserFactory)
    at = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


class PlanningDocumentFactory(DjangoModelFactory):
    """An annual development plan for July 2020 to June 2021, as a draft."""

    class Meta:
        model = models.PlanningDocument

    mechanism = factory.SubFactory(MechanismFactory)
    place = factory.SubFactory(PlaceFactory)
    kind = models.PlanningDocument.Kind.ADP
    title = factory.Sequence(lambda n: f"Annual development plan {n}")
    starts_on = dt.date(2020, 7, 1)
    ends_before = dt.date(2021, 7, 1)


class PlanningLineFactory(DjangoModelFactory):
    class Meta:
        model = models.PlanningLine

    document = factory.SubFactory(PlanningDocumentFactory)
    level = models.PlanningLine.Level.PROGRAMME
    code = factory.Sequence(lambda n: f"P{n}")
    title = factory.LazyAttribute(lambda o: f"Programme {o.code}")


class PlanningCalendarFactory(DjangoModelFactory):
    """A government's, in its country."""

    class Meta:
        model = models.PlanningCalendar

    key = factory.Sequence(lambda n: f"planning-{n}")
    name = factory.LazyAttribute(lambda o: f"Planning calendar {o.key}")
    kind = models.PlanningCalendar.Kind.GOVERNMENT
    place = factory.SubFactory(PlaceFactory)
    year = factory.SubFactory(FiscalCalendarFactory)


class PlanningEventFactory(DjangoModelFactory):
    """The ADP, due on 1 September of the year before the one that it is for."""

    class Meta:
        model = models.PlanningEvent

    calendar = factory.SubFactory(PlanningCalendarFactory)
    key = factory.Sequence(lambda n: f"step-{n}")
    name = "Annual development plan"
    short_name = "ADP"
    month = 9
    day = 1
    hook = "JWP priorities are ready"
    hook_step = models.Step.NEGOTIATE


class PhaseFactory(DjangoModelFactory):
    class Meta:
        model = models.Phase

    plan = factory.SubFactory(PlanFactory)
    position = factory.Sequence(lambda n: n + 1)
    name = factory.LazyAttribute(lambda o: f"Phase {o.position}")


class ActivityEventFactory(DjangoModelFactory):
    """A bare row; tests of behaviour call ``add_activity_event``."""

    class Meta:
        model = models.ActivityEvent
        skip_postgeneration_save = True

    activity = factory.SubFactory(ActivityFactory)
    kind = models.ActivityEvent.Kind.TRAINING
    title = factory.Sequence(lambda n: f"Training {n}")
    starts_on = dt.date(2021, 2, 1)
    ends_on = dt.date(2021, 2, 3)


class EventFollowUpFactory(DjangoModelFactory):
    class Meta:
        model = models.EventFollowUp

    event = factory.SubFactory(ActivityEventFactory)
    text = "Mend the pump."
    owner = factory.SubFactory(OrganisationFactory)


class RiskFactory(DjangoModelFactory):
    class Meta:
        model = models.Risk
        skip_postgeneration_save = True

    plan = factory.SubFactory(PlanFactory)
    owner = factory.SubFactory(OrganisationFactory)
    what = factory.Sequence(lambda n: f"Risk {n}")
    likelihood = models.Risk.Likelihood.POSSIBLE
    impact = models.Risk.Impact.SERIOUS
    response = models.Risk.Response.REDUCE
    review_on = dt.date(2021, 6, 30)

    @factory.post_generation
    def activities(self, create, extracted, **kwargs):
        if create and extracted:
            self.activities.set(extracted)


class BottleneckFactory(DjangoModelFactory):
    class Meta:
        model = models.Bottleneck
        skip_postgeneration_save = True

    plan = factory.SubFactory(PlanFactory)
    raised_by = factory.SubFactory(OrganisationFactory)
    category = models.Bottleneck.Category.PEOPLE
    description = factory.Sequence(lambda n: f"Bottleneck {n}")
    since = dt.date(2020, 9, 1)

    @factory.post_generation
    def activities(self, create, extracted, **kwargs):
        if create and extracted:
            self.activities.set(extracted)


class AuditFactory(DjangoModelFactory):
    class Meta:
        model = models.ValueForMoneyAudit

    mechanism = factory.SubFactory(MechanismFactory)
    kind = models.ValueForMoneyAudit.Kind.ANNUAL
    auditor_post = "Internal auditor"
    audited_on = dt.date(2021, 3, 1)
    finding = "Travel is paid at three rates."


class LearningQuestionFactory(DjangoModelFactory):
    class Meta:
        model = models.LearningQuestion

    mechanism = factory.SubFactory(MechanismFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = factory.LazyAttribute(lambda o: f"What did we learn? ({o.number})")
