from .action_link import ActionLink
from .activity import Activity, ActivityPartner
from .activity_comment import ActivityComment
from .activity_output import ActivityOutput
from .activity_tie import ActivityTie
from .code import code_order, validate_code
from .framework import IntendedResult, ResultsFramework, walk
from .indicator import (
    Baseline,
    Category,
    Disaggregation,
    Indicator,
    IndicatorVersion,
    Target,
    quotient,
)
from .phase import Gate, GatePass, Phase, PhaseItem, PhaseSession, Requirement, Step
from .plan import JointWorkPlan
from .planning_calendar import (
    EventMove,
    Participation,
    PlanFeed,
    PlanningCalendar,
    PlanningEvent,
    day_in,
)
from .planning_document import PlanningDocument, PlanningLine, programme_of, walk_lines
from .postponement import Postponement
from .result import Result, ResultCell, ResultDecision, ResultEvidence
from .stream import Narrative, Obligation, Stream
from .update import ActivityUpdate, UpdateEvidence

__all__ = [
    "ActionLink",
    "Activity",
    "ActivityComment",
    "ActivityOutput",
    "ActivityPartner",
    "ActivityTie",
    "ActivityUpdate",
    "Baseline",
    "Category",
    "Disaggregation",
    "EventMove",
    "Gate",
    "GatePass",
    "Indicator",
    "IndicatorVersion",
    "IntendedResult",
    "JointWorkPlan",
    "Narrative",
    "Obligation",
    "Participation",
    "Phase",
    "PhaseItem",
    "PhaseSession",
    "PlanFeed",
    "PlanningCalendar",
    "PlanningDocument",
    "PlanningEvent",
    "PlanningLine",
    "Postponement",
    "Requirement",
    "Result",
    "ResultCell",
    "ResultDecision",
    "ResultEvidence",
    "ResultsFramework",
    "Step",
    "Stream",
    "Target",
    "UpdateEvidence",
    "code_order",
    "day_in",
    "programme_of",
    "quotient",
    "validate_code",
    "walk",
    "walk_lines",
]
