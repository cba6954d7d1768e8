"""A bucket that does not answer is one failure; tried where its packages are installed."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.files.base import ContentFile

from coordination.services.storage import StorageAway
from tests.test_processes import free_port

pytest.importorskip("storages.backends.s3", reason="requirements-s3.txt is not installed")

DEEDS = {
    "opened": lambda bucket: bucket.open("a/file"),
    "saved": lambda bucket: bucket.save("a/file", ContentFile(b"content")),
    "looked for": lambda bucket: bucket.exists("a/file"),
    "listed": lambda bucket: bucket.listdir("a"),
    "deleted": lambda bucket: bucket.delete("a/file"),
}


def bucket_at(port):
    from config.bucket import BucketStorage  # noqa: PLC0415 - of packages that may be missing

    return BucketStorage(
        bucket_name="baraza", endpoint_url=f"http://127.0.0.1:{port}", region_name="none",
        access_key="key", secret_key="not secret",
    )  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_a_bucket_that_is_away_is_told_as_that(deed):
    with pytest.raises(StorageAway):
        DEEDS[deed](bucket_at(free_port()))


def test_one_that_hangs_is_given_up():
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        pytest.raises(StorageAway, match="timeout"),
    ):
        bucket_at(deaf.getsockname()[1]).exists("a/file")


class HalfAFile(BaseHTTPRequestHandler):
    """Promises a file of ten bytes, sends five and hangs up."""

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        self.wfile.write(b"abcde")


def test_one_that_breaks_off_is_told_before_anything_is_sent_on():
    with ThreadingHTTPServer(("127.0.0.1", 0), HalfAFile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(StorageAway):
            bucket_at(server.server_port).open("a/file")
        server.shutdown()
