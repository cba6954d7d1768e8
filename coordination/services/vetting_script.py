"""Opens one uploaded file as its readers will; run confined by `files.vet_upload`, never imported.

    vetting_script.py EXTENSION <FILE >ANSWER

For a picture the answer is eight bytes with the length of the picture drawn anew, that picture,
then a small one; for other files it is empty. Refuses with one word: pixels, macros, outside, parts
or broken.
"""

import csv
import io
import posixpath
import re
import stat
import sys
import zipfile
from typing import Any, NoReturn
from xml.etree import ElementTree as ET  # expat stops a bomb, and has no network

REFUSED = 65

PIXELS = 24_000_000
LARGE_SIDE, SMALL_SIDE = 2400, 640

ZIP_ENTRIES = 500
ZIP_UNPACKED_BYTES = 50 * 1024 * 1024
ZIP_RATIO = 100

PICTURE_FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
MAIN_PARTS = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}


def refuse(word: str) -> NoReturn:
    sys.stderr.write(f"\n{word}")  # on a line of its own, below what parsers may have said
    sys.exit(REFUSED)


def redraw(content: bytes, extension: str) -> bytes:
    """Draw the picture anew, upright and without metadata or whatever hung on its end."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # only a picture waits for it

    Image.MAX_IMAGE_PIXELS = None  # Pillow only warns; the limit is kept two lines below
    picture = Image.open(io.BytesIO(content), formats=[PICTURE_FORMATS[extension]])
    if picture.width * picture.height > PIXELS:
        refuse("pixels")
    upright = ImageOps.exif_transpose(picture)
    see_through = "A" in upright.getbands() or "transparency" in upright.info
    large = upright.convert("RGBA" if see_through and extension != "jpg" else "RGB")
    large.thumbnail((LARGE_SIDE, LARGE_SIDE))
    small = Image.new("RGB", large.size, "white")
    small.paste(large, mask=large.getchannel("A") if large.mode == "RGBA" else None)
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    first = encoded(large, PICTURE_FORMATS[extension], quality=88)
    return len(first).to_bytes(8, "big") + first + encoded(small, "JPEG", quality=80)


def encoded(picture: Any, kind: str, quality: int) -> bytes:
    picture.info = {}
    target = io.BytesIO()
    picture.save(target, kind, quality=quality)
    return target.getvalue()


def check_office(content: bytes, extension: str) -> None:
    """Look into the directory of the zip before unpacking, then open the document itself."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        check_directory(package.infolist(), len(content))
        names = package.namelist()
        if any("vbaproject" in name.lower() for name in names):
            refuse("macros")
        for name in names:
            if name.lower().endswith((".xml", ".rels")):
                check_markup(package.read(name))
            if name.lower().endswith(".rels"):
                check_relations(package.read(name))
        ET.fromstring(package.read(MAIN_PARTS[extension]))  # noqa: S314 - read in a confined process
    if extension == "xlsx":
        from python_calamine import CalamineWorkbook  # noqa: PLC0415  # only a workbook waits

        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        workbook.get_sheet_by_index(0)


def check_directory(entries: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > ZIP_ENTRIES or unpacked > min(ZIP_UNPACKED_BYTES, ZIP_RATIO * size):
        refuse("parts")
    for entry in entries:
        climbs = posixpath.normpath(entry.filename).startswith(("/", ".."))
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        if climbs or is_link or entry.flag_bits & 1:  # the bit of encryption
            refuse("broken")


def check_markup(content: bytes) -> None:
    """No part of an office file declares entities (ECMA-376); who opens it may resolve them."""
    if any("<!DOCTYPE".encode(encoding) in content for encoding in ENCODINGS):
        refuse("broken")


def check_relations(content: bytes) -> None:
    """Only a link that a person clicks may lead outside; a template or picture loads by itself."""
    for relation in ET.fromstring(content):  # noqa: S314 - read in a confined process
        outside = relation.get("TargetMode", "").lower() == "external"
        if outside and not relation.get("Type", "").endswith("/hyperlink"):
            refuse("outside")


def check_pdf(content: bytes) -> None:
    end = content.rstrip()[-1024:]
    place = re.search(rb"startxref\s+(\d+)\s+%%EOF", end)
    if place is None:
        refuse("broken")
    table = content[int(place[1]) :].lstrip()
    if not re.match(rb"xref|\d+ \d+ obj", table):
        refuse("broken")


def check_csv(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")  # as older spreadsheets save it
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        refuse("broken")
    csv.field_size_limit(1_000_000)
    for _row in csv.reader(io.StringIO(text), strict=False):
        pass


def main(extension: str) -> None:
    content = sys.stdin.buffer.read()
    answer = b""
    try:
        if extension in PICTURE_FORMATS:
            answer = redraw(content, extension)
        elif extension in MAIN_PARTS:
            check_office(content, extension)
        elif extension == "pdf":
            check_pdf(content)
        else:
            check_csv(content)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # whatever a parser stumbles over, it is the file's
        refuse("broken")
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main(sys.argv[1])
