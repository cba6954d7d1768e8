"""Whatever the code records can be read: every verb has a sentence (R27)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.utils.functional import Promise

from coordination.admin import RecordingAdmin, verb_of
from coordination.services.event_changes import label_of
from coordination.services.events import changes_between, known_verbs
from reporting.models import AwardFinance, Report
from reporting.services.sections import SECTIONS
from tests.test_architecture import APPS, ROOT, calls, name_of, nodes, sources
from workplans.models import (
    Activity,
    ActivityEvent,
    Bottleneck,
    Indicator,
    IntendedResult,
    JointWorkPlan,
    Narrative,
    Obligation,
    Risk,
    SectorNarrative,
    ValueForMoneyAudit,
)
from workplans.services.activities import ActivityContent
from workplans.services.activity_events import EventContent
from workplans.services.audits import AuditContent
from workplans.services.bottlenecks import BottleneckContent
from workplans.services.planning import PlanContent
from workplans.services.risks import RiskContent
from workplans.services.sheets import IndicatorContent
from workplans.services.updates import Progress

pytestmark = pytest.mark.one_database

VERB = re.compile(rf"(?:{'|'.join(APPS)})\.[a-z]+(?:_[a-z]+)+")
ADMINISTRATION = ROOT / "coordination" / "admin.py"


def recording() -> list[Path]:
    """The files that write events; the administration makes its verbs of the things it keeps."""
    everything = sources("**/*.py", of=[*APPS, "config"])
    return [path for path in everything if path != ADMINISTRATION and list(records(path))]


def records(path: Path) -> Iterator[ast.Call]:
    return (call for call in calls(path) if ast.unparse(call.func) == "record")


def verbs_in(path: Path) -> set[str]:
    """Every constant of the file that is formed like a verb."""
    constants = (node.value for node in nodes(path) if isinstance(node, ast.Constant))
    return {text for text in constants if isinstance(text, str) and VERB.fullmatch(text)}


def test_verbs_are_written_in_full():
    """Put together of parts, a verb could be found by no search, nor by the test below."""
    pieced = [
        f"{name_of(path)}:{call.lineno}"
        for path in recording()
        for call in records(path)
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
    ]
    assert pieced == []


def test_every_file_that_records_names_its_verbs():
    assert [name_of(path) for path in recording() if not verbs_in(path)] == []


def test_every_verb_that_is_recorded_has_a_sentence():
    recorded = {verb for path in recording() for verb in verbs_in(path)}

    assert sorted(recorded - set(known_verbs())) == []


def test_every_thing_that_is_kept_in_the_administration_has_its_sentences():
    kept = {
        model
        for owner, keeper in admin.site._registry.items()
        if isinstance(keeper, RecordingAdmin)
        for model in [owner, *(inline.model for inline in keeper.inlines)]
    }
    verbs = {verb_of(model, deed) for model in kept for deed in ("added", "changed", "deleted")}

    assert sorted(verbs - set(known_verbs())) == []


def test_no_sentence_is_of_a_verb_that_nothing_records():
    recorded = {verb for path in recording() for verb in verbs_in(path)}
    deeds = ("_added", "_changed", "_deleted")
    told = {verb for verb in known_verbs() if not verb.endswith(deeds)}

    assert sorted(told - recorded) == []


# --- What a deed changed ---


def kept_fields():
    """Each field that is entered in the administration, with its model."""
    for owner, keeper in admin.site._registry.items():
        if isinstance(keeper, RecordingAdmin):
            for model in [owner, *(inline.model for inline in keeper.inlines)]:
                fields = [*model._meta.fields, *model._meta.many_to_many]
                yield from ((model, field.name) for field in fields if field.formfield())


def recorded_fields():
    """Each field that a service records, by what it is given and by the names in its source."""
    contents = {
        Activity: [*ActivityContent.__annotations__, *Progress.__annotations__, "partners"],
        ActivityEvent: [*EventContent.__annotations__, "participants", "evidence"],
        ValueForMoneyAudit: AuditContent.__annotations__,
        SectorNarrative: SectorNarrative.Head.values,
        Bottleneck: BottleneckContent.__annotations__,
        Risk: [*RiskContent.__annotations__, "shares", "bottleneck"],
        Indicator: IndicatorContent.__annotations__,
        IntendedResult: ["owner", "assumptions", "risks"],
        JointWorkPlan: [*PlanContent.__annotations__, "year"],
        Obligation: Narrative.Section.values,
        Report: [*SECTIONS, *AwardFinance.Amount.values],
    }
    yield from ((model, name) for model, names in contents.items() for name in names)


def names_in(path: Path) -> Iterator[str]:
    """The names of fields in what is written as ``changes = {…}`` or ``changes["…"] = …``."""
    for node in nodes(path):
        match node:
            case ast.Assign(targets=[ast.Name("changes")], value=ast.Dict(keys=keys)):
                yield from (key.value for key in keys if isinstance(key, ast.Constant))
            case ast.AnnAssign(target=ast.Name("changes"), value=ast.Dict(keys=keys)):
                yield from (key.value for key in keys if isinstance(key, ast.Constant))
            case ast.keyword("changes", value=ast.Dict(keys=keys)):
                yield from (key.value for key in keys if isinstance(key, ast.Constant))
            case ast.Subscript(value=ast.Name("changes"), slice=ast.Constant(value=name)):
                yield name


@pytest.mark.parametrize("fields", [kept_fields, recorded_fields])
def test_every_field_that_changes_has_a_name_that_can_be_translated(fields):
    unnamed = {
        f"{model.__name__}.{name}"
        for model, name in fields()
        if not isinstance(label_of(model, name), Promise)
    }
    assert sorted(unnamed) == []


def test_every_field_that_is_named_in_a_service_has_a_name_for_people():
    models = set(apps.get_models())
    unnamed = {
        f"{name_of(path)}: {name}"
        for path in recording()
        for name in names_in(path)
        if not any(isinstance(label_of(model, name), Promise) for model in models)
    }
    assert sorted(unnamed) == []


def test_a_line_that_a_browser_ends_otherwise_is_no_change():
    before = {"copies": "Secretary\nOfficer", "number": "12"}

    assert changes_between(before, {"copies": "Secretary\r\nOfficer", "number": "13"}) == {
        "number": ["12", "13"]
    }
