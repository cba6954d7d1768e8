from .action_link import ActionLink
from .activity import Activity, ActivityPartner
from .activity_comment import ActivityComment
from .activity_event import (
    ActivityEvent,
    EventEvidence,
    EventFollowUp,
    EventParticipants,
    EventPostponement,
)
from .activity_output import ActivityOutput
from .activity_tie import ActivityTie
from .audit import ValueForMoneyAudit
from .bottleneck import Bottleneck
from .carried_line import CarriedLine
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
from .learning import LearningAnswer, LearningQuestion, SectorNarrative
from .nudge import Nudge
from .overlap import Overlap, RoleOverlap
from .phase import Gate, GatePass, Phase, PhaseItem, PhaseSession, Requirement, Step
from .plan import JointWorkPlan, sees_plan
from .plan_backbone import PlanBackboneTerm
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
from .rates import MonthlyRate, PlanRate
from .result import Result, ResultCell, ResultDecision, ResultEvidence
from .self_assessment import (
    AssessedPrinciple,
    AssessmentRound,
    PrincipleScore,
    SelfAssessment,
)
from .signing import PlanStep, PlanVersion, Signature
from .stream import Narrative, Obligation, Stream
from .travel import DeclaredRate, TravelItem, TravelPolicy, TravelRate, TravelRole
from .update import ActivityUpdate, UpdateChase, UpdateEvidence

__all__ = [
    "ActionLink",
    "Activity",
    "ActivityComment",
    "ActivityEvent",
    "ActivityOutput",
    "ActivityPartner",
    "ActivityTie",
    "ActivityUpdate",
    "AssessedPrinciple",
    "AssessmentRound",
    "Baseline",
    "Bottleneck",
    "CarriedLine",
    "Category",
    "Commitment",
    "DeclaredRate",
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
    "MonthlyRate",
    "Narrative",
    "Nudge",
    "Obligation",
    "Overlap",
    "Participation",
    "Phase",
    "PhaseItem",
    "PhaseSession",
    "PlanBackboneTerm",
    "PlanFeed",
    "PlanRate",
    "PlanStep",
    "PlanVersion",
    "PlanningCalendar",
    "PlanningDocument",
    "PlanningEvent",
    "PlanningLine",
    "Postponement",
    "PrincipleScore",
    "Requirement",
    "Result",
    "ResultCell",
    "ResultDecision",
    "ResultEvidence",
    "ResultsFramework",
    "RoleOverlap",
    "SectorNarrative",
    "SelfAssessment",
    "Signature",
    "Spending",
    "Step",
    "Stream",
    "Target",
    "TravelItem",
    "TravelPolicy",
    "TravelRate",
    "TravelRole",
    "UpdateChase",
    "UpdateEvidence",
    "ValueForMoneyAudit",
    "code_order",
    "day_in",
    "programme_of",
    "quotient",
    "sees_plan",
    "validate_code",
    "walk",
    "walk_lines",
]
