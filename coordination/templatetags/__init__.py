"""Template tags that every page of the portal uses."""
