from .action_link import ActionLink
from .activity import Activity, ActivityPartner
from .activity_event import (
    ActivityEvent,
    EventEvidence,
    EventFollowUp,
    EventParticipants,
    EventPostponement,
)
from .audit import ValueForMoneyAudit
from .bottleneck import Bottleneck
from .carried_line import CarriedLine
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
from .learning import LearningAnswer, LearningQuestion, SectorNarrative
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
from .result import Result, ResultCell, ResultDecision, ResultEvidence
from .stream import Narrative, Obligation, Stream
from .update import ActivityUpdate, UpdateChase, UpdateEvidence

__all__ = [
    "ActionLink",
    "Activity",
    "ActivityEvent",
    "ActivityPartner",
    "ActivityUpdate",
    "Baseline",
    "Bottleneck",
    "CarriedLine",
    "Category",
    "Disaggregation",
    "EventEvidence",
    "EventFollowUp",
    "EventMove",
    "EventParticipants",
    "EventPostponement",
    "Gate",
    "GatePass",
    "Indicator",
    "IndicatorVersion",
    "IntendedResult",
    "JointWorkPlan",
    "LearningAnswer",
    "LearningQuestion",
    "Narrative",
    "Obligation",
    "Participation",
    "Phase",
    "PhaseItem",
    "PhaseSession",
    "PlanFeed",
    "PlanningCalendar",
    "PlanningEvent",
    "Postponement",
    "Requirement",
    "Result",
    "ResultCell",
    "ResultDecision",
    "ResultEvidence",
    "ResultsFramework",
    "SectorNarrative",
    "Step",
    "Stream",
    "Target",
    "UpdateChase",
    "UpdateEvidence",
    "ValueForMoneyAudit",
    "code_order",
    "day_in",
    "quotient",
    "validate_code",
    "walk",
]
