"""Where a record comes from: entered here, or loaded with a mark of origin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    ENTERED = "entered", _("Entered here")
    DOCUMENT = "document", _("Stated in a founding document")
    PUBLIC = "public", _("From public material")
    GENERAL = "general", _("General knowledge, unconfirmed")
    ILLUSTRATIVE = "illustrative", _("Illustrative")


# Not stated by whoever is responsible: said on every page that shows the record.
MARKED = (Origin.PUBLIC, Origin.GENERAL, Origin.ILLUSTRATIVE)


class Originated(models.Model):
    """Adds the mark of origin that pages, files and reports show beside what is not fact."""

    origin = models.CharField(
        _("origin"), max_length=12, choices=Origin.choices, default=Origin.ENTERED
    )

    class Meta:
        abstract = True

    @property
    def is_marked(self) -> bool:
        """Whether pages say where it comes from: it is neither entered nor in a document."""
        return self.origin in MARKED

    @property
    def is_illustrative(self) -> bool:
        return self.origin == Origin.ILLUSTRATIVE
