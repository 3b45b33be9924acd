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
from ops.field.photo_child import LONGEST_SIDE, MOST_PLAIN_PIXELS
from ops.field.photos import keep_photo, small

resource = pytest.importorskip("resource", reason="POSIX tells what a process took")


PNG = b"\x89PNG\r\n\x1a\n"


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
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg(size=(3000, 2000), exif: bytes = b"", mode: str = "RGB", **how: object) -> bytes:
    held = BytesIO()
    Image.new(mode, size, 90).save(held, "JPEG", exif=exif, **how)
    return held.getvalue()


def rescanned(picture: bytes, times: int) -> bytes:
    """A JPEG that grows clear as it comes, its last pass over all pixels so many times again."""
    last = picture[picture.rfind(b"\xff\xda") : -2]
    return picture[:-2] + last * times + picture[-2:]


LYING = (
    PNG
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
        (rescanned(jpeg((2000, 2000), progressive=True), 2000), "photo_pixels"),
        (LYING, "photo_kind"),
        (jpeg()[:2000], "photo_kind"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(40), "photo_kind"),
        (b"", "photo_kind"),
    ],
    ids=[
        "16 bits, 49 million",
        "16 bits",
        "25 million",
        "drawn 2000 times",
        "lies",
        "cut off",
        "webp",
        "empty",
    ],
)
def test_a_picture_that_costs_more_than_a_photo_is_refused_soon(tmp_path, picture, code):
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(Invalid, match=code) as refused:
        keep_photo(picture, tmp_path)
    if picture.startswith(PNG) and code == "photo_pixels":
        assert refused.value.facts == {"most": MOST_PLAIN_PIXELS // 1_000_000}
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


def test_several_pictures_in_one_file_are_the_first_of_them_however_many_pixels_it_has(tmp_path):
    held = BytesIO()
    first, depth = Image.new("RGB", (6000, 4000), 90), Image.new("RGB", (60, 40))
    first.save(held, "MPO", save_all=True, append_images=[depth])
    with Image.open(tmp_path / keep_photo(held.getvalue(), tmp_path)) as kept:
        assert kept.size == (1920, 1280)


def test_a_small_picture_for_paper_is_drawn_apart_and_what_is_none_is_left_out(tmp_path):
    whole = tmp_path / keep_photo(jpeg(), tmp_path)
    with Image.open(BytesIO(small(whole))) as drawn:
        assert drawn.size == (480, 320)
    whole.write_bytes(whole.read_bytes()[:500])
    assert small(whole) is None


@pytest.mark.parametrize(
    "answer",
    [
        jpeg((1921, 10)),
        jpeg((10, 1921), progressive=True),
        jpeg((20, 10)).replace(struct.pack(">HH", 10, 20), struct.pack(">HH", 65500, 65500), 1),
        png(10, 10),
        jpeg((20, 10))[:100],
        b"\xff\xd8" + b"\xff\xe0\0\0" * 1000,
        b"\xff\xd8\xff\xc0\0\x11\x08",
        b"<svg onload=alert(1)>",
        b"",
    ],
)
def test_what_draws_photos_is_believed_no_more_than_a_small_jpeg(tmp_path, monkeypatch, answer):
    monkeypatch.setattr(photos, "answer_of", lambda *_, **__: answer)
    with pytest.raises(Invalid, match="photo_kind"):
        keep_photo(jpeg((20, 10)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_photos_are_decoded_one_at_a_time_and_who_waits_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "WAIT_S", 0.1)
    at_once, most = [], []

    def slow(_picture: bytes, _side: int, _quality: int) -> bytes:
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
