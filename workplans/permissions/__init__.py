"""Who may do what in `workplans`. Rights derive from offices alone (R26)."""
