from .action_link import ActionLink
from .activity import Activity, ActivityPartner
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
from .result import Result, ResultCell, ResultDecision, ResultEvidence
from .signing import PlanStep, PlanVersion, Signature
from .stream import Narrative, Obligation, Stream
from .update import ActivityUpdate, UpdateEvidence

__all__ = [
    "ActionLink",
    "Activity",
    "ActivityPartner",
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
    "PlanStep",
    "PlanVersion",
    "PlanningCalendar",
    "PlanningEvent",
    "Requirement",
    "Result",
    "ResultCell",
    "ResultDecision",
    "ResultEvidence",
    "ResultsFramework",
    "Signature",
    "Step",
    "Stream",
    "Target",
    "UpdateEvidence",
    "code_order",
    "day_in",
    "quotient",
    "validate_code",
    "walk",
]
