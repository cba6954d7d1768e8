"""Python's searches for garbage, as a process that lives long needs them: few, and short.

What is loaded when a process begins lives with it: one search through it took as long as a page,
every ten pages. Nor need one begin with each 700 things that are made: a page makes some hundred
thousand, a report's figures more, and a fifth of the time went into searches.
"""

import gc


def search_seldom(*, after: int = 20_000) -> None:
    """Leave what is loaded by now out of every search, and search after so many things more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(after)
