"""Whatever the code records can be read: every verb has a sentence (R27)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin

from coordination.admin import RecordingAdmin, verb_of
from coordination.services.events import known_verbs
from tests.test_architecture import APPS, ROOT, calls, name_of, sources

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
    constants = (
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
    )
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
