"""How fast the portal is on a national data set, beside what could be reached: `make bench`."""
