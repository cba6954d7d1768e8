"""Fail unless this container's web server answers: for `healthcheck` in docker-compose.yml.

It asks under the portal's own name, since the portal answers to no other.
"""

import http.client
import os
from urllib.parse import urlsplit

name = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or "127.0.0.1"
server = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
server.request("GET", "/livez", headers={"Host": name})
answer = server.getresponse()
if answer.status != http.client.OK:
    raise SystemExit(f"/livez answered {answer.status}")
