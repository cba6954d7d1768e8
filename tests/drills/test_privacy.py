"""40: names, addresses and passwords of people, sought wherever they have no business."""

from __future__ import annotations

import contextlib
import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator

import psycopg2
import pytest
import redis

from tests.drills.crawl import crawl
from tests.drills.portal import PASSWORDS, Portal
from tests.drills.reports import asked_report
from tests.drills.servers import Broker
from tests.drills.test_scripts import texts

NAME = "Canaryname"
GUEST = "canaryguest@example.org"
# Where addresses of people without an account stand, and of offices.
ADDRESSES = (
    ("coordination_invitation", "email"),
    ("committees_participant", "email"),
    ("committees_appointment", "email"),
    ("committees_seat", "contact"),
)
LEAVER, LEAVERS_NAME = "kcdms-officer", "Canary Mwikali"
LEAVE = f"""
from django.utils import timezone
from coordination.models import Office, User
from coordination.services.anonymisation import anonymise_person
from coordination.services.offices import end_office
person = User.objects.get(email="{LEAVER}@example.org")
by = User.objects.get(email="administrator@example.org")
ended = Office.objects.ended(on=timezone.localdate()).values("pk")
for office in person.offices.exclude(pk__in=ended):
    end_office(office, by=by)
anonymise_person(person, by=by, reason="Asked for by {LEAVERS_NAME}.")
"""
EXPORTS = (
    "/mechanisms/sek/results.xlsx",
    "/places/ke/kitui.xlsx",
    "/mechanisms/sek/plans/kitui-2020-2021/activities.xlsx",
    "/mechanisms/sek/plans/kitui-2020-2021/activities.csv",
)


@pytest.fixture
def canaries(portal) -> list[bytes]:
    """What no stranger may see of a person; everyone's name is one of them from now on."""
    portal.environment["LOG_LEVEL"] = "DEBUG"
    for table in ("coordination_user", "coordination_invitation", "committees_participant"):
        portal.rows(f"UPDATE {table} SET name = %s || id WHERE name <> ''", NAME)  # noqa: S608 - as named here
    for table, column in ADDRESSES:
        portal.rows(f"UPDATE {table} SET {column} = %s", GUEST)  # noqa: S608 - as named here
    return [NAME.encode(), GUEST.encode(), *(email.encode() for email in PASSWORDS)]


def inside(content: bytes) -> bytes:
    """What a file holds, unpacked."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return b"\n".join(packed.read(name) for name in packed.namelist())


def words_of(pdf: bytes) -> bytes:
    """The text of a PDF and what it says of itself."""
    texts = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    said = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True)
    return texts.stdout + said.stdout


def found_in(canaries: list[bytes], content: bytes) -> list[str]:
    return [canary.decode() for canary in canaries if canary in content]


def test_no_stranger_meets_a_person(portal, canaries, figure):
    portal.start_web()
    looked = {
        address: found_in(canaries, inside(answer.content))
        for address, answer in crawl(portal.visitor(), "/", "/reports/", "/places/")
    }
    met = {address: canary for address, canary in looked.items() if canary}
    figure("40 anonymous", f"{len(looked)} pages and files, {len(met)} with a person in them")
    assert met == {}
    assert len(looked) > 100


def test_no_file_names_a_person(portal, canaries, figure):
    portal.start_web()
    portal.start_worker()
    secretary, donor = portal.visitor("rla-secretariat"), portal.visitor("usaid-officer")
    report = asked_report(secretary, portal, "2021-q1")
    report.wait("ready", "failed")
    files = {kind: secretary.get(f"/reports/{report.slug}/editions/1/files/{kind}/").content
             for kind in ("pdf", "xlsx", "json")}  # fmt: skip
    met = {kind: found_in(canaries, inside(content)) for kind, content in files.items()}
    met["text of the PDF"] = found_in(canaries, words_of(files["pdf"]))
    for address in EXPORTS:
        answer = donor.get(address)
        assert answer.status == 200, address
        met[address] = found_in(canaries, inside(answer.content))
    figure(
        "40 files",
        f"{len(met)} of an edition and a donor's exports,"
        f" {sum(map(bool, met.values()))} with a person in them",
    )
    assert {name: canary for name, canary in met.items() if canary} == {}


def test_no_log_and_no_message_tells_of_a_person(portal, broker, canaries, figure):
    with heard(broker) as commands:
        portal.start()
        secretary, stranger = portal.visitor("rla-secretariat"), portal.visitor()
        stranger.send(
            stranger.form("/accounts/login/", field="login"),
            login="kcdms-officer@example.org",
            password="a wrong one",
        )
        report = asked_report(secretary, portal, "2021-q1")
        report.wait("ready", "failed", seconds=120)
        for _address, _answer in crawl(secretary, "/desk/", at_most=40):
            pass
    secrets = [secretary.cookies["sessionid"], secretary.cookies["csrftoken"], "a wrong one"]
    forbidden = [*canaries, *(secret.encode() for secret in [*secrets, *PASSWORDS.values()])]
    log = portal.logs().encode()
    in_log, in_queue = found_in(forbidden, log), found_in(forbidden, "\n".join(commands).encode())
    figure(
        "40 log at DEBUG and commands to Redis",
        f"{len(log.splitlines())} lines and {len(commands)} commands, {len(in_log + in_queue)}"
        " with a person, a password or a cookie in them",
    )
    assert (in_log, in_queue) == ([], [])
    assert len(commands) > 50


def test_nothing_of_an_anonymised_person_is_left(portal, figure):
    filled = mention_leaver(portal)
    portal.start_web()
    portal.visitor(LEAVER)
    before = lines_with_leaver(portal)

    portal.manage("shell", "--no-imports", "-c", LEAVE)

    after = lines_with_leaver(portal)
    figure(
        "40 anonymised",
        f"{filled} columns filled, {len(before)} lines of a dump with the person before,"
        f" {len(after)} after",
    )
    assert after == []
    assert filled > 250


def mention_leaver(portal: Portal) -> int:
    """Put name and address before every text that holds both; in how many columns."""
    address = f"{LEAVER}@example.org"
    portal.rows(
        "UPDATE coordination_event SET changes = jsonb_build_object('holder', jsonb_build_array("
        "NULL, %s::text)) WHERE changes = '{}'", f"{LEAVERS_NAME}, {address}",
    )  # fmt: skip
    for table, column in ADDRESSES:
        portal.rows(f"UPDATE {table} SET {column} = %s", address)  # noqa: S608 - as named above
    said, filled = f"{LEAVERS_NAME}, {address}: ", 0
    for table, column, length in texts():
        if length < len(said):
            continue
        with contextlib.suppress(psycopg2.IntegrityError):
            portal.rows(
                f'UPDATE "{table}" SET "{column}" = left(%s || "{column}", %s)'  # noqa: S608 - names of our own tables
                f" WHERE \"{column}\" <> ''",
                said,
                length,
            )
            filled += 1
    # Last: each account was given a name with the others' texts.
    portal.rows("UPDATE coordination_user SET name = %s || id", NAME)
    portal.rows("UPDATE coordination_user SET name = %s WHERE email = %s", LEAVERS_NAME, address)
    return filled


def lines_with_leaver(portal: Portal) -> list[str]:
    """What a dump of all tables says of the person: a line is a row."""
    dump = subprocess.run(
        ["pg_dump", "--data-only", portal.database], capture_output=True, text=True, check=True
    )
    sought = (LEAVERS_NAME.lower(), f"{LEAVER}@example.org")
    return [line for line in dump.stdout.splitlines() if any(it in line.lower() for it in sought)]


@contextlib.contextmanager
def heard(broker: Broker) -> Iterator[list[str]]:
    """Every command that Redis is given while the block lasts."""
    commands: list[str] = []
    over, ready = threading.Event(), threading.Event()

    def listen() -> None:
        # However long nothing is said, as while the portal starts.
        with redis.Redis.from_url(broker.url, socket_timeout=None).monitor() as monitor:
            ready.set()
            for command in monitor.listen():
                commands.append(str(command["command"]))
                if over.is_set():
                    return

    listening = threading.Thread(target=listen)
    listening.start()
    ready.wait()
    try:
        yield commands
    finally:
        over.set()
        broker.ask().ping()  # the last command that is listened to
        listening.join()
