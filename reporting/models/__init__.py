from .edition import MAX_ATTEMPTS, Consent, Edition, EditionFile
from .report import Report, ReportSection
from .total import Basis, Total

__all__ = [
    "MAX_ATTEMPTS",
    "Basis",
    "Consent",
    "Edition",
    "EditionFile",
    "Report",
    "ReportSection",
    "Total",
]
