"""Every component in every state, to look at while building; not there in production."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from coordination.forms.conflicts import Difference
from coordination.templatetags.looks import STATUS_LOOKS


class SampleForm(forms.Form):
    """One field of each kind."""

    activity = forms.CharField(
        label=_("Title of the activity"), help_text=_("As it stands in the joint work plan.")
    )
    place = forms.ChoiceField(
        label=_("Place"),
        choices=[("", "–"), ("ke/kitui", "Kitui"), ("ke/makueni", "Makueni")],
    )
    starts_on = forms.DateField(
        label=_("Starts on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    people = forms.IntegerField(
        label=_("People reached"), min_value=0, help_text=_("Women and men")
    )
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[("planned", _("Planned")), ("ongoing", _("Ongoing"))],
        widget=forms.RadioSelect,
    )
    sectors = forms.MultipleChoiceField(
        label=_("Sectors"),
        choices=[("agriculture", _("Agriculture")), ("water", _("Water and sanitation"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    narrative = forms.CharField(
        label=_("What happened"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    evidence = forms.FileField(
        label=_("Evidence"), required=False, help_text=_("PDF or photograph, up to 20 MB.")
    )
    agreed = forms.BooleanField(label=_("The county’s focal point has seen this."))


class SampleFilter(forms.Form):
    """The filters of a list."""

    place = forms.ChoiceField(
        label=_("Place"),
        choices=[("", _("All places")), ("ke/kitui", "Kitui"), ("ke/makueni", "Makueni")],
        required=False,
    )
    state = forms.MultipleChoiceField(
        label=_("State"),
        choices=[("submitted", _("Submitted")), ("verified", _("Verified"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    words = forms.CharField(label=_("Words"), required=False)


class SampleEvent(NamedTuple):
    """What the timeline reads of an event."""

    verb: str
    at: datetime
    by: str | None
    note: str = ""


@require_safe
def component_gallery(request: HttpRequest) -> HttpResponse:
    """The gallery; 404 in production."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "components/gallery.html", samples(request))


def samples(request: HttpRequest) -> dict[str, Any]:
    """What the gallery shows. Nothing of it comes from the database."""
    numbers = Paginator(range(1, 476), per_page=25)
    return {
        "statuses": list(STATUS_LOOKS),
        # With ?refused=1: the error summary takes the focus, and the page would open far down.
        "form": SampleForm({"people": "-4"} if "refused" in request.GET else None),
        "filter_form": SampleFilter(
            request.GET or {"place": "ke/kitui", "state": ["verified"]}, auto_id="filter_%s"
        ),
        "page": numbers.get_page(request.GET.get("page", 7)),
        "missing": ["AVCD", "LMS"],
        "late": [_("WFP (3 days)")],
        "exempt": ["KIM"],
        "stages": [
            (_("Freezing the figures"), "done"),
            (_("Setting the pages"), "done"),
            (_("Making the PDF"), "now"),
            (_("Storing the files"), "ahead"),
        ],
        **sample_charts(),
        "facts": [
            (_("Convener"), "USAID Feed the Future, USAID Food for Peace"),
            (_("Launched"), "3 Oct 2019"),
            (_("Closed"), None),
        ],
        "files": sample_files(),
        "events": sample_events(),
        "conflict_fields": [
            Difference(gettext("People reached"), "1,240", "1,204", "1,024"),
            Difference(
                gettext("Reporting post"),
                gettext("Data officer"),
                gettext("Chief of party"),
                gettext("Data officer"),
            ),
        ],
        "conflict_at": datetime(2021, 4, 12, 9, 41, tzinfo=UTC),
    }


def sample_charts() -> dict[str, Any]:
    """Trends, standings and comparisons, with all that can be missing."""
    target = {"target": 3750, "target_text": "3,750"}
    return {
        "quarters": [
            {"label": "Oct–Dec 2019", "value": 2900, "text": "2,900", **target},
            {"label": "Jan–Mar 2020", "value": 3600, "text": "3,600", **target},
            {"label": "Apr–Jun 2020", "absence": _("missing"), **target},
            {"label": "Jul–Sep 2020", "value": 0, "text": "0", **target},
            {"label": "Oct–Dec 2020", "value": 8270, "text": "8,270", **target},
            {
                "label": "Jan–Mar 2021",
                "value": 4210,
                "text": "4,210",
                "provisional": True,
                **target,
            },
        ],
        "many_quarters": [
            {"label": f"Q{number % 4 + 1}", "value": value, "text": f"{value:,}"}
            for number, value in enumerate((120_400, 118_950, 140_220, 151_000, 99_870, 163_410))
        ]
        + [{"label": "Q3", "absence": _("not due")}],
        "standings": [
            {"label": _("Verified"), "count": 41, "tone": "good"},
            {"label": _("Submitted"), "count": 12, "tone": "busy"},
            {"label": _("Returned"), "count": 6, "tone": "warn"},
            {"label": _("Missing"), "count": 9, "tone": "bad"},
            {"label": _("Not due"), "count": 3, "tone": "quiet"},
        ],
        "counties": [
            {"label": "Kitui", "value": 2105, "text": "2,105", "url": "#"},
            {"label": "Makueni", "value": 1830, "text": "1,830", "url": "#"},
            {
                "label": _("Taita Taveta, with the wards that joined in January"),
                "value": 275,
                "text": "275",
                "provisional": True,
            },
            {"label": "Samburu", "absence": _("not due")},
            {"label": "Turkana", "value": 0, "text": "0"},
        ],
        "trend": [2900, 3600, None, 3100, 8270, 4210],
    }


def sample_files() -> list[dict[str, Any]]:
    """The three files of one report."""
    sha256 = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
    names = {"pdf": 1_482_220, "xlsx": 88_412, "json": 412_009}
    return [
        {"url": "#", "name": f"sek-2021-q1.{kind}", "kind": kind, "size": size, "sha256": sha256}
        for kind, size in names.items()
    ]


def sample_events() -> list[SampleEvent]:
    """The life of one result, newest first."""
    focal_point, officer = "County focal point, Kitui", "Partner data officer, KCDMS"
    return [
        SampleEvent(
            "workplans.result_verified", datetime(2021, 4, 21, 7, 5, tzinfo=UTC), focal_point
        ),
        SampleEvent(
            "workplans.result_submitted", datetime(2021, 4, 19, 14, 30, tzinfo=UTC), officer
        ),
        SampleEvent(
            "workplans.result_returned",
            datetime(2021, 4, 16, 8, 12, tzinfo=UTC),
            focal_point,
            "The training list has 48 names, the form says 84.",
        ),
        SampleEvent("workplans.obligation_opened", datetime(2021, 4, 1, 0, 0, tzinfo=UTC), None),
    ]
