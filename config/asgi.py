"""The portal for an ASGI server. Nothing in it needs one; it is here for those who run one."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
