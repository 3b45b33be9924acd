"""Photos as attackers draw them: each is refused or kept, soon, and costs the program nothing."""

import struct
import threading
import time
import zlib
from io import BytesIO

import pytest
from PIL import Image

from ops.base.errors import Invalid, NotAllowed
from ops.field import photos
from ops.field.photo_child import LONGEST_SIDE
from ops.field.photos import keep_photo

resource = pytest.importorskip("resource", reason="POSIX tells what a process took")


def png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG of nothing, packed as tightly as it goes: its head says what it will take."""
    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    row = b"\0" * (1 + (width * samples * depth + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        told = kind + body
        return struct.pack(">I", len(body)) + told + struct.pack(">I", zlib.crc32(told))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg(size=(3000, 2000), exif: bytes = b"", mode: str = "RGB") -> bytes:
    held = BytesIO()
    Image.new(mode, size, 90).save(held, "JPEG", exif=exif)
    return held.getvalue()


LYING = (
    b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I", 13)
    + b"IHDR"
    + struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
)


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (png(7000, 7000, 16, 0), "photo_pixels"),
        (png(100, 100, 16, 6), "photo_pixels"),
        (png(5000, 5000), "photo_pixels"),
        (LYING, "photo_kind"),
        (jpeg()[:2000], "photo_kind"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(40), "photo_kind"),
        (b"", "photo_kind"),
    ],
    ids=["16 bits, 49 million", "16 bits", "25 million", "lies", "cut off", "webp", "empty"],
)
def test_a_picture_that_costs_more_than_a_photo_is_refused_soon(tmp_path, picture, code):
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(Invalid, match=code):
        keep_photo(picture, tmp_path)
    assert time.monotonic() - begun < 8
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "kB of this one"
    assert list(tmp_path.iterdir()) == []


BROKEN_EXIF = [
    b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\xff\xff" + bytes(40),
    b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\xff\xff\xff\xff\0\0\0\0",
    b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\xff\xff\xff\x7f\0\0\0\0",
    b"Exif\0\0garbage" * 20,
]


@pytest.mark.parametrize("exif", BROKEN_EXIF, ids=range(len(BROKEN_EXIF)))
def test_a_photo_whose_tags_make_no_sense_is_a_photo_all_the_same(tmp_path, exif):
    kept = tmp_path / keep_photo(jpeg(exif=exif), tmp_path)
    with Image.open(kept) as image:
        assert max(image.size) == LONGEST_SIDE
        assert not image.getexif()
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_what_phones_send_is_kept_and_stands_upright(tmp_path, mode):
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(tmp_path / keep_photo(jpeg(exif=exif.tobytes(), mode=mode), tmp_path)) as kept:
        assert (kept.mode, kept.size) == ("RGB", (1280, 1920))


def test_photos_are_decoded_one_at_a_time_and_who_waits_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "WAIT_S", 0.1)
    at_once, most = [], []

    def slow(_picture: bytes) -> bytes:
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.5)
        at_once.pop()
        return b"jpeg"

    monkeypatch.setattr(photos, "_drawn", slow)
    refused = []

    def send() -> None:
        try:
            keep_photo(b"x", tmp_path)
        except NotAllowed as error:
            refused.append(error.code)

    senders = [threading.Thread(target=send) for _ in range(4)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert max(most) == 1
    assert refused == ["field.photo_busy"] * 3
