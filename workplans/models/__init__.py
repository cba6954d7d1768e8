from .action_link import ActionLink
from .activity import Activity, ActivityPartner
from .code import code_order, validate_code
from .commitment import Commitment, Spending
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
from .overlap import Overlap, RoleOverlap
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
from .postponement import Postponement
from .rates import MonthlyRate, PlanRate
from .result import Result, ResultCell, ResultDecision, ResultEvidence
from .stream import Narrative, Obligation, Stream
from .travel import DeclaredRate, TravelItem, TravelPolicy, TravelRate, TravelRole
from .update import ActivityUpdate, UpdateEvidence

__all__ = [
    "ActionLink",
    "Activity",
    "ActivityPartner",
    "ActivityUpdate",
    "Baseline",
    "Category",
    "Commitment",
    "DeclaredRate",
    "Disaggregation",
    "EventMove",
    "Gate",
    "GatePass",
    "Indicator",
    "IndicatorVersion",
    "IntendedResult",
    "JointWorkPlan",
    "MonthlyRate",
    "Narrative",
    "Obligation",
    "Overlap",
    "Participation",
    "Phase",
    "PhaseItem",
    "PhaseSession",
    "PlanFeed",
    "PlanRate",
    "PlanningCalendar",
    "PlanningEvent",
    "Postponement",
    "Requirement",
    "Result",
    "ResultCell",
    "ResultDecision",
    "ResultEvidence",
    "ResultsFramework",
    "RoleOverlap",
    "Spending",
    "Step",
    "Stream",
    "Target",
    "TravelItem",
    "TravelPolicy",
    "TravelRate",
    "TravelRole",
    "UpdateEvidence",
    "code_order",
    "day_in",
    "quotient",
    "validate_code",
    "walk",
]
