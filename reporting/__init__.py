"""What it adds up to, on paper and on screen: totals, figures, reports and their editions."""
