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
from .plan import JointWorkPlan
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
    "Category",
    "Disaggregation",
    "EventEvidence",
    "EventFollowUp",
    "EventParticipants",
    "EventPostponement",
    "Indicator",
    "IndicatorVersion",
    "IntendedResult",
    "JointWorkPlan",
    "LearningAnswer",
    "LearningQuestion",
    "Narrative",
    "Obligation",
    "Result",
    "ResultCell",
    "ResultDecision",
    "ResultEvidence",
    "ResultsFramework",
    "SectorNarrative",
    "Stream",
    "Target",
    "UpdateChase",
    "UpdateEvidence",
    "ValueForMoneyAudit",
    "code_order",
    "quotient",
    "validate_code",
    "walk",
]
