"""Read the first sheet of a workbook and write its cells as JSON; run confined, without Django.

Each cell is a pair: "n" and a number's digits, "t" and a text, "d" and a day as 2021-03-31, "x" and
the name of another kind, or null. Arguments: how many rows and columns are read at most.
"""

import datetime as dt
import io
import json
import sys
from typing import Any

from python_calamine import CalamineWorkbook

REFUSED = 65


def pair(cell: Any) -> tuple[str, str] | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return "t", cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return "n", repr(cell)
    if isinstance(cell, dt.date):
        return "d", cell.isoformat()[:10]
    return "x", type(cell).__name__


def main() -> None:
    rows, columns = map(int, sys.argv[1:])
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    sheet = workbook.get_sheet_by_index(0)
    last_row, last_column = sheet.end or (0, 0)
    if last_row >= rows or last_column >= columns:
        sys.stderr.write("\nlarge")
        sys.exit(REFUSED)
    cells = sheet.to_python(skip_empty_area=False)
    json.dump([[pair(cell) for cell in row] for row in cells], sys.stdout)


main()
