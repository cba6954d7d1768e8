"""Planning calendars that every portal begins with; what an administrator changed stays so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from coordination.models import FiscalCalendar, Origin, Place
from coordination.services.reference import register_reference
from workplans.models import PlanningCalendar, PlanningEvent

CALENDARS = Path(__file__).parent.parent / "reference" / "planning_calendars.yaml"
PLAIN = ("name", "short_name", "responsible_post", "legal_basis", "produces", "hook", "hook_step",
         "serves")  # fmt: skip


@register_reference("planning steps")
def load_planning_calendars() -> int:
    """Add the calendars and steps that are missing, and say how many steps those were."""
    rows = yaml.safe_load(CALENDARS.read_text(encoding="utf-8"))
    return sum(_load(row, position) for position, row in enumerate(rows))


def _load(row: dict[str, Any], position: int) -> int:
    origin = row.get("origin", Origin.ENTERED)
    calendar, _created = PlanningCalendar.objects.get_or_create(
        key=row["key"],
        defaults={
            "name": row["name"],
            "kind": row["kind"],
            "place": Place.objects.get(path=row["place"]),
            "year": FiscalCalendar.objects.get(key=row["year"]),
            "source": row.get("source", ""),
            "note": row.get("note", ""),
            "origin": origin,
            "position": position,
        },
    )
    return sum(
        _load_step(calendar, {"origin": origin, **step}, number)
        for number, step in enumerate(row["events"])
    )


def _load_step(calendar: PlanningCalendar, row: dict[str, Any], position: int) -> bool:
    rule: dict[str, Any] = {name: row[name] for name in PLAIN if name in row}
    if "due" in row:
        rule["month"], rule["day"] = row["due"]
    if "begins" in row:
        rule["begins_month"], rule["begins_day"] = row["begins"]
    if "follows" in row:
        key, rule["days_after"] = row["follows"]
        rule["follows"] = calendar.events.get(key=key)
    _step, created = PlanningEvent.objects.get_or_create(
        calendar=calendar,
        key=row["key"],
        defaults={**rule, "origin": row["origin"], "position": position},
    )
    return created
