"""Exit 0 if this container's web server answers: for `healthcheck` in docker-compose.yml.

It asks under the portal's own name, since the portal answers to no other.
"""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

name = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or "127.0.0.1"
request = urllib.request.Request(
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/livez", headers={"Host": name}
)
with urllib.request.urlopen(request, timeout=4) as response:
    sys.exit(response.status != 200)
