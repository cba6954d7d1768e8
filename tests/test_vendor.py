"""The vendored files are those that their authors published, and nothing else lies beside them."""

import hashlib

import pytest

from scripts.refresh_vendor import SPRITE, VENDOR, build_sprite, icon_files, read_manifest

pytestmark = pytest.mark.one_database

PACKAGES = read_manifest()


def vendored_files(package: dict) -> dict:
    """Path in static/vendor and recorded checksum of every file of the package."""
    folder = VENDOR / package["folder"]
    return {folder / path.rsplit("/", 1)[-1]: sha256 for path, sha256 in package["files"].items()}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_vendored_files_have_the_recorded_checksums(package):
    recorded = vendored_files(package)
    found = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in recorded}
    assert found == recorded


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_every_package_ships_its_licence(package):
    licence = VENDOR / package["folder"] / "LICENSE"
    assert licence in vendored_files(package)


def test_nothing_is_vendored_without_a_record():
    recorded = {path for package in PACKAGES for path in vendored_files(package)}
    present = {
        path for path in VENDOR.rglob("*") if path.is_file() and path.name != "MANIFEST.toml"
    }
    assert present == recorded


def test_no_vendored_file_links_to_a_source_map():
    linking = [
        path
        for path in VENDOR.rglob("*")
        if path.is_file() and b"sourceMappingURL" in path.read_bytes()
    ]
    assert linking == []


def test_the_icon_sprite_is_drawn_from_the_vendored_icons():
    assert SPRITE.read_text() == build_sprite(icon_files(PACKAGES))
