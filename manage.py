#!/usr/bin/env python
"""The door for every administrative command: `manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after it

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
