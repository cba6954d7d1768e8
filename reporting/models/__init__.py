from .edition import Consent, Edition, EditionFile
from .finance import AwardFinance
from .report import Report, ReportSection
from .total import Basis, Total

__all__ = [
    "AwardFinance",
    "Basis",
    "Consent",
    "Edition",
    "EditionFile",
    "Report",
    "ReportSection",
    "Total",
]
