"""Passwords."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

_turn = threading.Semaphore(1)


class OneAtATimeArgon2Hasher(Argon2PasswordHasher):
    """Argon2, one computation at a time in each web process.

    A check costs 100 MB and a fifth of a second on purpose. Without a limit, a burst of wrong
    passwords would take every processor and the memory from those who are already working. It costs
    whoever guesses the same on one processor as on the eight that Django takes at once.
    """

    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turn:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn:
            return super().verify(password, encoded)
