"""How days and numbers are written: no line ends between a day and its month.

These hold for each language that has no way of its own here, as `en`, or in Django.
"""

DATE_FORMAT = "j\u00a0M Y"  # 31 Mar 2021
MONTH_DAY_FORMAT = "j\u00a0M"  # 31 Mar
DATETIME_FORMAT = "j\u00a0M Y, H:i\u00a0T"  # 31 Mar 2021, 10:00 EAT
NUMBER_GROUPING = 3  # 3,465
