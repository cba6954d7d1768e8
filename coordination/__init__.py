"""Who is who, where, and what was done: places, organisations, mechanisms, offices, events."""
