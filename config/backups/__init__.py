"""Backups that prove themselves: whole or not there, and restored once before they are believed.

A backup is a directory: the database by its own engine's tool, the private files, and a manifest
that describes both. The database is copied first. Files are never changed, so every file that the
copied rows name is among the files copied after it.
"""

from .making import Backup, make_backup, prune_backups
from .manifest import BackupRefused, check_backup, last_proven
from .restoring import restore_backup

__all__ = [
    "Backup",
    "BackupRefused",
    "check_backup",
    "last_proven",
    "make_backup",
    "prune_backups",
    "restore_backup",
]
