import datetime as dt

import factory
from factory.django import DjangoModelFactory

from committees import models

from .coordination import MechanismFactory


class BodyFactory(DjangoModelFactory):
    class Meta:
        model = models.Body

    mechanism = factory.SubFactory(MechanismFactory)
    slug = factory.Sequence(lambda n: f"body-{n}")
    name = factory.LazyAttribute(lambda o: f"Committee {o.slug}")
    short_name = factory.LazyAttribute(lambda o: o.slug.upper())
    state = models.Body.State.MEETING


class MeetingFactory(DjangoModelFactory):
    class Meta:
        model = models.Meeting

    body = factory.SubFactory(BodyFactory)
    held_on = dt.date(2020, 2, 1)
