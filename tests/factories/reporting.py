import datetime as dt

import factory
from factory.django import DjangoModelFactory

from reporting import models

from .coordination import MechanismFactory, PeriodFactory, UserFactory


class ReportFactory(DjangoModelFactory):
    class Meta:
        model = models.Report

    mechanism = factory.SubFactory(MechanismFactory)
    period = factory.SubFactory(PeriodFactory)
    slug = factory.LazyAttribute(lambda o: f"{o.mechanism.slug}-{o.period.code}")
    created_by = factory.SubFactory(UserFactory)
    created_at = dt.datetime(2021, 4, 20, 9, tzinfo=dt.UTC)


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = models.Edition

    report = factory.SubFactory(ReportFactory)
    number = 1
    requested_by = factory.SelfAttribute("report.created_by")
    requested_at = dt.datetime(2021, 5, 5, 6, tzinfo=dt.UTC)
