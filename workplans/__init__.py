"""What was promised and how far it has come: plans, indicators, results, verification."""
