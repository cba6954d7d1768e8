"""Passwords."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

# How far a computation stands back behind pages where the processors do not suffice for both.
NICENESS = 10


def _stand_back() -> None:
    # Linux gives each thread a priority of its own; elsewhere it would be the whole process's.
    if sys.platform == "linux":
        os.nice(NICENESS)


_computing = ThreadPoolExecutor(1, "passwords", initializer=_stand_back)


class OneAtATimeArgon2Hasher(Argon2PasswordHasher):
    """Argon2, one computation at a time in each web process, and after those who are working.

    A check costs 100 MB and a fifth of a second on purpose. Without a limit, a burst of wrong
    passwords would take every processor and the memory from those who are already working. It costs
    whoever guesses the same on one processor as on the eight that Django takes at once.
    """

    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return _computing.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return _computing.submit(super().verify, password, encoded).result()
