"""An activity changed cell by cell in the grid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Place, User
from coordination.services.events import record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next
from workplans.models import Activity
from workplans.permissions.activities import organisations_led_by

from .activities import lock_open_plan
from .activity_values import changes_of, concerns, write, write_many
from .cells import HEADS, KEYED, MANY, Cells, CellsFault, Values, faults_of, values_of
from .output_cells import settled
from .overlap_search import Match, Sketch, sketch_of_keys
from .overlaps import mark_of_matches, refresh_overlaps, unrecorded

# What a possible overlap follows from.
COMPARED = {"activity_type", "sector", "lead", "places", "starts_on", "ends_on"}


class CellsAtFault(Refusal):
    """Nothing was saved; ``faults`` say what is wrong in which cell."""

    def __init__(self, faults: Sequence[CellsFault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


class OverlapsToSee(Refusal):
    """Nothing was saved: what the activity would overlap with is to be seen first (R13).

    Carries the activity as it was typed, the names of the changed cells, and what it meets.
    """

    message = gettext_lazy("It may overlap with another activity. Look at it first; then save.")

    def __init__(
        self, sketch: Sketch, title: str, names: list[str], matches: list[tuple[Activity, Match]]
    ) -> None:
        super().__init__()
        self.sketch, self.title = sketch, title
        self.names, self.matches = names, matches


class LeadOfAnother(Refusal):
    """Names whom it cannot be given to."""

    def __init__(self, lead: object) -> None:
        said = gettext_lazy("You do not report for %(lead)s: it enters its activities itself.")
        super().__init__(said % {"lead": lead})


@transaction.atomic
def edit_cells(
    activity: Activity,
    *,
    by: User,
    seen_version: int,
    typed: Mapping[str, str],
    overlaps_seen: str | None = None,
    at: dt.datetime | None = None,
) -> Activity:
    """The activity with what was typed in some of its cells; the others stay as they are.

    The same typed twice is one deed. ``overlaps_seen`` is the mark of the possible overlaps that
    were shown (R13); None asks nothing. Raises PlanIsClosed, CellsAtFault, OverlapsToSee, or
    EditedMeanwhile when it is no longer the version that ``by`` saw.
    """
    plan = lock_open_plan(activity.plan)
    cells = Cells(plan, by=by)
    locked = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    locked.plan = plan
    before = values_of(locked)
    typed = {
        name: words
        for name, words in typed.items()
        if words.strip() != cells.words(name, before).replace("\r\n", "\n")
    }
    values = settled(before | _read(cells, typed), before, typed.keys())
    changed = [name for name in HEADS if values[name] != before[name]]
    if not changed:
        return locked
    if locked.version != seen_version:
        raise EditedMeanwhile
    faults = [fault for fault in faults_of(values) if concerns(fault, typed.keys())]
    lead = values["lead"] if "lead" in changed else None
    if lead and not organisations_led_by(by, plan).filter(pk=lead).exists():
        faults.append(CellsFault("lead", str(LeadOfAnother(cells.organisations[lead]))))
    if faults:
        raise CellsAtFault(faults)
    if overlaps_seen is not None and COMPARED & set(changed) and not locked.is_left_out:
        _guard_overlaps(locked, values, changed, seen=overlaps_seen)
    write(locked, values, changed)
    columns = [name for name in changed if name not in MANY]
    locked.clean_fields(exclude=["plan", *KEYED])
    save_next(locked, *columns)
    write_many([(locked, values)], changed)
    changes = changes_of(cells, before, values)
    record("workplans.activity_edited", locked, by=by, changes=changes, at=at)
    if COMPARED & set(changed):
        refresh_overlaps(locked, by=by, at=at)
    return locked


def _guard_overlaps(activity: Activity, values: Values, changed: list[str], *, seen: str) -> None:
    places = Place.objects.filter(pk__in=values["places"]).values_list("path", flat=True)
    sketch = sketch_of_keys(activity.plan, values, pk=activity.pk, paths=places)
    matches = unrecorded(sketch)
    if matches and mark_of_matches(matches) != seen:
        raise OverlapsToSee(sketch, values["title"], changed, matches)


def _read(cells: Cells, typed: Mapping[str, str]) -> Values:
    """What was typed, read; raises CellsAtFault."""
    values, faults = {}, []
    for column in cells.columns(typed):
        words = typed[column.name].strip()
        try:
            values[column.name] = column.read(["t", words] if words else None)
        except ValidationError as error:
            faults.append(CellsFault(column.name, error.messages[0]))
        else:
            if column.name == "is_public" and values[column.name] is None:
                faults.append(CellsFault(column.name, _("Enter yes or no.")))
    if faults:
        raise CellsAtFault(faults)
    return values
