import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from coordination import models


class UserFactory(DjangoModelFactory):
    class Meta:
        model = models.User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Officer {n}")
    email = factory.Sequence(lambda n: f"officer{n}@example.org")
    password = factory.django.Password("correct horse battery")


class PlaceLevelFactory(DjangoModelFactory):
    class Meta:
        model = models.PlaceLevel
        django_get_or_create = ("country_code", "depth")

    country_code = "KE"
    depth = 0
    name = factory.LazyAttribute(lambda o: ["Country", "County", "Sub-county", "Ward"][o.depth])
    plural = factory.LazyAttribute(lambda o: f"{o.name}s")


class PlaceFactory(DjangoModelFactory):
    class Meta:
        model = models.Place
        django_get_or_create = ("path",)

    parent = None
    slug = factory.Sequence(lambda n: f"place-{n}")
    name = factory.LazyAttribute(lambda o: o.slug.replace("-", " ").title())
    path = factory.LazyAttribute(lambda o: f"{o.parent.path}/{o.slug}" if o.parent else o.slug)
    level = factory.LazyAttribute(lambda o: PlaceLevelFactory(depth=o.path.count("/")))


class FiscalCalendarFactory(DjangoModelFactory):
    class Meta:
        model = models.FiscalCalendar
        django_get_or_create = ("key",)

    key = "county"
    name = "County year (July to June)"
    start_month = 7
    year_label = models.FiscalCalendar.YearLabel.BOTH


class PeriodFactory(DjangoModelFactory):
    """``PeriodFactory(year=2021, quarter=1)`` is January to March 2021."""

    class Meta:
        model = models.Period
        django_get_or_create = ("code",)

    class Params:
        year = 2021
        quarter = 1

    code = factory.LazyAttribute(lambda o: f"{o.year}-q{o.quarter}")
    starts_on = factory.LazyAttribute(lambda o: dt.date(o.year, o.quarter * 3 - 2, 1))
    ends_before = factory.LazyAttribute(lambda o: models.add_months(o.starts_on, 3))


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organisation
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"organisation-{n}")
    short_name = factory.LazyAttribute(lambda o: o.slug.upper())
    name = factory.LazyAttribute(lambda o: f"The {o.short_name} organisation")
    type = models.Organisation.Type.IMPLEMENTING_PARTNER


class AwardFactory(DjangoModelFactory):
    class Meta:
        model = models.Award

    slug = factory.Sequence(lambda n: f"award-{n}")
    number = factory.Sequence(lambda n: f"72061519CA{n:05d}")
    title = factory.Sequence(lambda n: f"Award {n}")
    donor = factory.SubFactory(OrganisationFactory, type=models.Organisation.Type.DONOR)
    prime = factory.SubFactory(OrganisationFactory)


class SectorFactory(DjangoModelFactory):
    class Meta:
        model = models.Sector

    scheme = factory.SubFactory("tests.factories.coordination.SectorSchemeFactory")
    code = factory.Sequence(lambda n: f"sector-{n}")
    name = factory.LazyAttribute(lambda o: o.code.title())


class SectorSchemeFactory(DjangoModelFactory):
    class Meta:
        model = models.SectorScheme
        django_get_or_create = ("key",)

    key = "county-departments"
    name = "County departments"


class MechanismFactory(DjangoModelFactory):
    class Meta:
        model = models.Mechanism
        django_get_or_create = ("slug",)
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"mechanism-{n}")
    short_name = factory.LazyAttribute(lambda o: o.slug.upper())
    name = factory.LazyAttribute(lambda o: f"{o.short_name} coordination mechanism")
    kind = models.Mechanism.Kind.COUNTY
    state = models.Mechanism.State.OPERATING
    country = factory.SubFactory(PlaceFactory, slug="ke", name="Kenya")
    calendar = factory.SubFactory(FiscalCalendarFactory)
    time_zone = "Africa/Nairobi"

    @factory.post_generation
    def places(self, create, extracted):
        if create and extracted:
            self.places.set(extracted)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.Membership

    mechanism = factory.SubFactory(MechanismFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    joined_on = dt.date(2019, 10, 3)


class OfficeFactory(DjangoModelFactory):
    class Meta:
        model = models.Office

    holder = factory.SubFactory(UserFactory)
    role = models.Role.PARTNER_OFFICER
    starts_on = dt.date(2019, 10, 3)


class StatementFactory(DjangoModelFactory):
    class Meta:
        model = models.Statement

    mechanism = factory.SubFactory(MechanismFactory)
    kind = models.Statement.Kind.PRINCIPLE
    number = factory.Sequence(lambda n: n + 1)
    text = factory.LazyAttribute(lambda o: f"{o.kind} {o.number}")
    origin = models.Origin.DOCUMENT


class ContributionFactory(DjangoModelFactory):
    class Meta:
        model = models.Contribution

    mechanism = factory.SubFactory(MechanismFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    amount_minor = 45_000_000_00
    currency = models.Currency.EUR


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = models.Invitation

    name = factory.Sequence(lambda n: f"Post {n}")
    email = factory.Sequence(lambda n: f"invited-{n}@example.org")
    token_hash = factory.Sequence(lambda n: f"{n:064d}")
    role = models.Role.PARTNER_OFFICER
    office_starts_on = dt.date(2021, 4, 1)
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda o: o.created_at + dt.timedelta(days=14))


class MailFactory(DjangoModelFactory):
    class Meta:
        model = models.Mail

    key = factory.Sequence(lambda n: f"occasion:{n}")
    recipient = "officer@example.org"
    subject = "A subject"
    body = "A letter."
    created_at = factory.LazyFunction(timezone.now)
