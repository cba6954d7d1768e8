"""Uploads: what is taken, what is refused and why, how it is stored and who may open it."""

import datetime as dt
import errno
import io
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.files.storage import Storage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from PIL import Image

from config.verification import file_findings
from coordination import permissions, tasks
from coordination.forms.files import PICTURES, UploadField
from coordination.models import Event, StoredFile
from coordination.services import files, storage
from coordination.services.files import FileRefused, small_path, store_file, vet_upload
from coordination.services.schedule import scheduled_jobs
from tests.factories.coordination import UserFactory

pytestmark = pytest.mark.one_database

PDF = b"%PDF-1.4\nxref\n0 0\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
RELATIONS = "_rels/.rels"
NAMESPACE = "http://schemas.openxmlformats.org/package/2006/relationships"


def uploaded(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def picture(kind="JPEG", size=(40, 30), mode="RGB", **options) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, "red").save(target, kind, **options)
    return target.getvalue()


def package(**parts: str | bytes) -> bytes:
    """A zip with these parts; "word__document" is written "word/document.xml"."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx(**parts: str | bytes) -> bytes:
    return package(**{"word/document.xml": "<document/>", **parts})


def link_to(place: str) -> bytes:
    """A document one part of which is a link of the file system."""
    target = io.BytesIO(docx())
    with zipfile.ZipFile(target, "a") as archive:
        link = zipfile.ZipInfo("word/media/image1.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, place)
    return target.getvalue()


def relation(kind: str) -> str:
    return (
        f'<Relationships xmlns="{NAMESPACE}"><Relationship Id="r1" Type="http://o/{kind}" '
        'Target="http://example.org/x" TargetMode="External"/></Relationships>'
    )


def xlsx(rows: int = 1) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as workbook:
        sheet = workbook.add_worksheet()
        for row in range(rows):
            sheet.write(row, 0, "=1+1")
    return target.getvalue()


def by_name(value: str | bytes) -> str | None:
    """Name a case by its words: a ZIP file bears its time, and ids must not change with it."""
    return "" if isinstance(value, bytes) else None


def refusal_of(name: str, content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        vet_upload(uploaded(name, content))
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("minutes.pdf", PDF),
        ("list.csv", b"name,age\nA,3\n"),
        ("old list.csv", "Größe;1\r\n".encode("cp1252")),
        ("table.xlsx", xlsx()),
        ("letter.docx", docx()),
        ("letter with a link.docx", docx(**{RELATIONS: relation("hyperlink")})),
    ],
    ids=by_name,
)
def test_documents_are_taken_as_they_are(name, content):
    file = vet_upload(uploaded(name, content))

    assert (file.name, file.content, file.small) == (name, content, b"")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.html", b"<html>", "Files of this kind are not taken."),
        ("drawing.svg", b"<svg/>", "Files of this kind are not taken."),
        ("macros.xlsm", xlsx(), "Files of this kind are not taken."),
        ("minutes.pdf.html", PDF, "Files of this kind are not taken."),
        ("no extension", PDF, "Files of this kind are not taken."),
        ("empty.csv", b"", "This is not a readable CSV file."),
        ("page.png", b"<html>", "This is not a readable PNG file."),
        ("cut.png", picture("PNG")[:40], "This is not a readable PNG file."),
        ("other.png", picture("JPEG"), "This is not a readable PNG file."),
        ("cut.pdf", PDF[:20], "This is not a readable PDF file."),
        ("lost table.pdf", PDF.replace(b"\n9\n", b"\n2\n"), "This is not a readable PDF file."),
        ("binary.csv", b"a,\x00b", "This is not a readable CSV file."),
        ("not a zip.xlsx", b"PK\x03\x04 no", "This is not a readable XLSX file."),
        ("word.xlsx", docx(), "This is not a readable XLSX file."),
        ("excel.docx", xlsx(), "This is not a readable DOCX file."),
        ("link.docx", link_to("/etc/passwd"), "This is not a readable DOCX file."),
        (
            "entities.xlsx",
            docx(**{"xl/workbook.xml": "<x/>", "xl/sharedStrings.xml": "<!DOCTYPE d><d/>"}),
            "This is not a readable XLSX file.",
        ),
        (
            "hidden.xlsx",
            docx(**{"xl/workbook.xml": "<x/>", "xl/a.xml": "<!DOCTYPE d><d/>".encode("utf-16-le")}),
            "This is not a readable XLSX file.",
        ),
        ("climbing.docx", docx(**{"../../x": "x"}), "This is not a readable DOCX file."),
        ("macros.docx", docx(**{"word/vbaProject.bin": "x"}), "The file contains macros."),
        (
            "template.docx",
            docx(**{RELATIONS: relation("attachedTemplate")}),
            "The file loads parts from elsewhere.",
        ),
        ("bomb.docx", docx(x="0" * 5_000_000), "The file unpacks to more than"),
        (
            "many.docx",
            docx(**{f"x{number}": "" for number in range(501)}),
            "The file unpacks to more than",
        ),
        (
            "entities.docx",
            package(
                **{
                    "word/document.xml": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                    "<d>&x;</d>"
                }
            ),
            "This is not a readable DOCX file.",
        ),
    ],
    ids=by_name,
)
def test_what_is_refused_is_refused_in_a_sentence(name, content, reason):
    assert refusal_of(name, content).startswith(reason)


def test_a_file_over_the_limit_is_refused_unread(settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024

    assert refusal_of("big.pdf", PDF + bytes(1024 * 1024)) == "The file is larger than 1 MB."


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    content = picture("PNG", size=(6001, 4000), mode="1")

    assert refusal_of("huge.png", content).startswith("The picture has more than 24 million pixels")


def test_a_picture_of_24_million_pixels_is_taken_and_made_smaller():
    file = vet_upload(uploaded("photo.jpg", picture(size=(6000, 4000))))

    assert Image.open(io.BytesIO(file.content)).size == (2400, 1600)
    assert Image.open(io.BytesIO(file.small)).size == (640, 427)


def test_a_photograph_loses_where_it_was_taken_and_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif.get_ifd(0x8825)[1] = "S"  # latitude of the place
    content = picture(size=(40, 30), exif=exif)
    assert b"Exif" in content

    file = vet_upload(uploaded("photo.jpeg", content))

    drawn = Image.open(io.BytesIO(file.content))
    assert (drawn.size, dict(drawn.getexif()), file.name) == ((30, 40), {}, "photo.jpg")
    assert b"Exif" not in file.content + file.small


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_hangs_on_the_end_of_a_picture_is_gone(kind):
    content = picture(kind) + b"<script>alert(1)</script>"

    file = vet_upload(uploaded(f"photo.{kind}", content))

    assert b"<script>" not in file.content


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "1"])
def test_pictures_of_every_colour_mode_are_taken(mode):
    file = vet_upload(uploaded("scan.png", picture("PNG", mode=mode) if mode != "P" else palette()))

    assert Image.open(io.BytesIO(file.content)).size == (40, 30)


def palette() -> bytes:
    target = io.BytesIO()
    Image.new("P", (40, 30)).save(target, "PNG", transparency=0)
    return target.getvalue()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/report.PDF", "report.pdf"),
        ("C:\\Users\\me\\report.pdf", "report.pdf"),
        ("report\u202efdp.pdf", "reportfdp.pdf"),
        ("re\r\nport.pdf", "report.pdf"),
        ("re\x00port.pdf", "report.pdf"),
        (".pdf", "file.pdf"),
        ("ripoti ya  kaunti.pdf", "ripoti ya kaunti.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_are_made_safe(given, kept):
    upload = uploaded("x.pdf", PDF)
    upload._name = given

    assert vet_upload(upload).name == kept


def test_a_stored_file_lies_under_its_hash_and_leaves_an_event(db):
    officer = UserFactory()
    at = timezone.now()

    stored = store_file(vet_upload(uploaded("list.csv", b"a,b\n")), by=officer, at=at)

    assert stored.path == f"uploads/{stored.sha256[:2]}/{stored.sha256}.csv"
    with default_storage.open(stored.path) as kept:
        assert kept.read() == b"a,b\n"
    assert (stored.name, stored.size, stored.uploaded_by, stored.uploaded_at) == (
        "list.csv",
        4,
        officer,
        at,
    )
    assert Event.objects.about(stored).get().verb == "coordination.file_uploaded"


def test_the_same_content_lies_there_once_under_two_names(db):
    officer = UserFactory()

    first = store_file(vet_upload(uploaded("one.csv", b"a,b\n")), by=officer)
    second = store_file(vet_upload(uploaded("two.csv", b"a,b\n")), by=officer)

    assert (first.path == second.path, first.name, second.name) == (True, "one.csv", "two.csv")


def test_one_person_cannot_fill_the_disk_in_a_day(db, monkeypatch):
    officer, at = UserFactory(), timezone.now()
    monkeypatch.setattr(files, "DAILY_BYTES", 10)
    file = vet_upload(uploaded("list.csv", b"a,b,c,d\n"))
    store_file(file, by=officer, at=at)

    with pytest.raises(FileRefused):
        store_file(file, by=officer, at=at + dt.timedelta(hours=1))

    store_file(file, by=UserFactory(), at=at)
    store_file(file, by=officer, at=at + dt.timedelta(hours=25))
    assert StoredFile.objects.count() == 3


@pytest.fixture
def opened_at_once(monkeypatch):
    """How many files were being opened at each moment that one was."""
    running, seen = [], []

    def slow(*_script, **_limits):
        running.append(None)
        seen.append(len(running))
        time.sleep(0.05)
        running.pop()
        return b""

    monkeypatch.setattr(files.confinement, "run", slow)
    return seen


def test_a_process_opens_two_files_at_a_time_and_all_of_eight(opened_at_once):
    with ThreadPoolExecutor(8) as pool:
        vetted = list(pool.map(vet_upload, [uploaded("list.csv", b"a,b\n") for _ in range(8)]))

    assert (len(vetted), max(opened_at_once)) == (8, 2)


def test_whoever_waits_too_long_for_a_turn_is_told(monkeypatch, opened_at_once):
    monkeypatch.setattr(files, "TURN_SECONDS", 0)
    monkeypatch.setattr(files, "_turns", threading.Semaphore(0))

    assert refusal_of("list.csv", b"a,b\n") == (
        "Many files are coming in at the moment. Send it again in a minute."
    )


def test_a_refused_file_gives_its_turn_back():
    for _more_than_there_are_turns in range(files.AT_ONCE + 1):
        refusal_of("cut.pdf", PDF[:20])


def test_a_full_disk_is_told_to_who_uploads(db, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "keep", full)
    file = vet_upload(uploaded("minutes.pdf", PDF))

    with pytest.raises(FileRefused, match="the portal’s disk may be full"):
        store_file(file, by=UserFactory())


def test_a_torn_file_is_written_anew_and_nothing_is_left_aside():
    kept = storage.keep(b"whole content", folder="uploads", suffix="csv")
    path = storage.Path(default_storage.path(kept.path))
    path.write_bytes(b"whole")

    storage.keep(b"whole content", folder="uploads", suffix="csv")

    assert path.read_bytes() == b"whole content"
    assert [other for other in path.parent.iterdir() if other.name.startswith(".")] == []


def test_a_file_that_rotted_is_healed_by_the_same_content():
    kept = storage.keep(b"whole content", folder="uploads", suffix="csv")
    path = storage.Path(default_storage.path(kept.path))
    path.write_bytes(b"whale content")

    storage.keep(b"whole content", folder="uploads", suffix="csv")

    assert path.read_bytes() == b"whole content"


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def files_in(folder) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.*"))]


def age(folder, **old) -> None:
    """Let every file be as old."""
    written = (timezone.now() - dt.timedelta(**old)).timestamp()
    for path in folder.rglob("*.*"):
        storage.os.utime(path, (written, written))


@pytest.fixture
def taken_back(db, media):
    """The paths of a picture whose row a second, refused file of the form took back."""
    with transaction.atomic():
        stored = store_file(vet_upload(uploaded("photo.jpg", picture())), by=UserFactory())
        transaction.set_rollback(True)
    assert StoredFile.objects.count() == 0
    return sorted([stored.path, small_path(stored.path)])


def test_what_a_refused_form_left_is_removed_after_a_month(media, taken_back):
    age(media, days=29)
    assert (files.remove_orphaned_uploads(), files_in(media)) == (0, taken_back)

    age(media, days=31)

    assert (files.remove_orphaned_uploads(), files_in(media)) == (2, [])


def test_what_a_killed_process_wrote_aside_is_removed_after_a_day(db, media):
    aside = media / "uploads" / "ab" / ".writing-x1"
    aside.parent.mkdir(parents=True)
    aside.write_bytes(b"half")
    assert files.remove_orphaned_uploads() == 0

    age(media, hours=25)

    assert (files.remove_orphaned_uploads(), aside.exists()) == (1, False)


def test_no_file_that_a_row_names_is_removed(media, photo, minutes):
    age(media, days=400)
    before = files_in(media)

    assert (files.remove_orphaned_uploads(), files_in(media)) == (0, before)
    assert len(before) == 3


def test_an_orphan_that_is_uploaded_again_is_not_removed_before_its_row_is_there(media, taken_back):
    age(media, days=31)

    vetted = vet_upload(uploaded("photo.jpg", picture()))
    with transaction.atomic():
        store_file(vetted, by=UserFactory())
        transaction.set_rollback(True)  # as the sweep sees it, until it is committed

    assert (files.remove_orphaned_uploads(), files_in(media)) == (0, taken_back)


def test_the_uploads_are_swept_by_the_clock():
    sweep = tasks.remove_orphaned_uploads_by_the_clock
    assert [job.every for job in scheduled_jobs() if job.run is sweep] == [dt.timedelta(days=1)]


def test_verify_takes_no_upload_that_was_taken_back_for_damage(media, taken_back):
    (media / "uploads" / ".writing-x1").write_bytes(b"half")

    assert list(file_findings()) == []


def test_verify_names_what_nobody_uploaded_and_what_no_sweep_took(media, taken_back):
    large = min(taken_back, key=len)
    storage.Path(default_storage.path(large)).write_bytes(b"something else")
    (media / "uploads" / "stray.php").write_bytes(b"put here by nobody")
    assert list(file_findings()) == [f"unknown: {large}", "unknown: uploads/stray.php"]

    age(media, days=31)

    unknown = [*taken_back, "uploads/stray.php"]
    assert list(file_findings()) == [f"unknown: {path}" for path in unknown]


def test_a_full_disk_leaves_nothing_half_written(monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        storage.keep(b"never seen before", folder="full", suffix="csv")

    directory = storage.Path(default_storage.path("full"))
    assert [path for path in directory.rglob("*") if path.is_file()] == []


def test_the_field_says_at_the_field_what_is_wrong():
    field = UploadField(kinds=PICTURES)

    with pytest.raises(ValidationError, match="This is not a readable PNG file"):
        field.clean(uploaded("page.png", b"<html>"))
    with pytest.raises(ValidationError, match="Those that are: JPEG, PNG, WebP"):
        field.clean(uploaded("minutes.pdf", PDF))


def test_an_optional_field_may_stay_empty():
    assert UploadField(required=False).clean(None) is None


# --- Handing out ---


@pytest.fixture
def readers(monkeypatch):
    """The registry, empty, so that a test says itself who may read."""
    registered = []
    monkeypatch.setattr(permissions, "_readers", registered)
    return registered


def anyone(user, file):
    return True


def content_of(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def photo(db):
    return store_file(vet_upload(uploaded("photo.jpg", picture())), by=UserFactory())


@pytest.fixture
def minutes(db):
    return store_file(vet_upload(uploaded("Minutes, Kitui.pdf", PDF)), by=UserFactory())


def test_a_file_that_nothing_opens_is_hidden_from_everyone(client, readers, minutes):
    client.force_login(minutes.uploaded_by)

    assert client.get(f"/files/{minutes.pk}/").status_code == 404
    assert client.get("/files/999999/").status_code == 404


def test_rights_are_asked_anew_at_each_request(client, readers, minutes):
    allowed = UserFactory()
    readers.append(lambda user, file: user == allowed and file == minutes)
    client.force_login(allowed)

    assert content_of(client.get(f"/files/{minutes.pk}/")) == PDF
    readers.clear()
    assert client.get(f"/files/{minutes.pk}/").status_code == 404


def test_a_document_is_handed_out_as_an_attachment_that_no_browser_runs(client, readers, minutes):
    readers.append(anyone)

    response = client.get(f"/files/{minutes.pk}/")

    assert content_of(response) == PDF
    assert {
        name: response.headers[name]
        for name in (
            "Content-Type",
            "Content-Disposition",
            "Cache-Control",
            "Content-Security-Policy",
            "Cross-Origin-Resource-Policy",
            "X-Content-Type-Options",
        )
    } == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="Minutes, Kitui.pdf"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def test_a_picture_is_shown_and_has_a_small_version(client, readers, photo):
    readers.append(anyone)

    large = client.get(f"/files/{photo.pk}/")
    small = client.get(f"/files/{photo.pk}/small/")

    assert large.headers["Content-Disposition"] == 'inline; filename="photo.jpg"'
    assert Image.open(io.BytesIO(content_of(large))).size == (40, 30)
    assert Image.open(io.BytesIO(content_of(small))).format == "JPEG"
    assert small_path(photo.path).endswith("-small.jpg")


def test_only_a_picture_has_a_small_version(client, readers, minutes):
    readers.append(anyone)

    assert client.get(f"/files/{minutes.pk}/small/").status_code == 404


def test_what_the_browser_has_already_is_not_sent_again_but_asked_for(client, readers, minutes):
    readers.append(anyone)
    first = client.get(f"/files/{minutes.pk}/")
    assert content_of(first) == PDF
    etag = first.headers["ETag"]

    again = client.get(f"/files/{minutes.pk}/", headers={"If-None-Match": etag})
    readers.clear()
    refused = client.get(f"/files/{minutes.pk}/", headers={"If-None-Match": etag})

    assert (again.status_code, refused.status_code) == (304, 404)


def test_where_a_proxy_sends_files_it_is_told_which(client, readers, minutes, settings):
    readers.append(anyone)
    settings.MEDIA_ACCEL_PREFIX = "/protected/"

    response = client.get(f"/files/{minutes.pk}/")

    assert response.headers["X-Accel-Redirect"] == f"/protected/{minutes.path}"
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content == b""


@pytest.mark.parametrize("address", ["", "small/"])
def test_what_is_no_longer_what_was_uploaded_is_not_handed_out(client, readers, photo, address):
    readers.append(anyone)
    path = small_path(photo.path) if address else photo.path
    storage.Path(default_storage.path(path)).write_bytes(b"something else")

    answer = client.get(f"/files/{photo.pk}/{address}")

    assert (answer.status_code, "no longer what it was" in answer.content.decode()) == (
        503,
        True,
    )


def test_a_file_that_the_disk_has_lost_is_not_found(client, readers, minutes):
    readers.append(anyone)
    default_storage.delete(minutes.path)

    assert client.get(f"/files/{minutes.pk}/").status_code == 404


class AwayBucket(Storage):
    """A storage that is no file system, and does not answer."""

    def _away(self, *_args, **_kwargs):
        raise storage.StorageAway("https://bucket.example")

    exists = open = listdir = _away


def test_a_download_says_that_the_files_cannot_be_reached(client, readers, minutes, monkeypatch):
    readers.append(anyone)
    client.raise_request_exception = False
    monkeypatch.setattr(storage, "default_storage", AwayBucket())

    answer = client.get(f"/files/{minutes.pk}/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "cannot reach its files" in answer.content.decode()


def test_verify_names_no_file_as_missing_while_nobody_knows(minutes, monkeypatch, capsys):
    monkeypatch.setattr(storage, "default_storage", AwayBucket())
    with pytest.raises(CommandError, match="cannot be reached; not all were compared"):
        call_command("verify")
    assert "missing" not in capsys.readouterr().err


def test_a_bucket_that_does_not_answer_is_told_as_a_disk_that_fails(db, monkeypatch):
    monkeypatch.setattr(storage, "default_storage", AwayBucket())
    file = vet_upload(uploaded("minutes.pdf", PDF))

    with pytest.raises(FileRefused, match="could not be stored"):
        store_file(file, by=UserFactory())
    with pytest.raises(storage.StorageFailed):
        storage.keep_made(b"made", folder="reports", suffix="pdf")
