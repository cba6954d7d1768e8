"""A plan's lines as they are signed, frozen as canonical JSON, and two of them compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Prefetch
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.models.money import MINOR_DIGITS, Money
from coordination.services.snapshots import Snapshot, canonical
from workplans.models import (
    Activity,
    ActivityOutput,
    ActivityPartner,
    ActivityTie,
    Commitment,
    JointWorkPlan,
    code_order,
)

# What is signed of a line, and how it is called; how far it has come is told apart.
LINE_LABELS: dict[str, Any] = {
    "title": _("title"),
    "description": _("description"),
    "type": _("type of activity"),
    "sector": _("sector"),
    "intended_result": _("intended result"),
    "cidp_line": _("CIDP programme"),
    "adp_line": _("ADP line"),
    "joint_priority": _("joint priority"),
    "lead": _("lead organisation"),
    "partners": _("co-implementers"),
    "places": _("places"),
    "target_group": _("target group"),
    "responsible_post": _("responsible post"),
    "starts_on": _("starts on"),
    "ends_on": _("last day"),
    "budget": _("budget"),
    "outputs": _("outputs and quarterly targets"),
    "ties": _("ties to other activities"),
    "assumptions": _("assumptions and risks"),
}
FRAME_LABELS: dict[str, Any] = {
    "title": _("title"),
    "place": _("place"),
    "year": _("year"),
    "lead_department": _("lead department"),
    "backbone": _("backbone"),
}

Line = Mapping[str, Any]


def plan_snapshot(plan: JointWorkPlan) -> Snapshot:
    """The plan as it stands: its frame and every line that is agreed and not left out, by code.

    The same plan gives the same bytes, whenever and by whomever it is asked for.
    """
    out = [*Activity.LEFT_OUT, *Activity.BEFORE_AGREEMENT]
    rows = plan.activities.exclude(status__in=out).select_related(
        "sector", "intended_result", "lead", "cidp_line", "adp_line"
    )
    live = Commitment.objects.exclude(state=Commitment.State.WITHDRAWN)
    outputs = ActivityOutput.objects.select_related("indicator").order_by("position", "pk")
    rows = rows.prefetch_related(
        "places",
        "partners__organisation",
        "ties_onwards__second",
        Prefetch("outputs", outputs),
        Prefetch("commitments", live),
    )
    activities = sorted(rows, key=lambda activity: code_order(activity.code))
    frame = {
        "title": plan.title,
        "place": plan.place.name,
        "year": f"{plan.starts_on.isoformat()}/{plan.ends_before.isoformat()}",
        "lead_department": plan.lead_department.name if plan.lead_department else "",
        "backbone": plan.backbone.name if plan.backbone else "",
    }
    lines = [line_of(activity) for activity in activities]
    return Snapshot(canonical({"plan": plan.slug, "frame": frame, "lines": lines}))


def line_of(activity: Activity) -> dict[str, Any]:
    """A line as it is signed; ``parties`` are the keys of who leads and funds it."""
    partners = sorted(activity.partners.all(), key=lambda each: (each.organisation.slug, each.role))
    funders = {each.organisation_id for each in partners if each.role == ActivityPartner.Role.FUND}
    funders |= {each.organisation_id for each in activity.commitments.all()}
    budget = activity.budget
    outputs = [(_output_in_words(each), each.indicator) for each in activity.outputs.all()]
    inside = [words for words, indicator in outputs if indicator and not indicator.is_public]
    return {
        "code": activity.code,
        "is_public": activity.is_public,
        "parties": sorted({activity.lead_id, *funders}),
        "title": activity.title,
        "description": activity.description,
        "type": activity.activity_type.replace("_", " "),
        "sector": str(activity.sector or ""),
        "intended_result": activity.intended_result.code if activity.intended_result else "",
        "cidp_line": str(activity.cidp_line or ""),
        "adp_line": str(activity.adp_line or ""),
        "joint_priority": activity.joint_priority,
        "lead": activity.lead.name,
        "partners": [f"{each.organisation.name} ({each.role})" for each in partners],
        "places": [place.name for place in sorted(activity.places.all(), key=lambda one: one.path)],
        "target_group": activity.target_group,
        "responsible_post": activity.responsible_post,
        "starts_on": activity.starts_on.isoformat() if activity.starts_on else "",
        "ends_on": activity.ends_on.isoformat() if activity.ends_on else "",
        "budget": f"{budget.currency} {budget.major:.2f}" if budget else "",
        "outputs": [words for words, _indicator in outputs],
        # Signed like the others, and shown to those who take part alone (P33).
        **({"outputs_inside": inside} if inside else {}),
        "ties": sorted(f"{each.kind}: {each.second.code}" for each in activity.ties_onwards.all()),
        "assumptions": activity.assumptions,
    }


def _output_in_words(output: ActivityOutput) -> str:
    """Such as "FARMERS-1: 10/20/–/40 farmers"; a quarter without a target is "–" (R4)."""
    name = output.indicator.code if output.indicator else output.wording
    targets = ("–" if each is None else f"{each.normalize():f}" for each in output.targets)
    return f"{name}: {'/'.join(targets)} {output.unit}".rstrip()


class FieldChange(NamedTuple):
    """A field of a line, in words, that two versions fill differently."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class LineChange:
    """A line that stands in both versions, and how it differs."""

    before: Line
    after: Line
    fields: tuple[FieldChange, ...]

    @property
    def code(self) -> str:
        return str(self.after["code"])

    @property
    def title(self) -> str:
        return str(self.after["title"])


@dataclass(frozen=True)
class Comparison:
    """What became of a plan between two versions, line by line."""

    frame: tuple[FieldChange, ...]
    added: tuple[Line, ...]
    changed: tuple[LineChange, ...]
    dropped: tuple[Line, ...]

    def __bool__(self) -> bool:
        return bool(self.frame or self.added or self.changed or self.dropped)

    @property
    def count(self) -> int:
        """How many lines differ."""
        return len(self.added) + len(self.changed) + len(self.dropped)

    def of_lines(self, codes: Collection[str]) -> Comparison:
        """The same of these lines alone, beside what differs in the plan itself."""
        return Comparison(
            frame=self.frame,
            added=tuple(line for line in self.added if line["code"] in codes),
            changed=tuple(change for change in self.changed if change.code in codes),
            dropped=tuple(line for line in self.dropped if line["code"] in codes),
        )

    @property
    def codes(self) -> list[str]:
        """The codes of the lines that differ, each once."""
        codes = {str(line["code"]) for line in (*self.added, *self.dropped)}
        return sorted(codes | {change.code for change in self.changed}, key=code_order)

    @property
    def parties(self) -> dict[int, list[str]]:
        """Who leads or funds a line that differs, before or after, with the lines' codes."""
        sides = [*self.added, *self.dropped]
        sides += [side for change in self.changed for side in (change.before, change.after)]
        found: dict[int, set[str]] = {}
        for line in sides:
            for key in line["parties"]:
                found.setdefault(key, set()).add(str(line["code"]))
        return {key: sorted(codes, key=code_order) for key, codes in found.items()}


def compare_snapshots(
    before: Mapping[str, Any], after: Mapping[str, Any], *, internal: bool = True
) -> Comparison:
    """The two versions' frames and lines; without ``internal`` the public lines alone (R24)."""
    old, new = _lines(before, internal=internal), _lines(after, internal=internal)
    both = [(old[code], line) for code, line in new.items() if code in old]
    changes = [
        LineChange(one, other, tuple(_differences(one, other, LINE_LABELS))) for one, other in both
    ]
    return Comparison(
        frame=tuple(_differences(before["frame"], after["frame"], FRAME_LABELS)),
        added=tuple(_worded(line) for code, line in new.items() if code not in old),
        changed=tuple(change for change in changes if change.fields),
        dropped=tuple(_worded(line) for code, line in old.items() if code not in new),
    )


def lines_shown(contents: Mapping[str, Any], *, internal: bool) -> list[Line]:
    """The lines of a snapshot that a reader sees, as people read them."""
    return [_worded(line) for line in _lines(contents, internal=internal).values()]


def _lines(contents: Mapping[str, Any], *, internal: bool) -> dict[str, Line]:
    lines = {line["code"]: line for line in contents["lines"]}
    if internal:
        return lines
    return {code: _public(line) for code, line in lines.items() if line["is_public"]}


def _public(line: Line) -> Line:
    """The line without outputs by indicators that were not public when it was frozen."""
    inside = line.get("outputs_inside", [])
    return {**line, "outputs": [each for each in line["outputs"] if each not in inside]}


def _differences(before: Line, after: Line, labels: Mapping[str, Any]) -> list[FieldChange]:
    """Field by field; one that a version did not have yet was empty."""
    return [
        FieldChange(str(label), _in_words(name, before.get(name)), _in_words(name, after.get(name)))
        for name, label in labels.items()
        if (before.get(name) or "") != (after.get(name) or "")
    ]


def _worded(line: Line) -> Line:
    """The line with its days, roles and budget as they stand elsewhere in the portal."""
    named = ("starts_on", "ends_on", "budget")
    worded = {name: _in_words(name, line.get(name)) for name in named}
    return {**line, **worded, "partners": [_with_role(each) for each in line["partners"]]}


def _with_role(partner: str) -> str:
    """Such as "KIWASH (delivers)"; frozen is the role's code, the same in every language."""
    name, _bracket, code = partner.removesuffix(")").rpartition(" (")
    words = dict(ActivityPartner.Role.choices)
    return f"{name} ({str(words[code]).lower()})" if code in words else partner


def _with_kind(tie: str) -> str:
    kind, _colon, code = tie.partition(": ")
    words = dict(ActivityTie.Kind.choices)
    return f"{str(words[kind]).lower()}: {code}" if kind in words else tie


def _in_words(name: str, value: Any) -> str:
    if value and name in {"starts_on", "ends_on"}:
        return date_format(dt.date.fromisoformat(value))
    if value and name == "budget":
        currency, _space, amount = value.partition(" ")
        return str(Money(int(Decimal(amount).scaleb(MINOR_DIGITS)), currency))
    if value and name == "type":
        types = {each.value.replace("_", " "): each.label for each in Activity.Type}
        return str(types.get(value, value))
    if name == "partners":
        value = [_with_role(each) for each in value or []]
    if name == "ties":
        value = [_with_kind(each) for each in value or []]
    return ", ".join(value) if isinstance(value, list) else str(value or "")
