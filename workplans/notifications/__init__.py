"""Whom the deeds of `workplans` are told, and of what; each person once an occasion."""
