"""The field for a place, in every form that offers places of several levels."""

from django import forms

from coordination.models import Place


class PlaceField(forms.ModelChoiceField):
    """A place by name and level: a county and a part of it may have one name.

    Takes places with their level.
    """

    def label_from_instance(self, place: Place) -> str:
        return f"{place.name} ({place.level.name})"
