from .edition import MAX_ATTEMPTS, Consent, Edition, EditionFile
from .finance import AwardFinance
from .report import Report, ReportSection
from .total import Basis, Total

__all__ = [
    "MAX_ATTEMPTS",
    "AwardFinance",
    "Basis",
    "Consent",
    "Edition",
    "EditionFile",
    "Report",
    "ReportSection",
    "Total",
]
