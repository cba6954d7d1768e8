"""A worker makes an edition once, whatever dies meanwhile (C1)."""

import datetime as dt
import errno
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from coordination.models import Event, Mail, Office
from coordination.services import confinement
from coordination.services import storage as storage_of_all
from coordination.services.making import Claim, ClaimLost, enter_stage
from coordination.services.storage import intact_content
from reporting.models import Edition, EditionFile
from reporting.services import making, storage
from reporting.services.editions import cancel_edition, retry_edition
from reporting.services.making import claim_edition, finish, make_edition, sweep_editions
from reporting.services.snapshots import compile_snapshot

from .quarter import CUT_OFF

pytestmark = pytest.mark.django_db
State, Failure = Edition.State, Edition.Failure
LONG_AGO = dt.timedelta(hours=1)


@pytest.fixture
def quick(monkeypatch):
    """Without the renderer, which takes seconds; test_files.py runs it."""
    monkeypatch.setattr(making, "render_pdf", lambda pages, **_kept: b"%PDF " + pages[:9].encode())


@pytest.fixture
def media(settings, tmp_path):
    """A storage of one's own."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def hints(monkeypatch):
    """The editions that workers are hinted at."""
    given: list[int] = []
    monkeypatch.setattr(making, "try_dispatch", lambda pk, **_kept: given.append(pk))
    return given


def fresh(edition) -> Edition:
    return Edition.objects.get(pk=edition.pk)


def leave_behind(edition, *, attempts=1):
    """As a worker leaves it that was killed an hour ago."""
    Edition.objects.filter(pk=edition.pk).update(
        state=State.RUNNING,
        stage=Edition.Stage.RENDERING,
        attempts=attempts,
        claim_token="dead",
        lease_until=timezone.now() - LONG_AGO,
        dispatched_at=timezone.now() - 2 * LONG_AGO,
    )


# --- Made ---


def test_an_edition_is_made_with_its_files_and_told_once(edition, secretary, focal_point, quick):
    make_edition(edition.pk, at=CUT_OFF)

    made = fresh(edition)
    assert (made.state, made.stage, made.attempts) == (State.READY, Edition.Stage.DONE, 1)
    assert (made.received, made.due) == (1, 2)
    assert made.compiled_at == CUT_OFF
    assert {file.kind for file in made.files.all()} == {"pdf", "xlsx", "json"}
    for file in made.files.all():
        storage.refuse_damaged(file)
    assert made.files.get(kind="json").sha256 == made.snapshot_sha256
    assert Mail.objects.filter(key__startswith="edition-ready").get().recipient == secretary.email
    asked = Mail.objects.filter(key__startswith="edition-consent")
    assert focal_point.email in asked.values_list("recipient", flat=True)


def test_a_message_delivered_twice_makes_one_edition_and_one_letter(edition, quick):
    make_edition(edition.pk)
    make_edition(edition.pk)

    assert fresh(edition).attempts == 1
    assert EditionFile.objects.count() == 3
    assert Mail.objects.filter(key__startswith="edition-ready").count() == 1
    assert Event.objects.filter(verb="reporting.edition_made").count() == 1


def test_a_further_attempt_makes_it_of_the_frozen_snapshot(edition, told, quick):
    make_edition(edition.pk, at=CUT_OFF)
    frozen = fresh(edition).snapshot_sha256
    EditionFile.objects.all().delete()
    leave_behind(edition)
    told.report.sections.create(
        code="lessons", text="Changed since.", edited_by=edition.requested_by, edited_at=CUT_OFF
    )

    make_edition(edition.pk)

    assert (fresh(edition).state, fresh(edition).snapshot_sha256) == (State.READY, frozen)


def test_a_retry_freezes_anew(edition, told, quick, secretary):
    make_edition(edition.pk, at=CUT_OFF)
    frozen = fresh(edition).snapshot_sha256
    EditionFile.objects.all().delete()
    Edition.objects.filter(pk=edition.pk).update(state=State.FAILED, failure=Failure.TIME)
    told.report.sections.create(
        code="lessons", text="Changed since.", edited_by=secretary, edited_at=CUT_OFF
    )
    retry_edition(fresh(edition), by=secretary)

    make_edition(edition.pk, at=CUT_OFF)

    assert fresh(edition).snapshot_sha256 != frozen


# --- Claim, lease, fence ---


def test_of_two_workers_one_gets_the_edition(edition):
    claims = [claim_edition(edition.pk), claim_edition(edition.pk)]

    assert [bool(claim) for claim in claims] == [True, False]


def test_a_running_edition_is_left_alone_until_its_lease_is_over(edition):
    now = timezone.now()
    assert claim_edition(edition.pk, at=now)

    assert claim_edition(edition.pk, at=now + django_settings.WORK_LEASE / 2) is None
    assert claim_edition(edition.pk, at=now + django_settings.WORK_LEASE * 2)
    assert fresh(edition).attempts == 2


def test_each_stage_extends_the_lease(edition):
    claim = claim_edition(edition.pk, at=timezone.now() - dt.timedelta(minutes=9))

    enter_stage(claim, Edition.Stage.RENDERING)

    assert fresh(edition).lease_until > timezone.now() + dt.timedelta(minutes=9)


def test_a_worker_that_lost_its_claim_discards_what_it_made(edition):
    slow = claim_edition(edition.pk, at=timezone.now() - LONG_AGO)
    quicker = claim_edition(edition.pk)

    with pytest.raises(ClaimLost):
        finish(slow, [EditionFile(edition=edition, kind="pdf", path="x", name="x", size=1)])

    assert EditionFile.objects.count() == 0
    assert fresh(edition).claim_token == quicker.token


def test_a_cancelled_edition_stays_cancelled(edition, secretary, monkeypatch):
    def cancel_meanwhile(pages, **_kept):
        cancel_edition(edition, by=secretary)
        return b"%PDF"

    monkeypatch.setattr(making, "render_pdf", cancel_meanwhile)

    make_edition(edition.pk)

    assert fresh(edition).state == State.CANCELLED
    assert EditionFile.objects.count() == 0
    assert not Mail.objects.filter(key__startswith="edition-").exists()


# --- Failures ---


def test_the_rights_of_who_asked_are_checked_again(edition, secretary, quick):
    Office.objects.filter(holder=secretary).update(
        ends_on=timezone.localdate() - dt.timedelta(days=1)
    )

    make_edition(edition.pk)

    assert (fresh(edition).state, fresh(edition).failure) == (State.FAILED, Failure.RIGHTS)
    assert fresh(edition).snapshot == ""


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (confinement.OutOfTime(), Failure.TIME),
        (confinement.OutOfMemory(), Failure.MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), Failure.STORAGE),
    ],
)
def test_what_a_further_attempt_cannot_cure_fails_at_once_with_its_reason(
    edition, monkeypatch, quick, raised, failure
):
    def fail(*_args, **_kept):
        raise raised

    target = (storage_of_all, "keep") if failure == Failure.STORAGE else (making, "render_pdf")
    monkeypatch.setattr(*target, fail)

    make_edition(edition.pk)

    assert (fresh(edition).state, fresh(edition).failure) == (State.FAILED, failure)
    letter = Mail.objects.get(key__startswith="edition-failed")
    assert str(failure.label) in letter.body


@pytest.fixture
def compiled(media, edition):
    """The one photograph of the edition, whose worker died after compiling."""
    snapshot = compile_snapshot(edition, at=CUT_OFF)
    [photograph] = snapshot.contents["tables"]["photographs"]
    leave_behind(edition)
    Edition.objects.filter(pk=edition.pk).update(
        snapshot=snapshot.text, snapshot_sha256=snapshot.sha256, compiled_at=CUT_OFF
    )
    return Path(media, photograph["path"])


def rot(photograph):
    content = bytearray(photograph.read_bytes())
    content[-1] ^= 1
    photograph.write_bytes(content)


@pytest.mark.parametrize("spoil", [Path.unlink, rot], ids=["lost", "rotted"])
def test_a_photograph_that_is_lost_after_compiling_is_told_and_left_out_by_a_retry(
    compiled, edition, spoil, quick, secretary
):
    spoil(compiled)
    make_edition(edition.pk)
    failed = fresh(edition)

    retry_edition(failed, by=secretary)
    make_edition(edition.pk)

    assert (failed.state, failed.failure, failed.attempts) == (State.FAILED, Failure.LOST, 2)
    made = fresh(edition)
    assert (made.state, json.loads(made.snapshot)["tables"]["photographs"]) == (State.READY, [])


def test_files_that_are_away_while_pages_are_drawn_are_told_as_that(
    compiled, edition, monkeypatch, quick
):
    def away(*_path):
        raise storage_of_all.StorageAway("https://bucket.example")

    monkeypatch.setattr(storage_of_all.default_storage, "open", away)

    make_edition(edition.pk)

    assert (fresh(edition).state, fresh(edition).failure) == (State.FAILED, Failure.STORAGE)


def test_a_poison_document_fails_after_three_attempts_and_a_retry_tries_three_more(
    edition, monkeypatch, hints, secretary
):
    def crash(*_args, **_kept):
        raise confinement.StoppedUnexpectedly

    monkeypatch.setattr(making, "render_pdf", crash)
    for attempt in range(1, Edition.MAX_ATTEMPTS + 1):
        assert fresh(edition).state == State.QUEUED
        make_edition(edition.pk)
        assert fresh(edition).attempts == attempt
    make_edition(edition.pk)

    failed = fresh(edition)
    assert (failed.state, failed.failure) == (State.FAILED, Failure.RENDERER)
    assert failed.attempts == Edition.MAX_ATTEMPTS
    assert retry_edition(failed, by=secretary).attempts == 0


def test_each_failure_after_a_retry_is_told(edition, monkeypatch, secretary):
    def run_out(*_args, **_kept):
        raise confinement.OutOfTime

    monkeypatch.setattr(making, "render_pdf", run_out)
    make_edition(edition.pk)
    retry_edition(fresh(edition), by=secretary)
    make_edition(edition.pk)

    assert Mail.objects.filter(key__startswith="edition-failed").count() == 2


def test_a_full_disk_leaves_no_file_and_a_retry_afterwards_makes_it(
    media, edition, monkeypatch, quick, secretary
):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("coordination.services.storage.os.fsync", full)
        make_edition(edition.pk)
    assert fresh(edition).failure == Failure.STORAGE
    assert [path for path in (media / "reports").rglob("*") if path.is_file()] == []

    retry_edition(fresh(edition), by=secretary)
    make_edition(edition.pk)

    assert fresh(edition).state == State.READY


@pytest.fixture
def small_disk(settings, tmp_path):
    """A disk of 256 KB under the storage; gives the way to make it larger."""
    mount = shutil.which("mount")
    settings.MEDIA_ROOT = str(tmp_path)
    command = [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    if not mount or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("Only root may mount a disk.")

    def enlarge():
        subprocess.run([mount, "-o", "remount,size=8m", str(tmp_path)], check=True)

    yield enlarge
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_on_a_disk_that_is_really_full_nothing_half_written_stays(
    small_disk, edition, monkeypatch, secretary, settings
):
    large = b"%PDF" + bytes(300_000)
    monkeypatch.setattr(making, "render_pdf", lambda *_pages, **_kept: large)

    make_edition(edition.pk)
    assert (fresh(edition).state, fresh(edition).failure) == (State.FAILED, Failure.STORAGE)
    stored = [path for path in Path(settings.MEDIA_ROOT, "reports").rglob("*") if path.is_file()]
    assert stored == []

    small_disk()
    retry_edition(fresh(edition), by=secretary)
    make_edition(edition.pk)

    assert fresh(edition).state == State.READY
    file = fresh(edition).files.get(kind="pdf")
    assert intact_content(file.path, file.sha256) == large


# --- The sweeper ---


def test_what_waits_without_a_worker_is_hinted_at_again_but_not_at_once(edition, hints):
    now = timezone.now()
    Edition.objects.filter(pk=edition.pk).update(dispatched_at=now)

    sweep_editions(at=now + dt.timedelta(seconds=10))
    assert hints == []
    sweep_editions(at=now + dt.timedelta(seconds=31))
    assert hints == [edition.pk]


def test_two_schedulers_hint_once(edition, hints):
    now = timezone.now()

    sweep_editions(at=now)
    sweep_editions(at=now)

    assert hints == [edition.pk]


def test_what_a_dead_worker_held_is_taken_back(edition, hints, quick):
    leave_behind(edition)

    sweep_editions()
    assert hints == [edition.pk]
    make_edition(edition.pk)

    assert (fresh(edition).state, fresh(edition).attempts) == (State.READY, 2)


def test_an_edition_whose_worker_died_three_times_fails_and_says_so(edition, hints):
    leave_behind(edition, attempts=Edition.MAX_ATTEMPTS)

    sweep_editions()
    sweep_editions()

    assert (fresh(edition).state, fresh(edition).failure) == (State.FAILED, Failure.WORKER)
    assert hints == []
    assert Mail.objects.filter(key__startswith="edition-failed").count() == 1


def test_a_live_worker_is_not_disturbed(edition, hints):
    claim = claim_edition(edition.pk)
    Edition.objects.filter(pk=edition.pk).update(dispatched_at=timezone.now() - LONG_AGO)

    sweep_editions()

    assert hints == []
    assert fresh(edition).claim_token == claim.token


def test_a_claim_that_someone_else_made_opens_nothing(edition):
    claim_edition(edition.pk)

    with pytest.raises(ClaimLost):
        enter_stage(Claim(Edition, edition.pk, "forged"), Edition.Stage.DRAWING)
