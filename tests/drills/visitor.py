"""Somebody at a browser without JavaScript, who may click twenty times at the same moment."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from tests.security.conftest import PageForm, forms_on

SECONDS_TO_ANSWER = 60
Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    content: bytes
    headers: dict[str, str]
    seconds: float

    def get(self, name: str, default: str = "") -> str:
        return self.headers.get(name.lower(), default)

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    @property
    def place(self) -> str:
        """Where a redirect leads."""
        return self.get("Location")


@dataclass
class Visitor:
    """The cookies of one person at one portal."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    line: str = ""  # what a request line names before the path, such as http://elsewhere.test

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(
        self, path: str, fields: Fields, files: Mapping[str, tuple[str, bytes]] = {}
    ) -> Answer:
        """Send a form; ``files`` are names and contents by field."""
        if not files:
            body = urlencode(fields, doseq=True).encode()
            return self.ask("POST", path, body, "application/x-www-form-urlencoded")
        return self.ask("POST", path, *multipart(fields, files))

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        parts = urlsplit(urljoin(self.address, path))
        connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS_TO_ANSWER)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, "Cookie": cookies}
        if kind:
            headers["Content-Type"] = kind
        started = time.monotonic()
        try:
            query = f"?{parts.query}" if parts.query else ""
            connection.request(method, self.line + parts.path + query, body or None, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, content, found, time.monotonic() - started)

    def form(self, page: str, *, to: str = "", field: str = "") -> PageForm:
        """The form of a page that goes to an address ending in ``to``, or has the field."""
        answer = self.get(page)
        assert answer.status == 200, f"{page} answers {answer.status}"
        for form in forms_on(page, answer):
            if form.action.endswith(to) and field in {"", *form.fields, *form.files}:
                return form
        raise AssertionError(f"{page} has no form with {to or field}.")

    def send(
        self, form: PageForm, *, files: Mapping[str, tuple[str, bytes]] = {}, **fields: object
    ) -> Answer:
        """Send the form as it stands, some of its fields filled."""
        return self.post(form.action, form.fields | fields, files)

    def sign_in(self, email: str, password: str) -> Visitor:
        answer = self.send(
            self.form("/accounts/login/", field="login"), login=email, password=password
        )
        assert answer.status == 302, answer.text
        return self


def multipart(fields: Fields, files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """The body of a form with files, and its content type."""
    boundary, body = uuid.uuid4().hex, b""
    for name, given in fields.items():
        for value in [given] if isinstance(given, str) else given:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
            body += head.encode() + value.encode() + b"\r\n"
    for name, (filename, content) in files.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
        kind = "Content-Type: application/octet-stream"
        body += f"--{boundary}\r\n{head}\r\n{kind}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def at_once(deeds: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What each of the deeds answered, done at the same moment."""
    ready = threading.Barrier(len(deeds))

    def do(deed: Callable[[], Answer]) -> Answer:
        ready.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as people:
        return [doing.result() for doing in [people.submit(do, deed) for deed in deeds]]
