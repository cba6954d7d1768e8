from .body import Body, Meeting

__all__ = ["Body", "Meeting"]
