"""21: behind the proxy that is deployed, every answer bears its headers, and each of them once."""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.urls import reverse

from tests.test_deployment import ROOT, make_certificate
from tests.test_processes import free_port

pytestmark = [
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not here"),
    pytest.mark.one_database,
]

YEAR = 365 * 24 * 3600
MEGABYTE = 1024 * 1024
# What the portal says of a page, and what protects any answer.
WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
STRICT = f"max-age={YEAR}; includeSubDomains"
NO_WEIGHT = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@pytest.fixture
def said(client, cast, world, settings) -> dict[str, object]:
    """What the portal answers behind the proxy: a page and a file."""
    settings.SECURE_HSTS_SECONDS = YEAR
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.MEDIA_ACCEL_PREFIX = "/-/media/"
    client.force_login(cast["partner_officer"])
    file = reverse("file-download", args=[world.file.pk])
    return {path: client.get(path, secure=True) for path in ("/", file)}


@contextmanager
def portal_that_says(answers: dict[str, object]) -> Iterator[int]:
    """A server that gives the portal's answers, byte for byte; the port that it listens at."""

    class Replay(BaseHTTPRequestHandler):
        def do_GET(self):
            answer = answers[self.path]
            self.send_response(answer.status_code)
            for name, value in answer.items():
                if name != "Content-Length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_said):
            """Nothing: the test says what was wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Replay) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def nginx_before(portal: int, folder: Path) -> Iterator[tuple[int, int]]:
    """The proxy as it is deployed, but for names, paths and ports; those without and with TLS."""
    plain, tls = free_port(), free_port()
    written = (ROOT / "deploy/nginx.conf").read_text()
    changed = {
        "server web:8000": f"server 127.0.0.1:{portal}",
        "include mime.types": "include /etc/nginx/mime.types",
        "listen 80 ": f"listen 127.0.0.1:{plain} ",
        "listen 443 ": f"listen 127.0.0.1:{tls} ",
        "alias /data/media/": f"alias {folder}/media/",
        "        http2 on;\n": "",  # older releases spell HTTP/2 otherwise
        "http {\n": "http {\n"
        + "".join(f"{each}_temp_path {folder}/{each};\n" for each in NO_WEIGHT),
        **{f"/etc/nginx/tls/{name}": str(here) for name, here in make_certificate(folder).items()},
    }
    for there, here in changed.items():
        assert written.count(there) == 1, there
        written = written.replace(there, here)
    who = "" if os.geteuid() else "user root;\n"
    (folder / "nginx.conf").write_text(f"daemon off;\npid {folder}/pid;\n{who}{written}")
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        wait_for(plain)
        yield plain, tls
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int) -> None:
    for _patience in range(100):
        try:
            return ask(http.client.HTTPConnection("127.0.0.1", port), "/proxy-alive") and None
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nginx does not listen.")


def ask(connection, path: str, **headers: str) -> http.client.HTTPResponse:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.content = answer.read()
    connection.close()
    return answer


@pytest.fixture
def proxied(said, world, tmp_path) -> dict[str, http.client.HTTPResponse]:
    """An answer of each kind that leaves the proxy, by its name."""
    page, file = said
    (tmp_path / "media" / world.file.path).parent.mkdir(parents=True)
    (tmp_path / "media" / world.file.path).write_bytes(b"content")
    trusting = ssl._create_unverified_context()  # noqa: S323 - it signed itself

    def over_tls(path: str, **headers: str) -> http.client.HTTPResponse:
        return ask(http.client.HTTPSConnection("127.0.0.1", tls, context=trusting), path, **headers)

    with (
        portal_that_says(said) as portal,
        nginx_before(portal, tmp_path) as (plain, tls),
    ):
        found = {
            "page": over_tls(page),
            "file": over_tls(file),
            "413": over_tls(page, **{"Content-Length": str(65 * MEGABYTE)}),
            "400": over_tls(page, **{"Content-Length": "many"}),
            "media asked for directly": over_tls(f"/-/media/{world.file.path}"),
            "redirect": ask(http.client.HTTPConnection("127.0.0.1", plain), page),
        }
        (tmp_path / "media" / world.file.path).unlink()
        found["file that is lost"] = over_tls(file)
    with nginx_before(free_port(), tmp_path) as (_plain, tls):
        found["502"] = over_tls(page)
    return found


def test_every_answer_of_the_proxy_bears_each_header_once(proxied, said, figure):
    wrong = []
    for kind, answer in proxied.items():
        is_file = kind.startswith("file")
        strict = [] if kind == "redirect" else [STRICT]  # no word on TLS without TLS
        found = {name: answer.headers.get_all(name, []) for name in WANTED}
        wrong += [(kind, name, found[name]) for name in WANTED if found[name] != [WANTED[name]]]
        if (given := answer.headers.get_all("Strict-Transport-Security", [])) != strict:
            wrong.append((kind, "Strict-Transport-Security", given))
        policies = answer.headers.get_all("Content-Security-Policy", [])
        if len(policies) != 1 or "default-src 'none'" not in policies[0]:
            wrong.append((kind, "Content-Security-Policy", policies))
        if is_file and policies != ["sandbox; default-src 'none'"]:
            wrong.append((kind, "sandbox", policies))
    assert wrong == []
    assert {kind: answer.status for kind, answer in proxied.items()} == {
        "page": 200, "file": 200, "413": 413, "400": 400, "media asked for directly": 404,
        "redirect": 308, "file that is lost": 404, "502": 502,
    }  # fmt: skip
    page = next(iter(said.values()))
    assert proxied["page"].headers.get_all("Content-Security-Policy") == [
        page["Content-Security-Policy"]
    ]
    assert proxied["file"].content == b"content"
    permissions = [proxied[kind].headers.get_all("Permissions-Policy") for kind in ("page", "file")]
    assert permissions == [[page["Permissions-Policy"]]] * 2
    figure("21 behind the proxy", f"{len(proxied)} kinds of answer, 0 headers lacking or twice")


def test_what_the_proxy_says_itself_is_said_in_words(proxied):
    assert [proxied[kind].content.decode().split(".")[0] for kind in ("413", "502")] == [
        "What you sent is larger than the portal takes: 20 MB a file",
        "The portal does not answer at the moment",
    ]
    assert [proxied[kind].headers["Retry-After"] for kind in ("413", "502", "page")] == [
        None, "30", None,
    ]  # fmt: skip
    kinds = {proxied[kind].headers["Content-Type"] for kind in ("413", "502")}
    assert kinds == {"text/plain; charset=utf-8"}
