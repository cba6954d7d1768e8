"""How a demo keeps passwords: as everywhere, but under a name that only a demo knows."""

from config.hashers import OneAtATimeArgon2Hasher


class DemoHasher(OneAtATimeArgon2Hasher):
    """First in PASSWORD_HASHERS of a demo, and in no other portal's.

    A database that was a demo's opens nothing elsewhere: there, no password of it is right.
    """

    algorithm = "demo_argon2"
