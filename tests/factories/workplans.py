import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from workplans import models

from .committees import BodyFactory
from .coordination import (
    FiscalCalendarFactory,
    MechanismFactory,
    OrganisationFactory,
    PeriodFactory,
    PlaceFactory,
    UserFactory,
)


class DisaggregationFactory(DjangoModelFactory):
    """``DisaggregationFactory(categories=["female", "male"])`` adds *not stated* by itself."""

    class Meta:
        model = models.Disaggregation
        django_get_or_create = ("key",)
        skip_postgeneration_save = True

    key = "sex"
    name = factory.LazyAttribute(lambda o: o.key.title())

    @factory.post_generation
    def categories(self, create, extracted):
        if not create or self.categories.exists():
            return
        for position, key in enumerate([*(extracted or ["female", "male"]), "not-stated"]):
            models.Category.objects.create(
                disaggregation=self,
                key=key,
                name=key.replace("-", " ").capitalize(),
                position=position,
                is_not_stated=key == "not-stated",
            )


class IndicatorFactory(DjangoModelFactory):
    class Meta:
        model = models.Indicator

    mechanism = factory.SubFactory(MechanismFactory)
    code = factory.Sequence(lambda n: f"IND-{n}")
    name = factory.LazyAttribute(lambda o: f"Indicator {o.code}")


class VersionFactory(DjangoModelFactory):
    """A flow that is added over everything, unless the test says otherwise."""

    class Meta:
        model = models.IndicatorVersion
        skip_postgeneration_save = True

    indicator = factory.SubFactory(IndicatorFactory)
    state = models.IndicatorVersion.State.IN_USE
    definition = "What counts and what does not."
    unit = "farmers"
    data_type = models.IndicatorVersion.DataType.NUMBER
    over_periods = models.IndicatorVersion.OverPeriods.SUM
    over_places = models.IndicatorVersion.OverStreams.SUM
    over_organisations = models.IndicatorVersion.OverStreams.SUM
    direction = "increase"

    class Params:
        stock = factory.Trait(over_periods=models.IndicatorVersion.OverPeriods.LATEST)
        percentage = factory.Trait(
            data_type=models.IndicatorVersion.DataType.PERCENTAGE,
            unit="%",
            numerator_definition="Those with it",
            denominator_definition="All",
        )

    @factory.post_generation
    def disaggregations(self, create, extracted):
        if create and extracted:
            self.disaggregations.set(extracted)


class StreamFactory(DjangoModelFactory):
    class Meta:
        model = models.Stream

    version = factory.SubFactory(VersionFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    place = factory.SubFactory(PlaceFactory)
    starts_on = dt.date(2019, 10, 1)


class ObligationFactory(DjangoModelFactory):
    class Meta:
        model = models.Obligation

    mechanism = factory.SubFactory(MechanismFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    period = factory.SubFactory(PeriodFactory)
    due_on = factory.LazyAttribute(lambda o: o.period.ends_before + dt.timedelta(days=29))


class ResultFactory(DjangoModelFactory):
    """A bare row in a state; tests of behaviour call the services instead."""

    class Meta:
        model = models.Result

    stream = factory.SubFactory(StreamFactory)
    period = factory.SubFactory(PeriodFactory)
    numerator = Decimal(10)
    entered_by = factory.SubFactory(UserFactory)


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = models.Target

    version = factory.SubFactory(VersionFactory)
    place = factory.SubFactory(PlaceFactory)
    numerator = Decimal(100)
    starts_on = dt.date(2020, 7, 1)
    ends_before = dt.date(2021, 7, 1)


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = models.JointWorkPlan

    mechanism = factory.SubFactory(MechanismFactory)
    place = factory.SubFactory(PlaceFactory)
    calendar = factory.SubFactory(FiscalCalendarFactory)
    starts_on = dt.date(2020, 7, 1)
    ends_before = dt.date(2021, 7, 1)
    slug = factory.Sequence(lambda n: f"plan-{n}")
    title = factory.LazyAttribute(lambda o: f"Joint work plan {o.slug}")
    state = models.JointWorkPlan.State.IN_IMPLEMENTATION
    is_published = True


class ActivityFactory(DjangoModelFactory):
    class Meta:
        model = models.Activity
        skip_postgeneration_save = True

    plan = factory.SubFactory(PlanFactory)
    code = factory.Sequence(lambda n: f"ACT-{n:02d}")
    title = factory.LazyAttribute(lambda o: f"Activity {o.code}")
    # Agreed by the signing of its plan, which is in implementation.
    status = models.Activity.Status.PLANNED
    lead = factory.SubFactory(OrganisationFactory)

    @factory.post_generation
    def places(self, create, extracted):
        if create and extracted:
            self.places.set(extracted)


class CommitmentFactory(DjangoModelFactory):
    """``CommitmentFactory(amount=100, confirmed=40, currency="USD")``, in whole units."""

    class Meta:
        model = models.Commitment

    class Params:
        amount = 100
        confirmed = 0
        released = 0
        spent = 0

    activity = factory.SubFactory(ActivityFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    kind = models.Commitment.Kind.CASH
    currency = "KES"
    amount_minor = factory.LazyAttribute(lambda o: o.amount * 100)
    confirmed_minor = factory.LazyAttribute(lambda o: o.confirmed * 100)
    released_minor = factory.LazyAttribute(lambda o: o.released * 100)
    spent_minor = factory.LazyAttribute(lambda o: o.spent * 100)
    entered_by = factory.SubFactory(UserFactory)
    entered_at = dt.datetime(2021, 1, 4, 9, tzinfo=dt.UTC)
    confirmed_by = factory.LazyAttribute(lambda o: o.entered_by if o.confirmed else None)
    confirmed_at = factory.LazyAttribute(lambda o: o.entered_at if o.confirmed else None)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        commitment = model_class(*args, **kwargs)
        if "state" not in kwargs:
            commitment.state = commitment.state_by_amounts()
        commitment.full_clean()
        commitment.save()
        return commitment


class OverlapFactory(DjangoModelFactory):
    class Meta:
        model = models.Overlap

    first = factory.SubFactory(ActivityFactory)
    second = factory.SubFactory(ActivityFactory)
    place = factory.SubFactory(PlaceFactory)
    confidence = models.Overlap.Confidence.COUNTY
    detected_at = dt.datetime(2021, 1, 4, 9, tzinfo=dt.UTC)


class RoleOverlapFactory(DjangoModelFactory):
    class Meta:
        model = models.RoleOverlap

    mechanism = factory.SubFactory(MechanismFactory)
    first = factory.SubFactory(BodyFactory)
    second = factory.SubFactory(BodyFactory, mechanism=factory.SelfAttribute("..mechanism"))
    kind = models.RoleOverlap.Kind.ROLE
    matter = "Both review the plan every quarter."
    raised_by = factory.SubFactory(UserFactory)
    raised_at = dt.datetime(2021, 1, 4, 9, tzinfo=dt.UTC)


class BaselineFactory(DjangoModelFactory):
    class Meta:
        model = models.Baseline

    version = factory.SubFactory(VersionFactory)
    place = factory.SubFactory(PlaceFactory)
    numerator = Decimal(10)
