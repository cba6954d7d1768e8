"""Makers of test data, one file an app. They fill what a test does not care about."""
