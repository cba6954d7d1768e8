"""A bucket keeps what is given it, and one that does not answer is one failure.

Tried where its packages are installed.
"""

import socket
import threading
from email.utils import formatdate
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from config.verification import file_findings
from coordination.models import StoredFile
from coordination.services import storage
from coordination.services.storage import StorageAway, intact_content, keep
from tests.factories.coordination import UserFactory
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


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as the portal asks: put, get, look for, list by folder, delete."""

    objects: dict[str, bytes]

    @property
    def key(self) -> str:
        return self.path.partition("?")[0].removeprefix("/baraza").lstrip("/")

    def answer(self, status: int, content: bytes = b"", kind: str = "application/xml") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.send_header("ETag", '"x"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_PUT(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            size, _line, rest = content.partition(b"\r\n")
            content = rest[: int(size.partition(b";")[0], 16)]  # small files come in one piece
        self.objects[self.key] = content
        self.answer(200)

    def do_DELETE(self):
        self.objects.pop(self.key, None)
        self.answer(204)

    def do_GET(self):
        if not self.key:
            self.answer(200, self.listing())
        elif self.key in self.objects:
            self.answer(200, self.objects[self.key], "binary/octet-stream")
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self):
        self.do_GET()

    def listing(self) -> bytes:
        asked = parse_qs(urlsplit(self.path).query)
        prefix = asked.get("prefix", [""])[0]
        below = [key for key in sorted(self.objects) if key.startswith(prefix)]
        folders = {f"{prefix}{key[len(prefix):].split('/')[0]}/" for key in below
                   if "/" in key[len(prefix):]}  # fmt: skip
        files = [key for key in below if "/" not in key[len(prefix) :]]
        parts = [f"<Contents><Key>{escape(key)}</Key></Contents>" for key in files]
        parts += [f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>"
                  for each in sorted(folders)]  # fmt: skip
        return f"<ListBucketResult>{''.join(parts)}</ListBucketResult>".encode()

    def log_message(self, *_said):
        """Nothing: the test says what was wrong."""


@pytest.fixture
def objects(monkeypatch):
    """What lies in a bucket that is the portal's storage."""
    kept: dict[str, bytes] = {}
    handler = type("OfThisTest", (Bucket,), {"objects": kept})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bucket = bucket_at(server.server_port)
        bucket.file_overwrite = True  # as config/settings.py says
        monkeypatch.setattr(storage, "default_storage", bucket)
        yield kept
        server.shutdown()


def test_what_is_kept_in_a_bucket_comes_back_and_is_verified(db, objects):
    first = keep(b"a,b\n", folder="uploads", suffix="csv")
    again = keep(b"a,b\n", folder="uploads", suffix="csv")
    StoredFile.objects.create(
        path=first.path, name="list.csv", media_type="text/csv", size=first.size,
        sha256=first.sha256, uploaded_by=UserFactory(), uploaded_at=timezone.now(),
    )  # fmt: skip

    assert (again, objects) == (first, {first.path: b"a,b\n"})
    assert intact_content(first.path, first.sha256) == b"a,b\n"
    assert list(file_findings()) == []


def test_rot_loss_and_strange_things_in_a_bucket_are_named_and_rot_is_healed(db, objects):
    kept = keep(b"a,b\n", folder="uploads", suffix="csv")
    StoredFile.objects.create(
        path=kept.path, name="list.csv", media_type="text/csv", size=kept.size,
        sha256=kept.sha256, uploaded_by=UserFactory(), uploaded_at=timezone.now(),
    )  # fmt: skip
    objects[kept.path], objects["uploads/stray.php"] = b"a,c\n", b"put here by nobody"
    assert list(file_findings()) == [
        f"changed: {kept.path} (stored file)", "unknown: uploads/stray.php",
    ]  # fmt: skip

    keep(b"a,b\n", folder="uploads", suffix="csv")
    del objects["uploads/stray.php"]

    assert list(file_findings()) == []
