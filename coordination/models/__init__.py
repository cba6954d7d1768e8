from .backbone import BackboneService, BackboneServiceQuerySet, BackboneTerm
from .boundary import Boundary
from .contribution import Contribution
from .document import StoredFile
from .event import Event
from .invitation import Invitation, hash_token
from .mail import MAX_ATTEMPTS, Mail
from .making import MadeFile, Making, MakingQuerySet
from .mechanism import (
    GoalMeasure,
    Mechanism,
    Membership,
    Objective,
    sees_mechanism,
    serves_in,
    takes_part_in,
)
from .money import Currency, Money
from .office import (
    COUNTY_ROLES,
    PARTNER_ROLES,
    Held,
    Office,
    Role,
    Standing,
    asked_once,
    standing_asked_once,
    within_offices,
)
from .organisation import Award, Organisation, Side
from .origin import Origin, Originated
from .period import FiscalCalendar, Period, add_months, every_period
from .place import Place, PlaceLevel, path_and_above, within_any, within_path
from .precision import Precision, written_day
from .pulse import Pulse
from .quantity import QuantityField, parse_quantity, written
from .sector import Sector, SectorLead, SectorScheme, lead_departments
from .statement import Statement
from .support import Support
from .user import User, Visitor
from .withdrawal import Withdrawable, WithdrawableQuerySet

__all__ = [
    "COUNTY_ROLES",
    "MAX_ATTEMPTS",
    "PARTNER_ROLES",
    "Award",
    "BackboneService",
    "BackboneServiceQuerySet",
    "BackboneTerm",
    "Boundary",
    "Contribution",
    "Currency",
    "Event",
    "FiscalCalendar",
    "GoalMeasure",
    "Held",
    "Invitation",
    "MadeFile",
    "Mail",
    "Making",
    "MakingQuerySet",
    "Mechanism",
    "Membership",
    "Money",
    "Objective",
    "Office",
    "Organisation",
    "Origin",
    "Originated",
    "Period",
    "Place",
    "PlaceLevel",
    "Precision",
    "Pulse",
    "QuantityField",
    "Role",
    "Sector",
    "SectorLead",
    "SectorScheme",
    "Side",
    "Standing",
    "Statement",
    "StoredFile",
    "Support",
    "User",
    "Visitor",
    "Withdrawable",
    "WithdrawableQuerySet",
    "add_months",
    "asked_once",
    "every_period",
    "hash_token",
    "lead_departments",
    "parse_quantity",
    "path_and_above",
    "sees_mechanism",
    "serves_in",
    "standing_asked_once",
    "takes_part_in",
    "within_any",
    "within_offices",
    "within_path",
    "written",
    "written_day",
]
