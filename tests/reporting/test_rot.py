"""Rot and loss: `manage.py verify` names what is not what it was (R21, R22)."""

import io
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from PIL import Image

from coordination.services.files import small_path, store_file, vet_upload
from reporting.models import Total
from tests.factories.reporting import ReportFactory, made_edition

from .deeds import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(settings, tmp_path, mechanism, quarter, secretary):
    """A published edition in a private storage of this test's own."""
    settings.MEDIA_ROOT = tmp_path
    return made_edition(
        ReportFactory(mechanism=mechanism, period=quarter), by=secretary, state="published"
    )


@pytest.fixture
def evidence(published, partner_officer):
    """Makes evidence: a picture that was uploaded, with its small version beside it."""

    def upload(colour):
        drawn = io.BytesIO()
        Image.new("RGB", (64, 48), colour).save(drawn, "PNG")
        file = SimpleUploadedFile(f"{colour}.png", drawn.getvalue())
        return store_file(vet_upload(file), by=partner_officer)

    return upload


def flip_one_byte(path):
    file = Path(default_storage.path(path))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def verify(command="verify", **options):
    """The last word of the command, whether it failed, and what it named."""
    named, said = io.StringIO(), io.StringIO()
    try:
        call_command(command, stderr=named, stdout=said, **options)
    except CommandError as failure:
        return str(failure), True, named.getvalue().splitlines()
    return said.getvalue().splitlines()[-1], False, named.getvalue().splitlines()


def test_four_of_four_are_named_and_the_report_is_not_handed_out(
    client, published, evidence, figure
):
    pdf, changed, lost = published.files.get(kind="pdf"), evidence("red"), evidence("blue")
    flip_one_byte(pdf.path)
    flip_one_byte(changed.path)
    default_storage.delete(lost.path)
    stray = Path(default_storage.path("uploads/stray.php"))
    stray.write_text("put here by nobody")

    last_word, failed, named = verify()
    answer = client.get(pdf.get_absolute_url()).status_code

    damage = {
        f"changed: {pdf.path} (file of an edition)",
        f"changed: {changed.path} (stored file)",
        f"missing: {lost.path} (stored file)",
        "unknown: uploads/stray.php",
    }
    figure(
        "35 rot and loss",
        f"{len(damage & set(named))} of {len(damage)} named, {len(set(named) - damage)} more,"
        f" exit code {failed:d}; a changed edition is answered with {answer}",
    )
    assert sorted(named) == sorted(damage)
    assert (last_word, failed) == ("Found wrong: 4.", True)
    assert answer == 503


def test_small_pictures_that_are_lost_or_changed_are_named(evidence):
    lost, changed = small_path(evidence("red").path), small_path(evidence("blue").path)
    default_storage.delete(lost)
    flip_one_byte(changed)

    assert sorted(verify()[2]) == [
        f"changed: {changed} (small picture)",
        f"missing: {lost} (small picture)",
    ]


def test_what_is_whole_passes(published, evidence):
    evidence("red")

    assert verify() == ("Files, editions and figures are what they should be.", False, [])


def test_a_total_that_was_changed_is_named_and_mended(published, version_of, streams_of, quarter):
    report(streams_of(version_of())[0], quarter, 120)
    totals = Total.objects.update(verified_numerator=1, reported_numerator=1)

    on_both_bases = ["differs"] * totals * 2
    assert [line.partition(":")[0] for line in verify()[2]] == on_both_bases
    assert verify(mend=True)[:2] == ("Files, editions and figures are what they should be.", False)
    assert verify()[2] == []


def test_the_figures_alone_are_verified_and_every_difference_is_named(
    version_of, streams_of, quarter, mechanism
):
    """120 were reported in Kitui, and once a total of all organisations there said 1."""
    version = version_of()
    stream = streams_of(version)[0]
    report(stream, quarter, 120)
    Total.objects.filter(place=stream.place, organisation=None).update(verified_numerator=1)
    line = (
        f"differs: {mechanism} {version} · Kitui · 2021-q1 · verified · all organisations"
        " · undivided: kept 1 (1 streams, 1 reported), counted 120 (1 streams, 1 reported)"
    )

    assert verify("verify_figures") == ("Totals that differ: 1.", True, [line])
    assert verify("verify_figures", mend=True) == ("Totals put right: 1.", False, [line])
    assert verify("verify_figures") == ("Every total is what its values add up to.", False, [])
