"""Django looks for the formats of a language in a package named after it."""
