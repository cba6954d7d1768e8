"""What a person may do with a county's own planning documents."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models

from coordination.models import Mechanism, Place, Standing, StoredFile, User, within_any
from coordination.permissions import register_reader
from workplans.models import PlanningDocument

from .standing import serves


def can_create_planning_document(user: User | AnonymousUser, mechanism: Mechanism) -> bool:
    """The secretariat, and whoever speaks for a government of the mechanism's places."""
    return bool(places_planned_by(user, mechanism)) or serves(user, mechanism.pk)


def places_planned_by(user: User | AnonymousUser, mechanism: Mechanism) -> models.QuerySet[Place]:
    """The places whose documents the user keeps there: all, for the secretariat."""
    places = Place.objects.filter(mechanisms=mechanism)
    if serves(user, mechanism.pk):
        country = Place.objects.filter(pk=mechanism.country_id)
        return Place.objects.filter(pk__in=(places | country).values("pk"))
    paths = [
        office.place_path
        for office in Standing.of(user).focal_point_offices
        if office.mechanism in {None, mechanism.pk} and office.place_path
    ]
    return places.filter(within_any(paths)).distinct()


def can_keep_planning_document(user: User | AnonymousUser, document: PlanningDocument) -> bool:
    """Describe it, enter its lines, record its steps: its government, and the secretariat (R25)."""
    if serves(user, document.mechanism_id):
        return True
    return Standing.of(user).verifies(document.place, document.mechanism_id)


@register_reader
def can_open_planning_document(user: User | AnonymousUser, file: StoredFile) -> bool:
    """The file of a document is open to whoever sees the document."""
    return PlanningDocument.objects.visible_to(user).filter(file=file).exists()
