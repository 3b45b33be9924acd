"""The pictures of a district are served to who is signed in there, as they were drawn, and to
nobody else.
"""

import http.client
from io import BytesIO

import pytest
from PIL import Image

from dashboard.core.identity import COOKIE
from dashboard.web import visitor
from ops.field.photos import keep_photo
from tests.helpers.makers import NOW


def picture(size: tuple[int, int] = (40, 30)) -> bytes:
    held = BytesIO()
    Image.new("RGB", size, "grey").save(held, "PNG")
    return held.getvalue()


def fetched(door, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
    cookies = "; ".join(f"{name}={value}" for name, value in door.cookies.items())
    connection.request("GET", path, headers={"Cookie": cookies} if cookies else {})
    answer = connection.getresponse()
    told = answer.status, dict(answer.headers), answer.read()
    connection.close()
    return told


@pytest.fixture
def name(door, tmp_path, monkeypatch) -> str:
    monkeypatch.setattr(visitor, "real_clock", lambda: NOW)
    return keep_photo(picture(), tmp_path / "photos", whose="x")


def test_who_is_signed_in_gets_the_file_as_it_lies_there(door, name, tmp_path, monkeypatch):
    def no_decoder(*_: object, **__: object) -> None:
        raise AssertionError("a kept photo is decoded in the board's process")

    assert fetched(door, f"/photos/{name}")[0] == 401
    door.enter()
    monkeypatch.setattr(Image, "open", no_decoder)
    status, headers, body = fetched(door, f"/photos/{name}")
    assert (status, headers["content-type"]) == (200, "image/jpeg")
    assert body == (tmp_path / "photos" / name).read_bytes()
    assert "default-src 'none'" in headers["content-security-policy"]
    door.cookies[COOKIE] = "x" * 43
    assert fetched(door, f"/photos/{name}")[0] == 401


@pytest.mark.parametrize(
    "asked",
    [
        "0" * 32 + ".jpg",
        "..%2fsettings.toml",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2fx.jpg",
        "x%00.jpg",
        ".jpg",
        "a" * 5000 + ".jpg",
        "..%5cx.jpg",
        "%ed%a0%80.jpg",
        ".swept",
    ],
)
def test_no_other_name_opens_a_file(door, name, tmp_path, asked):
    (tmp_path / "x.jpg").write_bytes(b"elsewhere")
    (tmp_path / "settings.toml").write_text("secret = 1")
    door.enter()
    status, _, body = fetched(door, f"/photos/{asked}")
    assert status == 404
    assert b"secret" not in body
    assert b"elsewhere" not in body
