"""What import-linter cannot see: arrows that point up without an import, and rooms of no name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parent.parent
# Each may know those before it.
APPS = ["coordination", "committees", "workplans", "reporting"]
OUR_MODELS = [model for model in apps.get_models() if model._meta.app_label in APPS]


def rank(app: str) -> int:
    return APPS.index(app)


def sources(*patterns: str, of: list[str] = APPS) -> list[Path]:
    found = [path for app in of for pattern in patterns for path in (ROOT / app).glob(pattern)]
    return sorted(path for path in found if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Every node of a source file, which is read once however many tests ask for it."""
    return list(ast.walk(ast.parse(path.read_text())))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in nodes(path) if isinstance(node, ast.Call))


# --- Models ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_no_model_points_at_a_higher_app(model):
    upward = [
        field.name
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model is not None
        and field.related_model._meta.app_label in APPS
        and rank(field.related_model._meta.app_label) > rank(model._meta.app_label)
    ]
    assert upward == []


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_no_model_orders_every_query(model):
    assert list(model._meta.ordering) == []


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_no_model_hides_work_in_save(model):
    assert {"save", "delete"} & set(vars(model)) == set()


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_quantities_are_whole_numbers_in_the_database(model):
    """SQLite keeps decimals as floating-point numbers: sums would be wrong in the last digits."""
    inexact = [
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, (models.DecimalField, models.FloatField))
    ]
    assert inexact == []


# --- Days -----------------------------------------------------------------------------------------

OFFICES = "offices and seats begin and end at the portal's midnight (docs/operations.md)"
SEVERAL = "the page is of several mechanisms, or of none"
WIDELY = "chosen a day too widely, then each by the day of its mechanism"
# Where "today" is the portal's day, and why; letters are left out, for they go to who is in office.
# All else is of a mechanism, and asks it: `mechanism.today()`.
ON_THE_PORTALS_DAY = {
    "committees/services/appointments.py": OFFICES,
    "committees/services/calling.py": OFFICES,
    "committees/services/desk_lists.py": SEVERAL,
    "committees/services/feeds.py": OFFICES,
    "committees/services/rosters.py": OFFICES,
    "committees/services/succession.py": OFFICES,
    "committees/views/meetings.py": OFFICES,
    "committees/views/replies.py": OFFICES,
    "coordination/management/commands/invite_administrator.py": OFFICES,
    "coordination/models/office.py": OFFICES,
    "coordination/services/anonymisation.py": OFFICES,
    "coordination/services/backbones.py": OFFICES,
    "coordination/services/offices.py": OFFICES,
    "coordination/views/mechanisms.py": f"{OFFICES}; the list: {SEVERAL}",
    "coordination/views/offices.py": OFFICES,
    "reporting/services/compiled_values.py": OFFICES,
    "reporting/services/editions.py": OFFICES,
    "reporting/services/reviews.py": OFFICES,
    "reporting/views/home.py": SEVERAL,
    "reporting/views/oversight.py": OFFICES,
    "reporting/views/reports.py": SEVERAL,
    "workplans/services/commitments.py": WIDELY,
    "workplans/services/implementation_desk.py": WIDELY,
    "workplans/services/matrix.py": OFFICES,
    "workplans/services/principles_desk.py": WIDELY,
    "workplans/services/verification.py": OFFICES,
    "workplans/views/grid.py": OFFICES,
}


def has_no_zone(call: ast.Call) -> bool:
    named = {keyword.arg for keyword in call.keywords}
    is_day = isinstance(call.func, ast.Attribute) and call.func.attr == "localdate"
    return is_day and len(call.args) < 2 and "timezone" not in named


def test_the_days_of_a_mechanism_are_in_its_own_zone():
    """Whether a quarter is over, a thing overdue or somebody a member (R5, R12)."""
    found = [
        name_of(path)
        for path in sources("**/*.py")
        if "notifications" not in name_of(path) and any(map(has_no_zone, calls(path)))
    ]
    assert sorted(found) == sorted(ON_THE_PORTALS_DAY)


# --- Arrows that point up -------------------------------------------------------------------------


def accessors_from_above(app: str) -> set[str]:
    """Names under which models of higher apps hang on the models of this one, and on no field."""
    hanging, own = set(), set()
    for model in OUR_MODELS:
        if rank(model._meta.app_label) > rank(app):
            continue
        for field in model._meta.get_fields():
            if field.auto_created and field.is_relation and field.related_model:
                above = field.related_model._meta.app_label
                names = hanging if above in APPS and rank(above) > rank(app) else own
                names |= {field.name, field.get_accessor_name()}
            else:
                own.add(field.name)
    return {name for name in hanging - own if name}


@pytest.mark.parametrize("app", APPS)
def test_no_code_reaches_up_by_a_reverse_accessor(app):
    """`mechanism.plans` in `coordination` would be an import in disguise, like a filter by it."""
    forbidden = accessors_from_above(app)
    found = []
    for path in sources("**/*.py", of=[app]):
        for node in nodes(path):
            names: list[str] = []
            if isinstance(node, ast.Attribute):
                names = [node.attr]
            elif isinstance(node, ast.keyword) and "__" in (node.arg or ""):
                names = [(node.arg or "").split("__")[0]]
            elif isinstance(node, ast.Constant) and re.fullmatch(r"\w+__\w+", str(node.value)):
                names = [str(node.value).split("__")[0]]
            found += [f"{name_of(path)}: {name}" for name in names if name in forbidden]
    assert found == []


def app_of_addresses() -> dict[str, str]:
    """Return the app whose view answers, by the name of each of our addresses."""
    owners: dict[str, str] = {}

    def walk(resolver: URLResolver) -> None:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern)
            elif isinstance(pattern, URLPattern) and pattern.name:
                owners[pattern.name] = pattern.callback.__module__.split(".")[0]

    walk(get_resolver())
    return {name: app for name, app in owners.items() if app in APPS}


def app_of_template(path: Path) -> str | None:
    """Return the app that owns a template; None for those that may name every app.

    Components serve all and so belong to the lowest.
    """
    first = path.relative_to(ROOT / "templates").parts[0]
    if first == "components":
        return APPS[0]
    return first if first in APPS else None


TEMPLATES = sorted((ROOT / "templates").rglob("*.html")) + sorted(
    (ROOT / "templates").rglob("*.txt")
)


def app_of_libraries() -> dict[str, str]:
    """Return the app whose tags and filters a template loads, by the name of each library."""
    return {path.stem: path.parts[-3] for path in sources("templatetags/[!_]*.py")}


def test_every_registry_stands_in_the_table_of_registries():
    """docs/architecture.md tells how a lower app reaches a higher one."""
    offered = {
        name
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for name in re.findall(r"^def (register_\w+)", path.read_text(), re.MULTILINE)
    }
    told = re.findall(r"\bregister_\w+", (ROOT / "docs/architecture.md").read_text())
    assert set(told) == offered


def test_no_template_names_a_higher_app():
    owners, libraries = app_of_addresses(), app_of_libraries()
    found = []
    for path in TEMPLATES:
        app = app_of_template(path)
        if app is None:
            continue
        text = path.read_text()
        named = [(name, owners.get(name)) for name in re.findall(r"{% url ['\"]([\w-]+)", text)]
        named += [
            (name, name.split("/")[0])
            for name in re.findall(r"{% (?:include|extends) ['\"]([\w./-]+)", text)
        ]
        named += [
            (name, libraries.get(name))
            for loaded in re.findall(r"{% load ([\w ]+?) %}", text)
            for name in loaded.split()
        ]
        found += [
            f"{name_of(path)}: {name}"
            for name, owner in named
            if owner in APPS and rank(owner) > rank(app)
        ]
    assert found == []


# --- Rooms ----------------------------------------------------------------------------------------


def test_no_file_has_a_name_that_says_nothing():
    nameless = {"utils", "helpers", "common", "base", "misc", "handlers"}
    found = [
        name_of(path)
        for path in sources("**/*.py", of=[*APPS, "config", "tests"])
        if path.stem.strip("_") in nameless
    ]
    assert found == []


@pytest.mark.parametrize("package", [*APPS, "config", "tests.factories"])
def test_every_package_says_what_it_owns(package):
    text = (ROOT / package.replace(".", "/") / "__init__.py").read_text()
    assert ast.get_docstring(ast.parse(text))


# --- Views ----------------------------------------------------------------------------------------


def guarded_models() -> set[str]:
    """Names of the models of which a person sees some and not others."""
    return {
        model.__name__
        for model in OUR_MODELS
        if hasattr(model._default_manager.get_queryset(), "visible_to")
    }


# Each takes from all rows there are. What begins with a QuerySet's own word (`visible_to`,
# `awaiting_verification_by`) or narrows what was seen already is for the rights matrix to judge.
BARE = {"all", "earliest", "first", "get", "in_bulk", "iterator", "last", "latest", "raw"}


def bare_fetches(path: Path, guarded: set[str]) -> Iterator[str]:
    """Yield each `Model.objects.get(…)` and the like, and each `get_object_or_404(Model, …)`."""
    for node in nodes(path):
        match node:
            case ast.Attribute(
                value=ast.Attribute(attr="objects", value=ast.Name(id=model)), attr=method
            ) if model in guarded and method in BARE:
                yield f"{name_of(path)}:{node.lineno} {model}.objects.{method}"
            case ast.Call(
                func=ast.Name(id="get_object_or_404" | "get_list_or_404"),
                args=[ast.Name(id=model), *_],
            ) if model in guarded:
                yield f"{name_of(path)}:{node.lineno} get_object_or_404({model})"


def test_every_view_fetches_through_visible_to():
    guarded = guarded_models()
    views = sources("views/**/*.py", "views.py")
    assert [found for path in views for found in bare_fetches(path, guarded)] == []


def test_only_services_and_querysets_change_rows_in_bulk():
    """A bare update() leaves no event. Where it is right, a service does it and says so."""
    layers = ("admin.py", "tasks.py", "views/**/*.py", "forms/**/*.py", "templatetags/**/*.py")
    found = [
        f"{name_of(path)}:{call.lineno}"
        for path in sources(*layers)
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"update", "bulk_update", "bulk_create"}
        and "objects" in ast.unparse(call.func.value)
    ]
    assert found == []


# --- Templates and the content security policy ----------------------------------------------------


# Sheets on which people write by hand.
PRINTED = {
    "committees/sign_in_sheet.html",
    "workplans/plan_forms.html",
    "workplans/plan_print.html",
}


def test_no_table_has_a_cell_that_is_a_hole_on_a_card():
    """An empty cell without a label stands as a blank line on a phone, and is read out so."""
    with_holes = {
        str(path.relative_to(ROOT / "templates"))
        for path in (ROOT / "templates").rglob("*.html")
        if "<td></td>" in path.read_text()
    }
    assert with_holes == PRINTED


def test_no_page_carries_inline_code():
    """The browser would refuse it: script-src and style-src name files of ours alone."""
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|<style|\sstyle=|\son\w+=",
        re.IGNORECASE,
    )
    # Letters and printed reports are not pages: no policy applies to them.
    elsewhere = {"emails", "pdf"}
    found = [
        f"{name_of(path)}: {match.group().strip()}"
        for path in TEMPLATES
        if not elsewhere & set(path.parts) and path.suffix == ".html"
        for match in inline.finditer(path.read_text())
    ]
    assert found == []


def test_days_are_written_in_one_way():
    """As `config/formats` says, so that no line ends between a day and its month."""
    code = [each for app in APPS for each in (ROOT / app).rglob("*.py")]
    own = re.compile(r"""["']j M|%-d""")
    assert [str(each) for each in [*TEMPLATES, *code] if own.search(each.read_text())] == []


def test_no_room_stands_empty():
    """A package is made with its first module, not before."""
    empty = [
        name_of(marker.parent)
        for marker in sources("**/__init__.py")
        if not marker.read_text().strip()
        and not any(each.suffix == ".py" and each != marker for each in marker.parent.rglob("*"))
    ]
    assert empty == []


def test_strings_go_by_names_that_are_gathered():
    """``make words`` knows gettext by its own names and by ``_``; other words it passes over."""
    unknown = [
        f"{name_of(path)}: {alias.asname}"
        for path in sources("**/*.py")
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname not in {None, "_"}
    ]
    assert unknown == []


def test_every_exception_from_a_rule_carries_its_reason():
    bare = re.compile(r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[a-z-]+\])?)\s*$")
    everything = sources("**/*.py", of=[*APPS, "config", "scripts", "tests"])
    unsaid = [
        f"{name_of(path)}:{number}"
        for path in everything
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if bare.search(line)
    ]
    assert unsaid == []
