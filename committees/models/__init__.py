from .access import Access, readable_by, reads_less
from .action import ActionItem, ProgressNote
from .agenda import AgendaItem, Paper
from .alert import Alert, AlertFile, AlertUpdate
from .attendance import Participant
from .body import Body, BodyAlias, QuorumGroup, StakeholderGroup
from .cadence import CadenceAlarm
from .consultation import Consultation, Dialogue
from .decision import Decision, Vote
from .duty import DutyEntry
from .escalation import Escalation, EscalationNote, EscalationStep
from .feed import CalendarFeed, Feed
from .grant import Grant
from .library import Document, DocumentVersion
from .meeting import Meeting, Rescheduling, Series, held_by
from .memo import Memo, MemoAddressee, MemoCirculation, Recommendation, RecommendationOutcome
from .minutes import Correction, Minutes, MinutesDraft
from .performance import CriteriaSet, Criterion, CriterionScore, PerformanceReview
from .printout import Printout, PrintoutFile
from .seat import (
    Appointment,
    Capacity,
    RosterConfirmation,
    Seat,
    bodies_begun_by,
    bodies_chaired_by,
    bodies_kept_by,
    bodies_read_by,
    bodies_sat_on,
    seats_held_by,
)
from .terms import Notification, Terms, TermsAdoption

__all__ = [
    "Access",
    "ActionItem",
    "AgendaItem",
    "Alert",
    "AlertFile",
    "AlertUpdate",
    "Appointment",
    "Body",
    "BodyAlias",
    "CadenceAlarm",
    "CalendarFeed",
    "Capacity",
    "Consultation",
    "Correction",
    "CriteriaSet",
    "Criterion",
    "CriterionScore",
    "Decision",
    "Dialogue",
    "Document",
    "DocumentVersion",
    "DutyEntry",
    "Escalation",
    "EscalationNote",
    "EscalationStep",
    "Feed",
    "Grant",
    "Meeting",
    "Memo",
    "MemoAddressee",
    "MemoCirculation",
    "Minutes",
    "MinutesDraft",
    "Notification",
    "Paper",
    "Participant",
    "PerformanceReview",
    "Printout",
    "PrintoutFile",
    "ProgressNote",
    "QuorumGroup",
    "Recommendation",
    "RecommendationOutcome",
    "Rescheduling",
    "RosterConfirmation",
    "Seat",
    "Series",
    "StakeholderGroup",
    "Terms",
    "TermsAdoption",
    "Vote",
    "bodies_begun_by",
    "bodies_chaired_by",
    "bodies_kept_by",
    "bodies_read_by",
    "bodies_sat_on",
    "held_by",
    "readable_by",
    "reads_less",
    "seats_held_by",
]
