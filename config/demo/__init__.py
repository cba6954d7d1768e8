"""The demo: the founding documents' mechanisms and three illustrative quarters of one of them."""
