"""Whatever people do, in any order, one by one or in bulk: totals are what the values add up to."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination.services.refusals import Refusal
from reporting.models import Basis
from reporting.services.breakdowns import breakdowns_for, organisations_in, places_below
from reporting.services.figures import figures_for
from reporting.services.scopes import Scope
from reporting.services.totals import kept_totals, verify_totals
from tests.factories.coordination import PlaceFactory
from tests.factories.workplans import DisaggregationFactory, ObligationFactory, StreamFactory
from workplans.models import Category, Result, Stream
from workplans.services.checks import Part
from workplans.services.drafts import clear_draft, save_draft
from workplans.services.results import restate_result, submit_report, withdraw_result
from workplans.services.verification import return_result, verify_result, verify_results

from .conftest import LATER

pytestmark = pytest.mark.django_db

STREAMS, QUARTERS = 12, 3

# As many as the suite has time for: an example is some dozen deeds, each with all its checks.
EXAMPLES = {"sqlite": 20, "postgresql": 10}

with_the_database = settings(
    max_examples=EXAMPLES[connection.vendor],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# What a reporter types: the parts of female, male and not stated, and whether he states them.
values = st.tuples(*[st.integers(0, 9)] * 3, st.booleans())
cells = st.tuples(st.integers(0, STREAMS - 1), st.integers(0, QUARTERS - 1))


def deeds_on(chosen: list) -> st.SearchStrategy:
    """Deeds on a few cells only, so that they meet each other."""
    cell = st.sampled_from(chosen)
    typed = [st.tuples(st.just(name), cell, values) for name in ("report", "report", "restate")]
    clicked = [
        st.tuples(st.just(name), cell, st.none())
        for name in ("submit", "verify", "verify all", "return", "withdraw", "clear")
    ]
    return st.lists(st.one_of(*typed, *clicked), min_size=6, max_size=24)


deeds = st.lists(cells, min_size=2, max_size=6).flatmap(deeds_on)


@dataclass
class World:
    """Four indicators, each reported by KCDMS in two places and KIWASH in a third."""

    versions: list
    streams: list[Stream]
    quarters: list
    categories: list[Category]
    officer: object
    verifier: object
    obligations: dict = field(default_factory=dict)

    def entry(self, stream: Stream, value: tuple) -> dict:
        """Numerator, denominator and cells of what was typed; each part counts two more below."""
        *parts, is_divided = value
        is_quotient = stream.version.is_quotient
        cells = {
            category: Part(Decimal(part), Decimal(part + 2) if is_quotient else None)
            for category, part in zip(self.categories, parts, strict=True)
        }
        return {
            "numerator": Decimal(sum(parts)),
            "denominator": Decimal(sum(parts) + 6) if is_quotient else None,
            "cells": cells if is_divided else {},
            "deviation": "As it happened.",
            "note": "As it happened.",
        }

    def do(self, name: str, cell: tuple[int, int], value: tuple | None) -> None:
        """One deed, as the pages would do it; a refusal leaves everything as it was."""
        stream, quarter = self.streams[cell[0]], self.quarters[cell[1]]
        row = Result.objects.filter(stream=stream, period=quarter).order_by("revision").last()
        waiting = Result.objects.filter(state=Result.State.SUBMITTED)
        seen = row.version if row and row.is_editable else None
        obligation = self.obligations[stream.organisation, quarter]
        entry = self.entry(stream, value) if value else {}
        officer, verifier = {"by": self.officer}, {"by": self.verifier}

        def report():
            save_draft(stream, quarter, **officer, seen_version=seen, **entry)
            submit_report(obligation, **officer)

        deeds = {
            "report": report,
            "submit": lambda: submit_report(obligation, **officer),
            "clear": lambda: clear_draft(stream, quarter, **officer, seen_version=seen),
            "verify all": lambda: verify_results(waiting, **verifier, method="documents"),
        }
        if row:
            deeds |= {
                "verify": lambda: verify_result(row, **verifier, method="recount"),
                "return": lambda: return_result(row, **verifier, reason="Does not add up."),
                "restate": lambda: restate_result(row, **officer, reason="Recounted.", **entry),
                "withdraw": lambda: withdraw_result(row, **officer, reason="By mistake."),
            }
        deeds.get(name, lambda: None)()

    def live(self, plan: list) -> None:
        for deed in plan:
            with suppress(Refusal):
                self.do(*deed)


@pytest.fixture
def world(
    version_of, organisations, kitui, makueni, quarters, mechanism, partner_officer, focal_point
):
    ward = PlaceFactory(parent=PlaceFactory(parent=kitui, slug="mwingi"), slug="tseikuru")
    sex = DisaggregationFactory()
    rules = [
        {},
        {"stock": True},
        {"percentage": True},
        {"percentage": True, "stock": True},
    ]
    versions = [version_of(disaggregations=[sex], **each) for each in rules]
    streams = [
        StreamFactory(version=version, organisation=organisation, place=place)
        for version in versions
        for organisation, place in [
            (organisations.kcdms, ward),
            (organisations.kcdms, makueni),
            (organisations.kiwash, kitui),
        ]
    ]
    small = World(
        versions,
        streams,
        quarters[:QUARTERS],
        list(Category.objects.filter(disaggregation=sex).order_by("position")),
        partner_officer,
        focal_point,
    )
    for organisation in (organisations.kcdms, organisations.kiwash):
        for quarter in small.quarters:
            small.obligations[organisation, quarter] = ObligationFactory(
                mechanism=mechanism, organisation=organisation, period=quarter
            )
    return small


@contextmanager
def undone():
    """An example of its own, of which nothing stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def scopes_of(world, place):
    """The last quarter, the year and ever, on both bases."""
    period = world.quarters[-1]
    calendar = world.versions[0].indicator.mechanism.calendar
    asked = [
        Scope.quarter(place, period),
        Scope.year_to_date(place, period, calendar),
        Scope.to_date(place, world.quarters[1]),
    ]
    return [scope.on_basis(basis) for scope in asked for basis in Basis.values]


@with_the_database
@given(plan=deeds)
def test_after_any_deeds_the_totals_are_what_a_recount_gives(world, plan):
    with undone():
        world.live(plan)

        assert [verify_totals(version) for version in world.versions] == [[]] * 4


@with_the_database
@given(plan=deeds, data=st.data())
def test_verifying_in_bulk_is_the_same_as_one_by_one_in_any_order(world, plan, data):
    def totals():
        kept = [kept_totals(version) for version in world.versions]
        return [{key: sums for key, sums in totals.items() if sums} for totals in kept]

    with undone():
        world.live(plan)
        waiting = list(Result.objects.filter(state=Result.State.SUBMITTED).order_by("pk"))
        with undone():
            if waiting:
                verify_results(waiting, by=world.verifier, method="documents")
            in_bulk = totals()
        for result in data.draw(st.permutations(waiting)):
            verify_result(result, by=world.verifier, method="recount")
        assert totals() == in_bulk


@with_the_database
@given(plan=deeds)
def test_figures_are_what_a_naive_reading_of_the_rows_gives(world, plan, kenya, organisations):
    with undone():
        world.live(plan)
        scopes = scopes_of(world, kenya)
        scopes += [scope.by(organisations.kcdms) for scope in scopes]

        figures = figures_for(world.versions, scopes, on=LATER)

        for (version, scope), figure in figures.items():
            expected = naive(version, scope)
            assert (figure.numerator, figure.denominator) == expected


def naive(version, scope):
    """Numerator and denominator, read row by row as the rules say, without any running total."""
    rows = Result.objects.filter(
        stream__version=version,
        stream__place__path__startswith=scope.place.path,
        period__ends_before__lte=scope.ends_before,
    ).select_related("period", "stream__version")
    if scope.organisation:
        rows = rows.filter(stream__organisation=scope.organisation)
    chosen = {}
    order = [Result.State.VERIFIED, Result.State.SUBMITTED][: 1 if scope.basis == "verified" else 2]
    for state in order:
        for row in rows.filter(state=state):
            chosen[row.stream_id, row.period.starts_on] = row
    latest = {}
    for stream, day in sorted(chosen):
        row = chosen[stream, day]
        if row.stream.version.over_periods == "latest":
            latest[stream] = row
        elif scope.starts_on is None or day >= scope.starts_on:
            latest[stream, day] = row
    if not latest:
        return None, None
    numerator = sum(row.numerator for row in latest.values())
    is_quotient = next(iter(latest.values())).stream.version.is_quotient
    return numerator, sum(row.denominator for row in latest.values()) if is_quotient else None


@with_the_database
@given(plan=deeds)
def test_the_parts_of_a_figure_add_up_to_the_whole(world, plan, kenya, kitui):
    with undone():
        world.live(plan)
        for scope in [*scopes_of(world, kenya), *scopes_of(world, kitui)]:
            place = scope.place
            at_places = [scope.at(below) for below in places_below(world.versions, place)]
            by = [scope.by(each) for each in organisations_in(world.versions, place)]
            figures = figures_for(world.versions, [scope, *at_places, *by], on=LATER)
            wholes = [figures[version.pk, scope] for version in world.versions]
            breakdowns = breakdowns_for(wholes)
            for whole in wholes:
                key = whole.version.pk
                assert total(figures[key, part] for part in by) == ratio(whole)
                if place == kenya:  # in Kitui something is reported of the county itself
                    assert total(figures[key, part] for part in at_places) == ratio(whole)
                for breakdown in breakdowns.get(key, []):
                    parts = [*breakdown.parts, breakdown.not_stated]
                    undivided = breakdown.undivided or 0
                    if not whole.version.is_quotient:
                        assert sum(part.numerator or 0 for part in parts) + undivided == (
                            whole.numerator
                        )
                    if any(part.share is not None for part in parts):
                        assert sum(Fraction(part.share or 0) for part in parts) == pytest.approx(
                            100
                        )


def ratio(figure):
    return figure.numerator or 0, figure.denominator or 0


def total(figures):
    parts = [ratio(figure) for figure in figures]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)
