"""What the lead organisation types about an activity and its progress."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committees.models import Alert
from coordination.forms.conflicts import RemembersItsBeginning
from coordination.forms.fields import (
    DAY,
    AmountField,
    GroupedChoiceField,
    SeveralField,
    check_order,
    offer,
)
from coordination.forms.files import UploadField
from coordination.forms.rendering import need_in_some_cases
from coordination.forms.rows import RemembersItsRows
from coordination.models import Organisation, Sector, User, lead_departments
from workplans.models import (
    Activity,
    ActivityPartner,
    ActivityUpdate,
    JointWorkPlan,
    UpdateEvidence,
)
from workplans.models.planning_document import PlanningLineQuerySet
from workplans.permissions.activities import organisations_led_by
from workplans.services.activities import ActivityContent, Partners
from workplans.services.plan_choices import (
    LINES,
    citable_lines,
    organisations_around,
    results_of,
)
from workplans.services.updates import NewEvidence, Progress, ReasonMissing

from .fields import PlacesField
from .planning_documents import lines_to_choose


class SectorField(GroupedChoiceField):
    """A sector with the department that leads it in the plan's place; it says when none does."""

    def __init__(self, **kwargs: Any) -> None:
        sectors = Sector.objects.select_related("scheme")
        super().__init__(
            sectors.order_by("scheme__name", "position", "name"),
            heading_of=lambda sector: sector.scheme.name,
            **kwargs,
        )
        self.departments: dict[int, list[Organisation]] = {}

    def say_departments(self, plan: JointWorkPlan) -> None:
        keys = Sector.objects.values_list("pk", flat=True)
        self.departments = lead_departments(keys, plan.place)

    def label_from_instance(self, sector: Sector) -> str:
        found = self.departments.get(sector.pk, [])
        if not found:
            return gettext("%(sector)s – no lead department here") % {"sector": sector}
        names = " / ".join(str(department) for department in found)
        if len(found) == 1:
            return f"{sector} – {names}"
        return gettext("%(sector)s – several lead departments: %(names)s") % {
            "sector": sector,
            "names": names,
        }


class ActivityForm(RemembersItsBeginning, forms.ModelForm):
    """The content of an activity of ``plan``; ``seen_version`` is 0 for a new one."""

    places = PlacesField(label=_("Places"), help_text=_("The ward, where you know it."))
    sector = SectorField(
        label=_("Sector"),
        required=False,
        help_text=_("Each resolves to the one department that leads it in the county."),
    )
    budget_minor = AmountField(
        label=_("Budget"),
        required=False,
        help_text=_("What it costs as a whole, by whoever pays. Empty while it is not known."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = Activity
        fields = (
            "code", "title", "description", "activity_type", "joint_priority", "lead",
            "responsible_post", "sector", "cidp_line", "adp_line", "intended_result", "also_under",
            "places", "target_group", "starts_on", "ends_on", "budget_minor", "currency",
            "assumptions", "is_public",
        )  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4, "maxlength": 4000}),
            "assumptions": forms.Textarea(attrs={"rows": 3}),
            "starts_on": DAY,
            "ends_on": DAY,
            "also_under": forms.CheckboxSelectMultiple,
        }
        field_classes = {"also_under": SeveralField}
        labels = {
            "lead": _("Lead organisation"),
            "is_public": _("Show it on the public page of the plan"),
        }
        help_texts = {
            "code": _("Unique in this plan, such as KTI-WASH-01."),
            "joint_priority": _("What county and partners agreed on that it serves."),
            "responsible_post": _("The post that answers for it, not a name."),
            "target_group": _("For whom, such as pastoral women or dairy cooperatives."),
            "also_under": _("It is shown there too, and counted once."),
            "cidp_line": _("What it serves in the county’s integrated development plan."),
            "adp_line": _("The line of the annual development plan that it is reported against."),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        plan: JointWorkPlan,
        user: User,
        activity: Activity | None = None,
    ) -> None:
        leads = organisations_led_by(user, plan)
        initial: dict[str, Any] = {}
        if activity is not None:
            leads |= Organisation.objects.filter(pk=activity.lead_id)
            initial = forms.model_to_dict(activity, self._meta.fields)
            initial["seen_version"] = activity.version
            # In the order of the boxes, so that two forms of one thing can be compared.
            initial["places"] = activity.places.order_by("path")
            initial["also_under"] = activity.also_under.order_by("position", "code")
        elif leads.count() == 1:
            initial["lead"] = leads.get()
        super().__init__(data, instance=Activity(plan=plan), initial=initial)
        need_in_some_cases(self, "currency")
        cast(SectorField, self.fields["sector"]).say_departments(plan)
        offer(self, "lead", leads.distinct().order_by("short_name"))
        cast(PlacesField, self.fields["places"]).choose_from(plan)
        for name in ("intended_result", "also_under"):
            offer(self, name, results_of(plan))

        stored = {activity.cidp_line_id, activity.adp_line_id} if activity else set()
        for name in LINES:
            offer_lines(self, name, citable_lines(plan, name, stored))

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        check_order(self)
        if cleaned.get("budget_minor") is None:
            cleaned["currency"] = ""
        elif not cleaned.get("currency"):
            self.add_error("currency", _("Choose the currency of the budget."))
        return cleaned

    def content(self) -> ActivityContent:
        """What was typed, as the services take it."""
        return cast(
            ActivityContent,
            {name: self.cleaned_data[name] for name in ActivityContent.__annotations__},
        )


def offer_lines(form: forms.BaseForm, name: str, lines: PlanningLineQuerySet) -> None:
    """Offer the lines as they nest, under the names of their documents."""
    offer(form, name, lines.select_related("document"))
    field = cast(forms.ModelChoiceField, form.fields[name])
    field.choices = [("", field.empty_label or ""), *lines_to_choose(lines)]


class PartnerForm(RemembersItsBeginning, forms.Form):
    """A co-implementer and its role."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    # Without the empty one, a row that nobody touched would look filled in.
    role = forms.ChoiceField(
        label=_("Role"), choices=[("", "---------"), *ActivityPartner.Role.choices]
    )


class BasePartnerFormSet(RemembersItsRows):
    """Co-implementers of an activity: none twice in one role."""

    def __init__(self, data: Any = None, *, plan: JointWorkPlan, initial: Any = None) -> None:
        self.organisations = organisations_around(plan)
        super().__init__(data, prefix="partners", initial=initial)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        offer(form, "organisation", self.organisations)

    def clean(self) -> None:
        partners = [] if any(self.errors) else list(self.partners())
        if len(partners) != len(set(partners)):
            raise forms.ValidationError(_("One organisation is named twice in the same role."))

    def partners(self) -> Partners:
        """The pairs of organisation and role that shall stand."""
        rows = [form for form in self.forms if form not in self.deleted_forms]
        return [
            (row.cleaned_data["organisation"], row.cleaned_data["role"])
            for row in rows
            if row.cleaned_data.get("organisation")
        ]


PartnerFormSet = cast(
    type[BasePartnerFormSet],
    forms.formset_factory(
        PartnerForm, formset=BasePartnerFormSet, extra=2, can_delete=True, max_num=40
    ),
)


class UpdateForm(RemembersItsBeginning, forms.ModelForm):
    """How far an activity has come by the end of a period."""

    drop = SeveralField(
        UpdateEvidence.objects.none(),
        label=_("Attached already"),
        help_text=_("Tick what shall be taken off."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = ActivityUpdate
        fields = (
            "status", "status_reason", "alert", "percent_complete", "began_on", "finished_on",
            "narrative", "next_step",
        )  # fmt: skip
        widgets = {
            "narrative": forms.Textarea(attrs={"rows": 6}),
            "began_on": DAY,
            "finished_on": DAY,
        }
        help_texts = {
            "status_reason": _("Needed when it is at risk, delayed, postponed or suspended."),
            "percent_complete": _("0 to 100."),
            "began_on": _("When work began in truth, beside the day that was planned."),
            "narrative": _("What was done in the period, where, with whom, and what came of it."),
        }

    def __init__(
        self, data: Any = None, *, activity: Activity, update: ActivityUpdate | None
    ) -> None:
        told = update or activity
        carried = ("status", "status_reason", "percent_complete", "next_step")
        initial = {name: getattr(told, name) for name in carried}
        initial["narrative"] = update.narrative if update else ""
        initial |= real_days_of(activity, update)
        initial["alert"] = update.alert_id if update else None
        initial["seen_version"] = update.version if update else 0
        super().__init__(data, instance=ActivityUpdate(activity=activity), initial=initial)
        need_in_some_cases(self, "status_reason")
        cast(forms.ChoiceField, self.fields["status"]).choices = statuses_of(activity, update)
        offer(self, "alert", alerts_of(activity, update))
        if update is None or not update.evidence.exists():
            del self.fields["drop"]
        else:
            offer(self, "drop", update.evidence.all())

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        status, percent = cleaned.get("status"), cleaned.get("percent_complete")
        if status in Activity.NEEDS_REASON and not cleaned.get("status_reason"):
            self.add_error("status_reason", str(ReasonMissing.message))
        if status == Activity.Status.COMPLETED and percent not in {None, 100}:
            self.add_error("percent_complete", _("A completed activity is 100 percent complete."))
        check_order(self, "began_on", "finished_on")
        return cleaned

    def progress(self) -> Progress:
        """What was typed, as the services take it."""
        return cast(Progress, {name: self.cleaned_data[name] for name in Progress.__annotations__})


def statuses_of(activity: Activity, update: ActivityUpdate | None) -> list[tuple[str, Any]]:
    """What an update may say: the states of work that is agreed, and the one that it is in.

    What documents say is offered where it stands already; the rest are deeds of their own.
    """
    status = Activity.Status
    offered = {status.ON_TRACK, status.AT_RISK, status.DELAYED, status.COMPLETED, status.SUSPENDED}
    stored = {activity.status, update.status if update else activity.status}
    return [(value, label) for value, label in status.choices if value in offered | stored]


def real_days_of(activity: Activity, update: ActivityUpdate | None) -> dict[str, Any]:
    """The days that the update tells; of a new one, those that the last one told."""
    names = ("began_on", "finished_on")
    last = update or activity.updates.order_by("-period__starts_on").first()
    return {name: getattr(last, name) if last else None for name in names}


def alerts_of(activity: Activity, update: ActivityUpdate | None) -> QuerySet[Alert]:
    """The live alerts of the plan's mechanism, and the one that the update names already."""
    alerts = Alert.objects.filter(mechanism=activity.plan.mechanism_id)
    if update is None or update.alert_id is None:
        return alerts.live().newest_first()
    known = Q(pk__in=alerts.live().values("pk")) | Q(pk=update.alert_id)
    return alerts.filter(known).newest_first()


class CaptionedFileForm(forms.Form):
    """A file that says what it shows."""

    file = UploadField(label=_("Photograph or document"), required=False)
    caption = forms.CharField(label=_("Caption"), max_length=240, required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("file") and not cleaned.get("caption"):
            self.add_error("caption", _("Say what the file shows."))
        return cleaned


class EvidenceForm(CaptionedFileForm):
    """A photograph or document with what it shows."""

    caption = forms.CharField(
        label=_("Caption"),
        max_length=240,
        required=False,
        help_text=_("What it shows, and where. It is printed under a photograph."),
    )
    taken_on = forms.DateField(label=_("Taken on"), required=False, widget=DAY)


class BaseEvidenceFormSet(forms.BaseFormSet):
    """Files for one update."""

    def evidence(self) -> list[NewEvidence]:
        """What was attached, in the order of the form."""
        return [
            NewEvidence(**form.cleaned_data) for form in self.forms if form.cleaned_data.get("file")
        ]


EvidenceFormSet = cast(
    type[BaseEvidenceFormSet],
    forms.formset_factory(
        EvidenceForm, formset=BaseEvidenceFormSet, extra=3, max_num=3, absolute_max=3
    ),
)
