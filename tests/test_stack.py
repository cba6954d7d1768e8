"""Calls of a request take their room once, however deep the loop lies that makes them."""

import resource

from config.stack import ample_stack

CALLS, DEPTHS = 500, 150


def nothing():
    """Called in a loop."""


def faults_at(depth):
    """How many pages of memory the system had to give for calls at this depth."""
    if depth:
        return faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _call in range(CALLS):
        nothing()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def most_faults(_request=None):
    return max(faults_at(depth) for depth in range(DEPTHS))


def test_no_depth_asks_the_system_for_room_with_each_call():
    # How many there are without it hangs on what the process did before.
    assert ample_stack(most_faults)(None) < CALLS / 2
