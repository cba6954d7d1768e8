"""Template tags that draw figures: charts as SVG."""
