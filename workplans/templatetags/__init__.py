"""Template filters of `workplans`."""
