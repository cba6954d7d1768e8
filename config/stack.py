"""Room for everything that one request calls, taken once.

Python (3.11 and later) keeps the frames of its calls in pieces of 16 KB. A loop that happens to
run at the edge of a piece asks the system for the next one and gives it back with each call it
makes. Whether one does hangs on how deep it is called, which every change of the code around moves:
on our pages it cost nothing here and a third of the time there (two roles' walks through all
addresses: 65 against 45 s of processor). A function with a large frame takes one large piece, and
all that it calls finds its place there.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# Python takes a power of two of at least this many words: what lies above it is the room.
WORDS = 70_000

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def ample_stack(get_response: GetResponse) -> GetResponse:
    """Middleware, the outermost: answer the request from within a function with a large frame."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    answer.__code__ = answer.__code__.replace(co_stacksize=WORDS)
    return answer
