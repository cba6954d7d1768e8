"""Fetch the vendored packages named in static/vendor/MANIFEST.toml and write their checksums back.

Needs npm, and nothing else: `python scripts/refresh_vendor.py`.
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = VENDOR / "MANIFEST.toml"
SPRITE = ROOT / "static" / "img" / "icons.svg"

ABOUT = ("name", "version", "licence", "source", "folder")
SVG = "{http://www.w3.org/2000/svg}"
SOURCE_MAP = re.compile(rb"\n?/[/*]# sourceMappingURL=[^\n]*")


def main() -> None:
    """Refresh every package, the icon sprite and the checksums."""
    packages = read_manifest()
    for package in packages:
        refresh(package)
    SPRITE.write_text(build_sprite(icon_files(packages)))
    write_manifest(packages)


def read_manifest() -> list[dict]:
    """The packages as the manifest lists them."""
    return tomllib.loads(MANIFEST.read_text())["package"]


def refresh(package: dict) -> None:
    """Replace the package's folder by the named files of the published version."""
    target = VENDOR / package["folder"]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        published = unpack(f"{package['source']}@{package['version']}", Path(scratch))
        for path in package["files"]:
            content = SOURCE_MAP.sub(b"", (published / path).read_bytes())
            (target / Path(path).name).write_bytes(content)
            package["files"][path] = hashlib.sha256(content).hexdigest()


def unpack(source: str, scratch: Path) -> Path:
    """The folder of the npm package `source` ("name@version"), unpacked into `scratch`."""
    command = ["npm", "pack", "--silent", source]
    packed = subprocess.run(  # noqa: S603 - named in the manifest, no shell
        command, cwd=scratch, check=True, capture_output=True, text=True
    )
    with tarfile.open(scratch / packed.stdout.strip()) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / "package"


def icon_files(packages: list[dict]) -> list[Path]:
    """The vendored icons, in the order of their names."""
    (icons,) = (package for package in packages if package["name"] == "bootstrap-icons")
    folder = VENDOR / icons["folder"]
    return sorted(folder / Path(path).name for path in icons["files"] if path.endswith(".svg"))


def build_sprite(icons: list[Path]) -> str:
    """One SVG with a symbol for each icon, so that a page names an icon and fetches one file."""
    ET.register_namespace("", SVG.strip("{}"))
    sprite = ET.Element(f"{SVG}svg")
    for path in icons:
        icon = ET.parse(path).getroot()  # noqa: S314 - files of this repository
        symbol = ET.SubElement(
            sprite, f"{SVG}symbol", {"id": path.stem, "viewBox": icon.attrib["viewBox"]}
        )
        symbol.extend(icon)
    for element in sprite.iter():
        element.tail = None
        element.text = None
    ET.indent(sprite, "  ")
    return ET.tostring(sprite, encoding="unicode") + "\n"


def write_manifest(packages: list[dict]) -> None:
    """Write the packages below the manifest's opening comment."""
    note = MANIFEST.read_text().split("[[package]]")[0].rstrip()
    MANIFEST.write_text("\n".join([note, *map(render, packages), ""]))


def render(package: dict) -> str:
    """One package as TOML."""
    about = (f'{key} = "{package[key]}"' for key in ABOUT)
    files = (f'"{path}" = "{sha256}"' for path, sha256 in package["files"].items())
    return "\n".join(["", "[[package]]", *about, "[package.files]", *files])


if __name__ == "__main__":
    main()
