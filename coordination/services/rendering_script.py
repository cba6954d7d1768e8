"""Turns HTML on standard input into a tagged PDF on standard output.

Run by `rendering.render_pdf` in a confined process, never imported: it sees no settings, no
database and no network, and a page that asks for anything besides ``data:`` is refused.
"""

import gc
import sys
from functools import cached_property
from typing import Any

import pydyf
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher

REFUSED = 65
DOTS_PER_INCH = 200

# The list of all pages is asked for once a tag, ten thousand times, and made anew each time: a
# fourteenth of the time of a report. Nobody asks before the last page is there.
page_references = cached_property(pydyf.PDF.page_references.fget)
page_references.__set_name__(pydyf.PDF, "page_references")
pydyf.PDF.page_references = page_references


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
    sys.exit(main())
