"""The forms with which an administrator imports boundaries, and takes them out again."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from coordination.models import Boundary
from coordination.services.boundaries import MAX_BYTES

META = Boundary._meta


class BoundariesForm(forms.Form):
    """A GeoJSON file, where it comes from, and what may be done with it."""

    file = forms.FileField(
        label=_("GeoJSON file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json"}),
        help_text=_(
            "A FeatureCollection of polygons in degrees, at most 5 MB. Each feature names its "
            "place by its official code or its name."
        ),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=META.get_field("source").max_length,
        help_text=_("Who published it, and when. It stands below the map."),
    )
    licence = forms.CharField(
        label=_("Licence"),
        max_length=META.get_field("licence").max_length,
        help_text=_("Such as: CC BY 4.0."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB. Simplify it first."))
        return file


class BoundariesDropForm(forms.Form):
    """Why boundaries are taken out."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
