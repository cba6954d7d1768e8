"""How far a worker is with what it makes, for the progress bar."""

from __future__ import annotations

from typing import Any

from coordination.models import Making

STAGES = (
    Making.Stage.WAITING,
    Making.Stage.COMPILING,
    Making.Stage.DRAWING,
    Making.Stage.RENDERING,
    Making.Stage.STORING,
)
PERCENT = {
    Making.Stage.WAITING: 2,
    Making.Stage.COMPILING: 15,
    Making.Stage.DRAWING: 35,
    Making.Stage.RENDERING: 50,
    Making.Stage.STORING: 90,
    Making.Stage.DONE: 100,
}


def making_context(making: Making, *, poll: str, is_made: bool, text: str = "") -> dict[str, Any]:
    """What components/progress.html takes; ``poll`` is asked while it is in the making."""
    return {
        "url": poll if making.is_in_the_making else "",
        "status": making.state,
        "label": str(making),
        "percent": 100 if is_made else PERCENT[Making.Stage(making.stage)],
        "stages": [(str(stage.label), _standing(stage, making, is_made)) for stage in STAGES],
        "text": text,
    }


def _standing(stage: Making.Stage, making: Making, is_made: bool) -> str:  # noqa: FBT001 - internal
    """Whether the stage is done, now or ahead."""
    if is_made:
        return "done"
    here = STAGES.index(Making.Stage(making.stage))
    number = STAGES.index(stage)
    return "done" if number < here else "now" if number == here else "ahead"
