from .edition import Consent, Edition, EditionFile
from .finance import AwardFinance
from .report import Report, ReportSection
from .review import DecisionRequest, Review, ReviewFile, ReviewPack
from .total import Basis, Total

__all__ = [
    "AwardFinance",
    "Basis",
    "Consent",
    "DecisionRequest",
    "Edition",
    "EditionFile",
    "Report",
    "ReportSection",
    "Review",
    "ReviewFile",
    "ReviewPack",
    "Total",
]
