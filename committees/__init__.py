"""Who sits where and what they resolved: the bodies of a mechanism and their meetings."""
