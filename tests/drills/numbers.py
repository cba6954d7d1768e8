"""How often, how long and how much: the numbers of the scenarios.

Smaller ones, for who tries out a drill, come from the environment.
"""

import os

ROUNDS = int(os.environ.get("DRILL_ROUNDS", "10"))  # how often Redis is killed
SECONDS = int(os.environ.get("DRILL_SECONDS", "300"))  # how long there is load
MEGABYTES = int(os.environ.get("DRILL_MEGABYTES", "1000"))  # of files that are restored
