"""Running totals: what a deed on results adds to every sum that they enter (R2, R3).

Values never change while they count, so what a stream adds to the totals is a pure function of
its results and their states. A deed changes states; its effect is what the stream adds after it
less what it added before. That makes the order of deeds, and whether they come one by one or in
bulk, indifferent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from coordination.models import Place, QuantityField
from coordination.services.pulse import parts_of
from reporting.models import Basis, Total
from workplans.models import IndicatorVersion, Result, Stream
from workplans.services.streams import lock_streams
from workplans.signals import StateChange

ALL = 0  # In a key: all organisations together, or the undivided value.
ROWS_PER_STATEMENT = 500


class Key(NamedTuple):
    """Which total.

    Totals are always changed in the order of their keys, so that no two deeds wait for each other
    in a circle.
    """

    version: int
    place: int
    period: int
    organisation: int
    category: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What a total holds on one basis, and equally by how much it changes."""

    numerator: Decimal = Decimal(0)
    denominator: Decimal = Decimal(0)
    streams: int = 0
    now: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.streams + other.streams,
            self.now + other.now,
        )

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.numerator - other.numerator,
            self.denominator - other.denominator,
            self.streams - other.streams,
            self.now - other.now,
        )

    def __bool__(self) -> bool:
        return bool(self.numerator or self.denominator or self.streams or self.now)


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Both:
    """What a total holds on both bases, or by how much it changes."""

    verified: Sums = NOTHING
    reported: Sums = NOTHING

    @classmethod
    def of(cls, numbers: Sequence[Any]) -> Both:
        """Those of a row, in the order of ``COLUMNS``."""
        return cls(Sums(*numbers[:4]), Sums(*numbers[4:]))

    def __add__(self, other: Both) -> Both:
        return Both(self.verified + other.verified, self.reported + other.reported)

    def __sub__(self, other: Both) -> Both:
        return Both(self.verified - other.verified, self.reported - other.reported)

    def __bool__(self) -> bool:
        return bool(self.verified or self.reported)

    def on(self, basis: str) -> Sums:
        """The side of the basis."""
        return self.verified if basis == Basis.VERIFIED else self.reported


NEITHER = Both()
Contributions = dict[Key, Both]
Part = tuple[int, int]  # period, category
K = TypeVar("K", Key, Part)


# --- What a stream adds: pure functions ---


def own_sums(
    version: IndicatorVersion, results: Sequence[Result], states: Mapping[int, str | None]
) -> dict[Part, Both]:
    """What a stream adds wherever it counts, by period and category.

    ``states`` says which state each result is taken to be in. Versions whose rules are not sums
    have no totals: they are folded when asked (see figures).
    """
    if not version.is_additive:
        return {}
    verified, reported = (
        dict(steps(version, counted(results, states, basis)))
        for basis in (Basis.VERIFIED, Basis.REPORTED)
    )
    return {
        part: Both(verified.get(part, NOTHING), reported.get(part, NOTHING))
        for part in verified.keys() | reported.keys()
    }


def spread(stream: Stream, places: Sequence[int], own: Mapping[Part, Both]) -> Contributions:
    """The same in every total: of ``places`` (its own and those above), of it and of all."""
    return {
        Key(stream.version_id, place, period, organisation, category): sums
        for (period, category), sums in own.items()
        for place in places
        for organisation in (ALL, stream.organisation_id)
    }


def counted(
    results: Iterable[Result], states: Mapping[int, str | None], basis: str
) -> list[Result]:
    """The one result of each period that counts on this basis, in the order of time (R3).

    Verified values are official. On the reported basis what was submitted takes the place of what
    was verified before it: a restatement that waits for its verification.
    """
    chosen: dict[int, Result] = {}
    for result in results:
        state = states.get(result.pk)
        if state == Result.State.VERIFIED:
            chosen.setdefault(result.period_id, result)
        elif state == Result.State.SUBMITTED and basis == Basis.REPORTED:
            chosen[result.period_id] = result
    return sorted(chosen.values(), key=lambda result: result.period.starts_on)


def steps(version: IndicatorVersion, results: Sequence[Result]) -> Iterator[tuple[Part, Sums]]:
    """By period and category, what a stream's counted results add: values, or a stock's changes."""
    is_stock = version.over_periods == IndicatorVersion.OverPeriods.LATEST
    before: dict[int, Sums] = {}
    for result in results:
        now = parts(result)
        for category in now.keys() | before.keys():
            sums = now.get(category, NOTHING)
            earlier = before.get(category, NOTHING)
            # A stock begins once and is then only changed; being reported is told of each period.
            yield (
                (result.period_id, category),
                Sums(
                    sums.numerator - earlier.numerator,
                    sums.denominator - earlier.denominator,
                    sums.streams - earlier.streams,
                    sums.now,
                ),
            )
        before = now if is_stock else {}


def parts(result: Result) -> dict[int, Sums]:
    """The undivided value and that of each stated category."""
    whole = {ALL: Sums(result.numerator, result.denominator or Decimal(0), 1, 1)}
    return whole | {
        cell.category_id: Sums(cell.numerator, cell.denominator or Decimal(0), 1, 1)
        for cell in result.cells.all()
    }


# --- What a deed changes ---


def apply_changes(*, changes: Sequence[StateChange], **_kwargs: Any) -> None:
    """Bring the totals in line with a deed, in its own transaction; receiver of results_changed.

    The deed has locked the streams. It sends one signal for all its results: a second one in the
    same transaction would change totals out of order.
    """
    touched = [
        change
        for change in changes
        if not {change.before, change.after}.isdisjoint(Result.COUNTED_STATES)
    ]
    keys = {change.result.stream_id for change in touched}
    found = Stream.objects.filter(pk__in=keys).select_related("version__indicator", "place")
    streams = list(found)
    mechanisms = {stream.version.indicator.mechanism_id for stream in streams}
    add_to_totals(effect_of(touched, streams), mechanisms)


def effect_of(changes: Sequence[StateChange], streams: Sequence[Stream]) -> Contributions:
    """By how much the totals change, the results having already taken their new states.

    The ``changes`` are those of counted states, the ``streams`` theirs.
    """
    before = {change.result.pk: change.before for change in reversed(changes)}
    periods = {change.result.period_id for change in changes}
    relevant = Q(period__in=periods) | Q(
        stream__version__over_periods=IndicatorVersion.OverPeriods.LATEST
    )
    results = with_parts(
        Result.objects.filter(
            relevant, Q(state__in=Result.COUNTED_STATES) | Q(pk__in=before), stream__in=streams
        )
    )
    after = {result.pk: result.state for result in results}
    by_stream = grouped_by_stream(results)
    changes_of_streams = {
        stream: difference(
            own_sums(stream.version, by_stream[stream.pk], after),
            own_sums(stream.version, by_stream[stream.pk], after | before),
        )
        for stream in streams
    }
    return together(changes_of_streams)


def with_parts(results: QuerySet[Result]) -> QuerySet[Result]:
    """The results with what totals are made of, and nothing else."""
    needed = ("stream_id", "period__starts_on", "state", "numerator", "denominator")
    return results.select_related("period").only(*needed).prefetch_related("cells")


def grouped_by_stream(results: Iterable[Result]) -> dict[int, list[Result]]:
    """The results by their stream's key."""
    found: dict[int, list[Result]] = defaultdict(list)
    for result in results:
        found[result.stream_id].append(result)
    return found


def together(own: Mapping[Stream, Mapping[Part, Both]]) -> Contributions:
    """What several streams add together, without what comes to nothing."""
    places = places_and_above(stream.place for stream in own)
    added: Contributions = defaultdict(Both)
    for stream, sums_of_stream in own.items():
        for key, sums in spread(stream, places[stream.place_id], sums_of_stream).items():
            added[key] += sums
    return {key: sums for key, sums in added.items() if sums}


def places_and_above(places: Iterable[Place]) -> dict[int, list[int]]:
    """By place, the keys of the place itself and of everything that it lies in."""
    paths = {place.pk: place.path_and_above for place in places}
    wanted = {path for line in paths.values() for path in line}
    keys = dict(Place.objects.filter(path__in=wanted).values_list("path", "pk"))
    return {pk: [keys[path] for path in line] for pk, line in paths.items()}


def difference(after: Mapping[K, Both], before: Mapping[K, Both]) -> dict[K, Both]:
    """What must be added to ``before`` to arrive at ``after``, without what stays."""
    changed = {
        key: after.get(key, NEITHER) - before.get(key, NEITHER)
        for key in after.keys() | before.keys()
        if after.get(key) != before.get(key)
    }
    return {key: sums for key, sums in changed.items() if sums}


def add_to_totals(changed: Contributions, mechanisms: Iterable[int]) -> None:
    """Add to the totals of the mechanisms, making those that are not there yet.

    The database does the adding.
    """
    rows = [(key, changed[key]) for key in sorted(changed)]
    with totals_of(mechanisms), connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            chunk = rows[start : start + ROWS_PER_STATEMENT]
            values = ", ".join([_ROW] * len(chunk))
            cursor.execute(
                _ADD.format(values=values), [value for row in chunk for value in _columns(*row)]
            )


def totals_of(mechanisms: Iterable[int]) -> AbstractContextManager[None]:
    """Within it only totals of these mechanisms, by their keys, are written or read.

    So a page of figures need not add up again when those of others have changed (decision 43).
    """
    return parts_of(Total._meta.db_table, mechanisms)


COLUMNS = [  # with the numbers of both bases
    f"{basis}_{number}"
    for basis in (Basis.VERIFIED, Basis.REPORTED)
    for number in ("numerator", "denominator", "streams", "now")
]
_ROW = f"({', '.join(['%s'] * (5 + len(COLUMNS)))})"
_SUMS = ", ".join(f"{each} = reporting_total.{each} + excluded.{each}" for each in COLUMNS)
_ADD = f"""
INSERT INTO reporting_total (
    version_id, place_id, period_id, organisation_id, category_id, {", ".join(COLUMNS)}
) VALUES {{values}}
ON CONFLICT (
    version_id, place_id, period_id, COALESCE(organisation_id, 0), COALESCE(category_id, 0)
) DO UPDATE SET {_SUMS}
"""  # noqa: S608 - of names of columns alone


def _columns(key: Key, sums: Both) -> Iterator[Any]:
    stored = QuantityField().get_prep_value
    yield from (key.version, key.place, key.period, key.organisation or None, key.category or None)
    for each in (sums.verified, sums.reported):
        yield from (stored(each.numerator), stored(each.denominator), each.streams, each.now)


# --- Counting again from the raw values ---


def recount(version: IndicatorVersion) -> Contributions:
    """The totals of a version as they should be, from its raw values."""
    results = with_parts(
        Result.objects.filter(stream__version=version, state__in=Result.COUNTED_STATES)
    )
    states = {result.pk: result.state for result in results}
    by_stream = grouped_by_stream(results)
    return together(
        {
            stream: own_sums(version, by_stream[stream.pk], states)
            for stream in version.streams.select_related("place")
        }
    )


def kept_totals(version: IndicatorVersion) -> Contributions:
    """The totals of a version as they are kept."""
    rows = Total.objects.filter(version=version).values_list(
        "place", "period", "organisation", "category", *COLUMNS
    )
    return {
        Key(version.pk, place, period, organisation or ALL, category or ALL): Both.of(sums)
        for place, period, organisation, category, *sums in rows.iterator()
    }


@dataclass(frozen=True)
class Discrepancy:
    """A total that is not what its raw values add up to on one basis."""

    key: Key
    basis: str
    kept: Sums
    counted: Sums


@transaction.atomic
def verify_totals(version: IndicatorVersion, *, mend: bool = False) -> list[Discrepancy]:
    """Every total of the version that differs from a recount; with ``mend``, put right.

    The streams are locked meanwhile, so that a value verified at the moment is no false alarm.
    """
    lock_streams(version.streams.all())
    kept, afresh = kept_totals(version), recount(version)
    wrong = difference(afresh, kept)
    if mend:
        add_to_totals(wrong, [version.indicator.mechanism_id])
        Total.objects.filter(version=version, **dict.fromkeys(COLUMNS, 0)).delete()
    return [
        Discrepancy(
            key, basis, kept.get(key, NEITHER).on(basis), afresh.get(key, NEITHER).on(basis)
        )
        for key in sorted(wrong)
        for basis in Basis.values
        if wrong[key].on(basis)
    ]
