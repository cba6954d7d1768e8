"""Chores of maintainers, run by hand from the root of the repository."""
