"""The field for a file, in every form that takes one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from coordination.services.files import KINDS, FileRefused, VettedFile, vet_upload

PICTURES = ("jpg", "png", "webp")


class UploadField(forms.FileField):
    """A file that is vetted while the form is checked: its cleaned value is a VettedFile.

    ``kinds`` narrows what is taken, such as ``PICTURES``.
    """

    def __init__(self, *, kinds: Collection[str] = tuple(KINDS), **kwargs: Any) -> None:
        self.kinds = kinds
        kwargs.setdefault("help_text", _help_text(kinds))
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        accepted = ",".join(f".{kind}" for kind in self.kinds)
        return {**super().widget_attrs(widget), "accept": accepted}

    def clean(self, data: UploadedFile | None, initial: Any = None) -> VettedFile | None:
        upload = super().clean(data, initial)
        if not upload:
            return None
        try:
            return vet_upload(upload, kinds=self.kinds)
        except FileRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal


def _help_text(kinds: Collection[str]) -> str:
    names = ", ".join(KINDS[kind].name for kind in kinds)
    return _("%(names)s, at most 20 MB.") % {"names": names}
