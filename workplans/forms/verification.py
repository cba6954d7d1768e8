"""How the queue of values that wait is narrowed; in the page's address."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.choices import ListedChoiceField
from coordination.forms.fields import offer
from coordination.models import Organisation, Period
from workplans.services.waiting import Waiting


class QueueFilter(forms.Form):
    """By reporter and by period, as far as something of them waits."""

    organisation = ListedChoiceField(
        Organisation.objects.none(),
        label=_("Reporter"),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )
    period = ListedChoiceField(
        Period.objects.none(),
        label=_("Period"),
        to_field_name="code",
        required=False,
        empty_label=_("All"),
    )

    def __init__(self, data: Any, *, waiting: Collection[Waiting]) -> None:
        super().__init__(data)
        self.waiting = waiting
        reporters = Organisation.objects.filter(pk__in={each.organisation for each in waiting})
        periods = Period.objects.filter(pk__in={each.period for each in waiting})
        offer(self, "organisation", reporters.order_by("short_name"))
        offer(self, "period", periods.order_by("-starts_on"))

    def in_order(self) -> list[Waiting]:
        """Those asked for: the oldest quarter first, report by report, place by place.

        What is wrong in the address is said at its field, and narrows nothing.
        """
        self.is_valid()
        chosen = {name: thing.pk for name, thing in self.cleaned_data.items() if thing}
        reporters, quarters = self._ranks("organisation"), self._ranks("period")
        return sorted(
            (
                each
                for each in self.waiting
                if all(getattr(each, name) == key for name, key in chosen.items())
            ),
            key=lambda each: (
                *(-quarters[each.period], reporters[each.organisation]),
                *(each.path, each.position, each.result),
            ),
        )

    def _ranks(self, name: str) -> dict[int, int]:
        """Where each thing stands among those that the field offers."""
        offered = cast(forms.ModelChoiceField, self.fields[name]).queryset
        return {thing.pk: rank for rank, thing in enumerate(offered or ())}
