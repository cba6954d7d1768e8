"""Turns HTML on standard input into a tagged PDF on standard output.

Run by `rendering.render_pdf` in a confined process, never imported: it sees no settings, no
database and no network, and a page that asks for anything besides ``data:`` is refused.
"""

import gc
import os
import re
import sys
import zlib
from collections.abc import Iterable
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import pydyf
from tinyhtml5 import inputstream
from weasyprint import HTML, css, document
from weasyprint.html import UA_STYLESHEET
from weasyprint.layout import inline
from weasyprint.text.line_break import Layout
from weasyprint.urls import FatalURLFetchingError, URLFetcher

REFUSED = 65
DOTS_PER_INCH = 200

# --- Ways cut short (decision 41). The PDF is the same: tests/reporting/test_files.py compares. ---


# What a piece of the page may consist of is put together as an expression for each piece, 35,000
# times, for the one that was kept is looked for under another name.
class Expressions(dict[Any, re.Pattern[str]]):
    """By the letters that a piece goes up to, or that it consists of."""

    def __missing__(self, key: tuple[Iterable[str], bool]) -> re.Pattern[str]:
        letters, consists_of = key
        codes = "".join(f"\\x{ord(letter):02x}" for letter in letters)
        found = self[key] = re.compile(f"[{'' if consists_of else '^'}{codes}]+")
        return found


inputstream.characters_until_regex = Expressions()


# Sheets and metadata are looked for among all elements of the page; they stand in its head.
def sheets_of_head(page: Any, *rest: Any, find: Any = css.find_stylesheets) -> Any:
    """The sheets of the page."""
    return find(page.query("head"), *rest)


def metadata_of_head(html: Any, *, read: Any = document.get_html_metadata) -> Any:
    """Its title, language and what else it says of itself."""
    head = html.wrapper_element.query("head")
    return read(SimpleNamespace(**{**vars(html), "wrapper_element": head}))


css.find_stylesheets, document.get_html_metadata = sheets_of_head, metadata_of_head

# The list of all pages is asked for once a tag, ten thousand times, and made anew each time: a
# fourteenth of the time of a report. Nobody asks before the last page is there.
page_references = cached_property(pydyf.PDF.page_references.fget)
page_references.__set_name__(pydyf.PDF, "page_references")
pydyf.PDF.page_references = page_references

# Five rules of the browsers' sheet give each element styles for notes, a sixth for the mark of a
# list: six more styles for each cell, a tenth of the time and a quarter of the memory. Our papers
# have no notes, and only items have marks.
rules = UA_STYLESHEET.matcher
marks = [rule for rule in rules.other_selectors if rule[3] == "marker"]
rules.other_selectors = [rule for rule in rules.other_selectors if rule[3] is None]
rules.lower_local_name_selectors.setdefault("li", []).extend(marks)


# A line is set to know its length, thrown away, and set once more to be drawn. It is kept: some
# 20 MB for a report. Only where words are spread over a line is it drawn otherwise than measured.
def keep_line(self: Layout) -> None:
    """Instead of throwing it away."""


def take_line(self: Layout, style: Any, *, anew: Any = Layout.reactivate) -> None:
    """Instead of setting it anew."""
    if self.justification_spacing:
        anew(self, style)


Layout.deactivate, Layout.reactivate = keep_line, take_line


# How high a line is at least hangs on its style alone, and is looked for under a text that all its
# properties of fonts are written into: 30,000 times a report, for some 600 styles.
def strut_once(style: Any, *, measure: Any = inline.strut) -> Any:
    """The height of the line and where its letters stand."""
    if not hasattr(style, "strut"):
        style.strut = measure(style)
    return style.strut


inline.strut = strut_once

# Cells repeat their words: dashes, verdicts, days, names. The same words in one style and width
# break alike and are one line; of 14,000 a report sets 4,000. The style is held, since its number
# would be another's as soon as it is gone. A longer text hardly comes twice.
REPEATED_LETTERS = 60
known: dict[tuple[Any, ...], tuple[Any, Any]] = {}


def split_once(
    text: str, style: Any, context: Any, width: Any, *rest: Any,
    split: Any = inline.split_first_line, **more: Any,
) -> Any:  # fmt: skip
    """The first line of the text, set once."""
    if len(text) > REPEATED_LETTERS:
        return split(text, style, context, width, *rest, **more)
    key = (text, id(style), width, rest, *more.items())
    if key not in known:
        known[key] = split(text, style, context, width, *rest, **more), style
    return known[key][0]


inline.split_first_line = split_once

# To try for the smallest file takes three times as long as for one that is a thirtieth larger.
pydyf.zlib = SimpleNamespace(compressobj=lambda **_level: zlib.compressobj())


class DataOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Reads what stands in the page itself, and nothing else from anywhere."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)

    def fetch(self, url: str, headers: Any = None) -> Any:
        if not url.lower().startswith("data:"):
            raise FatalURLFetchingError(f"The page asks for {url[:80]!r}.")
        return super().fetch(url, headers)


def main() -> int:
    """Write the PDF; the exit code says whether the page was one to render."""
    # The tree of boxes lives until the end: to look through it for garbage takes a quarter of the
    # time, frees nothing, and the process ends with its work.
    gc.disable()
    page = sys.stdin.buffer.read().decode()
    try:
        HTML(string=page, url_fetcher=DataOnly()).write_pdf(
            sys.stdout.buffer, pdf_variant="pdf/ua-1", optimize_images=True, dpi=DOTS_PER_INCH
        )
    except FatalURLFetchingError as error:
        sys.stderr.write(str(error))
        return REFUSED
    return 0


# Room for the frames of all that it calls, taken once (config/stack.py says why): a twentieth of
# the time of a report.
main.__code__ = main.__code__.replace(co_stacksize=70_000)

if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without taking the tree of boxes apart: an eighth of the time. The system takes it as a whole.
    os._exit(code)
