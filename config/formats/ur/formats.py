"""Days in Urdu: each runs from the right by itself, also in a line that runs from the left.

Between U+2067 and U+2069, or the year stands before its month after words in Latin letters.
"""

from config import formats

DATE_FORMAT = f"\u2067{formats.DATE_FORMAT}\u2069"
MONTH_DAY_FORMAT = f"\u2067{formats.MONTH_DAY_FORMAT}\u2069"
DATETIME_FORMAT = f"\u2067{formats.DATETIME_FORMAT}\u2069"
